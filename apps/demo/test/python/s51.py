from multiprocessing import Event, Process
from time import sleep

from say import say


def idle(begun, one, two):
    say(f"called with {one}, two={two}")
    begun.set()
    sleep(60)


def yes(condition):
    return "true" if condition else "false"


if __name__ == "__main__":
    begun = Event()
    p = Process(None, idle, "idle", (begun, 1), {"two": 2}, daemon=True)

    def known():
        return f"known pid: {yes(p.pid)}, known exit code: {yes(p.exitcode is not None)}"

    say(f"{p.name}, daemon: {yes(p.daemon)}")
    say(f"before start, {known()}")
    p.start()
    begun.wait()
    say(f"while it runs, {known()}")
    p.kill()
    p.join()
    say(f"exit code {p.exitcode}")
