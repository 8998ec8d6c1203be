# Its lines come in any order.
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

from say import say


def f1(i):
    say(f"call {i}")
    return i + 100


def f2(arg):
    say(f"callback {arg}")


if __name__ == "__main__":
    for kind in (Pool, ThreadPool):
        pool = kind(5)
        for i in range(110):
            pool.apply_async(f1, (i,), callback=f2)
        pool.close()
        pool.join()
