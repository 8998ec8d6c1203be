from itertools import count
from queue import Empty, Full, LifoQueue, PriorityQueue, Queue
from threading import Thread


def yes(condition):
    return "true" if condition else "false"


def drain(name, queue):
    items = []
    while not queue.empty():
        items.append(queue.get()[-1])
    print(f"{name}:", *items)


numbers = count()
for kind in (Queue, LifoQueue, PriorityQueue):
    queue = kind()
    for item, priority in dict(c=3, a=1, b=2, a2=1).items():
        # The number keeps items of one priority in order.
        queue.put((priority, next(numbers), item))
    thread = Thread(target=drain, args=(kind.__name__, queue))
    thread.start()
    thread.join()


def succeeds(action, *args):
    try:
        action(*args)
        return True
    except (Empty, Full):
        return False


small = Queue(2)
small.put("x")
small.put("y")
print(f"size {small.qsize()}, empty {yes(small.empty())}, full {yes(small.full())}")
print("put in a full one:", yes(succeeds(small.put_nowait, "z")))
small.get_nowait()
small.get_nowait()
print("got from an empty one:", yes(succeeds(small.get_nowait)))

jobs = Queue()
for job in ("one", "two"):
    jobs.put(job)
for _ in range(2):
    jobs.get()
print(f"empty {yes(jobs.empty())}, joined {yes(jobs.unfinished_tasks == 0)}")
jobs.task_done()
jobs.task_done()
jobs.join()
print("joined true")
