import os
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

from say import say

kept = "nothing"


def nothing(_):
    pass


def keep(text):
    global kept
    kept = text


def tell():
    return kept


def workers(pool):
    return len(pool._pool)


if __name__ == "__main__":
    for name, kind in (("process", Pool), ("thread", ThreadPool)):
        usual = kind()
        counts = (os.cpu_count(), len(os.sched_getaffinity(0)))
        say(f"as many as processors: {'true' if workers(usual) in counts else 'false'}")
        try:
            usual.apply(nothing, (usual,))
            say(f"a pool for a {name}: taken")
        except NotImplementedError:
            say(f"a pool for a {name}: refused")
        usual.terminate()
        usual.join()
        pool = kind(2, keep, ("given",))
        say(f"there from the start: {workers(pool)}")
        say(pool.apply(tell))
        pool.close()
        pool.join()
