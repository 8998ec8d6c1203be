import multiprocessing
import threading
from contextlib import nullcontext

from say import say


def set_all(numbers, over, lock):
    value = 1
    while not over.is_set():
        with lock:
            for i in range(len(numbers) - 1, -1, -1):
                numbers[i] = value
        value = 1 - value


def is_torn(numbers, lock):
    with lock:
        return len({numbers[i] for i in range(len(numbers))}) == 2


if __name__ == "__main__":
    for module, kind in ((threading, threading.Thread), (multiprocessing, multiprocessing.Process)):
        say(f"-- {kind.__name__}")
        for lock in (nullcontext(), module.Lock()):
            is_free = isinstance(lock, nullcontext)
            numbers, over = multiprocessing.RawArray("i", 1000), module.Event()
            setter = kind(target=set_all, args=(numbers, over, lock))
            setter.start()
            torn, changes = False, 0
            while not torn and (is_free or changes < 20):
                before = numbers[0]
                torn = is_torn(numbers, lock)
                changes += numbers[0] != before
            over.set()
            setter.join()
            say(f"{'without' if is_free else 'with'} a lock: {'half 0, half 1' if torn else 'all 0 or all 1'}")
