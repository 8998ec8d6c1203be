# Its lines come in any order.
import multiprocessing
import threading
from time import sleep

from say import say


def print_three(name, together, lock):
    say(f"Starting {name}")
    together.wait()
    with lock:
        for counter in range(3, 0, -1):
            say(f"{name}: {counter}")
            sleep(0.01)


if __name__ == "__main__":
    for module, kind in ((threading, threading.Thread), (multiprocessing, multiprocessing.Process)):
        say(f"-- {kind.__name__}")
        lock, together = module.Lock(), module.Barrier(2)
        two = [kind(target=print_three, args=(name, together, lock)) for name in "AB"]
        for each in two:
            each.start()
        for each in two:
            each.join()
        say(f"acquired: {str(lock.acquire()).lower()}")
        say(f"acquired again within 10 ms: {str(lock.acquire(timeout=0.01)).lower()}")
        say("Exiting Main Thread")
