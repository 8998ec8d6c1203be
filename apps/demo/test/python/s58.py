import multiprocessing
import threading
from ctypes import c_int
from multiprocessing.pool import Pool, ThreadPool
from time import sleep

begun = most = all_have = None


def initialize(*start):
    global begun, most, all_have
    begun, most, all_have = start


def run(n):
    with begun.get_lock():
        begun.value += 1
        if begun.value == most:
            all_have.set()
    all_have.wait()
    sleep(0.05)
    return n * n, begun.value


def show(how, results):
    squares = [square for square, _ in results]
    print(f"{how}: {squares}, begun when the first ended: {min(count for _, count in results)}", flush=True)


if __name__ == "__main__":
    numbers = [1, 2, 3, 4, 5, 6]
    initialize(multiprocessing.Value(c_int), 1, threading.Event())
    show("one after the other", [run(n) for n in numbers])
    for name, module, kind in (("process", multiprocessing, Pool), ("thread", threading, ThreadPool)):
        start = (multiprocessing.Value(c_int), 5, module.Event())
        with kind(5, initialize, start) as pool:
            show(f"in a pool of kind {name}", pool.map(run, numbers, chunksize=1))
