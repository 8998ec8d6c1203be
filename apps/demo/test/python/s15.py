import multiprocessing
import threading

from say import say


def act(event, started):
    say("start")
    started.release()
    event.wait()
    say("execute")


if __name__ == "__main__":
    for module, kind in ((threading, threading.Thread), (multiprocessing, multiprocessing.Process)):
        say(f"-- {kind.__name__}")
        event, started = module.Event(), module.Semaphore(0)
        ten = [kind(target=act, args=(event, started)) for _ in range(10)]
        for each in ten:
            each.start()
        for _ in ten:
            started.acquire()
        event.clear()
        say("input:")
        if input() == "true":
            event.set()
        for each in ten:
            each.join()
