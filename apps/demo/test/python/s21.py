import os
import subprocess
import sys
from multiprocessing import AuthenticationError
from multiprocessing.managers import BaseManager
from queue import Queue

NUMBERS = range(1, 11)


class Tasks(BaseManager):
    pass


tasks, results = Queue(), Queue()


def get_tasks():
    return tasks


def get_results():
    return results


Tasks.register("tasks", callable=get_tasks)
Tasks.register("results", callable=get_results)


def work(host, port, key):
    manager = Tasks(address=(host, port), authkey=key)
    try:
        manager.connect()
    except AuthenticationError as error:
        print("a worker with another key:", type(error).__name__)
        sys.exit(1)
    numbers, done = manager.tasks(), manager.results()
    while (number := numbers.get()) is not None:
        done.put((number, number * number))


def start(manager, key):
    host, port = manager.address
    return subprocess.Popen([sys.executable, __file__, host, str(port)], env={**os.environ, "AUTH_KEY": key})


def master():
    with Tasks(address=("127.0.0.1", 0), authkey=b"a secret of all") as manager:
        start(manager, "a guess").wait()
        numbers, done = manager.tasks(), manager.results()
        workers = [start(manager, "a secret of all") for _ in range(2)]
        for number in NUMBERS:
            numbers.put(number)
        for number, square in sorted(done.get() for _ in NUMBERS):
            print(f"{number} * {number} = {square}")
        for _ in workers:
            numbers.put(None)
        print("workers that have ended:", sum(worker.wait() == 0 for worker in workers))


if __name__ == "__main__":
    if sys.argv[1:]:
        work(sys.argv[1], int(sys.argv[2]), os.environ["AUTH_KEY"].encode())
    else:
        master()
