from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

from say import say


def f1(arg):
    say(arg)
    return arg + 100


if __name__ == "__main__":
    for kind in (Pool, ThreadPool):
        with kind(5) as pool:
            for i in range(110):
                pool.apply(f1, (i,))
