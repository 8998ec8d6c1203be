# Its lines come in any order.
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool
from time import sleep

from say import say


def func(msg):
    for _ in range(3):
        say(msg)
        sleep(0.01)


if __name__ == "__main__":
    for kind in (Pool, ThreadPool):
        pool = kind(4)
        for i in range(10):
            pool.apply_async(func, (f"hello {i}",))
        pool.close()
        pool.join()
        say("Sub-process(es) done.")
