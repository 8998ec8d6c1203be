import multiprocessing
import threading
from time import sleep

from say import say


def func(lock, globals_num):
    with lock:
        globals_num.value += 1
        sleep(0.01)
        say(globals_num.value)


if __name__ == "__main__":
    for module, kind in ((threading, threading.Thread), (multiprocessing, multiprocessing.Process)):
        say(f"-- {kind.__name__}")
        lock, globals_num = module.RLock(), multiprocessing.RawValue("i", 0)
        ten = [kind(target=func, args=(lock, globals_num)) for _ in range(10)]
        for each in ten:
            each.start()
        for each in ten:
            each.join()
