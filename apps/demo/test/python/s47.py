# Its lines come in any order.
import os
from multiprocessing import Pool, Value
from multiprocessing.pool import ThreadPool

from cpus import cpu_count
from say import say


def do_calculation(data):
    return data * 2


def start_process(started):
    # Workers have numbers in Python, too, but in names of processes for the one kind and of threads for the other.
    with started.get_lock():
        started.value += 1
        number = started.value
    say(f"Starting PoolWorker-{number}")


def who_am_i():
    return os.getpid()


if __name__ == "__main__":
    for kind in (Pool, ThreadPool):
        inputs = range(10)
        say("Inputs  : " + " ".join(map(str, inputs)))
        say("Built-in: " + " ".join(map(str, map(do_calculation, inputs))))
        # A Value can be an argument of the initializer, but not of a task.
        pool = kind(cpu_count() * 2, start_process, (Value("i"),))
        outputs = pool.map(do_calculation, inputs)
        pool.close()
        pool.join()
        say("Pool    : " + " ".join(map(str, outputs)))

    with Pool(1, maxtasksperchild=2) as replaced:
        ids = [replaced.apply(who_am_i) for _ in range(6)]
    say("a new process after two tasks: " + " ".join(str(ids.index(each)) for each in ids))
