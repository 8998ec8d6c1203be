# Its lines come in any order.
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

from say import say


def create_logger(i):
    say(i)


class CreateLogger:
    def __init__(self, func):
        self.func = func


def main(name, kind):
    def closure(_):
        return cl

    cl = CreateLogger(create_logger)
    pool = kind(2)
    pool.map(cl.func, range(10))
    try:
        pool.map(closure, [1])
        say(f"a closure for a {name}: taken")
    except Exception as error:
        assert "closure" in str(error), error
        say(f"a closure for a {name}: refused")
    say("hello------------>")
    pool.close()
    pool.join()


if __name__ == "__main__":
    main("process", Pool)
    main("thread", ThreadPool)
