# Its lines come in any order.
from multiprocessing import JoinableQueue, Process, Queue
from time import sleep

from cpus import cpu_count
from say import say

JOBS = 10


class Task:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def __call__(self):
        sleep(0.01)
        return f"{self} = {self.a * self.b}"

    def __str__(self):
        return f"{self.a} * {self.b}"


class Consumer(Process):
    def __init__(self, tasks, results):
        super().__init__()
        self.tasks = tasks
        self.results = results

    def run(self):
        while (task := self.tasks.get()) is not None:
            say(f"working on {task}")
            answer = task()
            self.tasks.task_done()
            self.results.put(answer)
        say(f"{self.name}: Exiting")
        self.tasks.task_done()


if __name__ == "__main__":
    tasks, results = JoinableQueue(), Queue()
    count = cpu_count() * 2
    say(f"Creating {count} consumers")
    for _ in range(count):
        Consumer(tasks, results).start()
    for i in range(JOBS):
        tasks.put(Task(i, i))
    for _ in range(count):
        tasks.put(None)
    tasks.join()
    for _ in range(JOBS):
        say(f"Result: {results.get()}")
