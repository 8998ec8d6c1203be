# Its lines come in any order.
import _thread
from threading import Barrier, Semaphore

from say import say

together = Barrier(2)
ended = Semaphore(0)


def print_time(name):
    for count in range(1, 6):
        together.wait()
        say(f"{name}: {count}")
    ended.release()


def fail():
    try:
        raise RuntimeError("not caught")
    finally:
        ended.release()


for function, args in ((print_time, ("Thread-1",)), (print_time, ("Thread-2",)), (fail, ())):
    _thread.start_new_thread(function, args)
for _ in range(3):
    ended.acquire()
say("the main thread goes on")
