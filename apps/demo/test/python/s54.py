from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

from say import say


def add(a, b):
    return a + b


def square(x):
    return x * x


def fail():
    raise TypeError("it fails")


def joined(values):
    return " ".join(map(str, values))


def error_callback(error):
    say(f"error_callback {type(error).__name__}")


def main(kind):
    pool = kind(2)
    callbacks = 0

    def callback(_):
        nonlocal callbacks
        callbacks += 1

    options = {"callback": callback, "error_callback": error_callback}
    pairs = [(1, 2), (3, 4)]
    say(f"apply {pool.apply(add, (1, 2))}")
    say(f"apply_async {pool.apply_async(add, (3, 4), **options).get()}")
    pool.apply_async(fail, **options).wait()
    say(f"map {joined(pool.map(square, [1, 2, 3]))}")
    say(f"map_async {joined(pool.map_async(square, [4, 5], **options).get())}")
    say(f"imap {joined(pool.imap(square, [1, 2, 3]))}")
    say(f"imap_unordered {joined(sorted(pool.imap_unordered(square, [1, 2, 3])))}")
    say(f"starmap {joined(pool.starmap(add, pairs))}")
    say(f"starmap_async {joined(pool.starmap_async(add, pairs, **options).get())}")
    say(f"callbacks {callbacks}")
    try:
        pool.join()
    except ValueError:
        say("join before close: ValueError")
    pool.close()
    pool.join()
    say("closed")
    other = kind(1)
    other.terminate()
    other.join()
    say("terminated")


if __name__ == "__main__":
    for name, kind in (("process", Pool), ("thread", ThreadPool)):
        say(f"-- {name}")
        main(kind)
