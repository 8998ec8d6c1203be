import multiprocessing
import threading

from say import say


def other(r_lock, step):
    for count in range(3):
        step.wait()
        acquired = r_lock.acquire(False)
        say(f"released {count} times, the other can acquire: {str(acquired).lower()}")
        if acquired:
            r_lock.release()
        step.wait()


if __name__ == "__main__":
    for module, kind in ((threading, threading.Thread), (multiprocessing, multiprocessing.Process)):
        say(f"-- {kind.__name__}")
        r_lock, step = module.RLock(), module.Barrier(2)
        r_lock.acquire()
        r_lock.acquire()
        child = kind(target=other, args=(r_lock, step))
        child.start()
        for count in range(3):
            if count > 0:
                r_lock.release()
            step.wait()
            step.wait()
        child.join()
