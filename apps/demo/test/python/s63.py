import multiprocessing
import queue
import threading
from time import sleep

from say import say


def work(is_thread, answers, go_on):
    current = threading.current_thread if is_thread else multiprocessing.current_process
    answers.put(f"{current().name} says hello")
    go_on.get()


def nothing(both_are_started):
    both_are_started.wait()


def yes(condition):
    return "true" if condition else "false"


def is_zombie(pid):
    with open(f"/proc/{pid}/stat") as file:
        return ") Z " in file.read()


if __name__ == "__main__":
    kinds = ((threading.Thread, queue.Queue), (multiprocessing.Process, multiprocessing.Queue))
    for kind, queues in kinds:
        say(f"-- {kind.__name__}")
        answers, go_on = queues(), queues()
        is_thread = kind is threading.Thread
        child = kind(target=work, args=(is_thread, answers, go_on), name="worker")
        say(f"before: {yes(child.is_alive())}")
        child.start()
        say(answers.get())
        say(f"during: {yes(child.is_alive())}")
        go_on.put("go on")
        child.join()
        say(f"after: {yes(child.is_alive())}")
        if not is_thread:
            say(f"exit code: {child.exitcode}")

    # The start of the second would end the zombie of the first.
    both_are_started = multiprocessing.Event()
    children = [multiprocessing.Process(target=nothing, args=(both_are_started,)) for _ in range(2)]
    for child in children:
        child.start()
    both_are_started.set()
    while not all(is_zombie(child.pid) for child in children):
        sleep(0.005)
    say(f"zombies: {sum(is_zombie(child.pid) for child in children)}")
