import multiprocessing
import threading

from say import say


def consumer(cond, ready):
    with cond:
        say("consumer before wait")
        ready.release()
        cond.wait()
        say("consumer after wait")


def producer(cond):
    with cond:
        say("producer before notifyAll")
        cond.notify_all()
        say("producer after notifyAll")


if __name__ == "__main__":
    for module, kind in ((threading, threading.Thread), (multiprocessing, multiprocessing.Process)):
        say(f"-- {kind.__name__}")
        cond, ready = module.Condition(), module.Semaphore(0)
        consumers = [kind(target=consumer, args=(cond, ready)) for _ in range(2)]
        for each in consumers:
            each.start()
        for _ in consumers:
            ready.acquire()
        last = kind(target=producer, args=(cond,))
        last.start()
        for each in (*consumers, last):
            each.join()
