# Its lines come in any order.
from multiprocessing import Process

from say import say


class Worker(Process):
    def run(self):
        say(f"In {self.name}")


if __name__ == "__main__":
    jobs = [Worker() for _ in range(5)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
