from multiprocessing import Pool
from multiprocessing.pool import ThreadPool
from time import sleep

from say import say


def func(msg):
    say(f"msg: {msg}")
    sleep(0.02)
    say("end")


if __name__ == "__main__":
    for kind in (Pool, ThreadPool):
        pool = kind(3)
        for i in range(4):
            pool.apply(func, (f"hello {i}",))
        say("Mark~ Mark~ Mark~")
        pool.close()
        pool.join()
        say("Sub-process(es) done.")
