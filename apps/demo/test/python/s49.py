# Its lines come in any order.
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

from say import say


def m1(x):
    say(x * x)


if __name__ == "__main__":
    for kind in (Pool, ThreadPool):
        with kind(2) as pool:
            pool.map(m1, range(8))
