# Its lines come in any order.
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool
from time import sleep

from say import say


def func(msg, seconds):
    for _ in range(3):
        say(msg)
        sleep(seconds)
    return f"done {msg}"


if __name__ == "__main__":
    for kind in (Pool, ThreadPool):
        pool = kind(4)
        results = [pool.apply_async(func, (f"hello {i}", (10 - i) / 1000)) for i in range(10)]
        pool.close()
        pool.join()
        for result in results:
            say(result.get())
        say("Sub-process(es) done.")
