# Its lines come in any order.
from multiprocessing import Barrier, Event, Process

from say import say


def is_set(event):
    return "true" if event.is_set() else "false"


def wait_for_event(event, begun):
    say("wait_for_event: starting")
    begun.wait()
    event.wait()
    say(f"wait_for_event: e.is_set()-> {is_set(event)}")


def wait_for_event_timeout(event, seconds, begun):
    say("wait_for_event_timeout: starting")
    begun.wait()
    event.wait(seconds)
    say(f"wait_for_event_timeout: e.is_set()-> {is_set(event)}")


if __name__ == "__main__":
    say("main: waiting before calling Event.set()")
    event, begun = Event(), Barrier(2)
    w1 = Process(name="block", target=wait_for_event, args=(event, begun))
    w1.start()
    w2 = Process(name="nonblock", target=wait_for_event_timeout, args=(event, 0.2, begun))
    w2.start()
    w2.join()
    say("main: calling Event.set()")
    event.set()
    w1.join()
