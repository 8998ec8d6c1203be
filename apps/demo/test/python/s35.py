# Its lines come in any order.
from multiprocessing import Event, Process, current_process
from time import sleep

from say import say


def daemon(begun):
    say(f"Starting: {current_process().name}")
    begun.set()
    sleep(60)
    say(f"Exiting : {current_process().name}")


def non_daemon():
    say(f"Starting: {current_process().name}")
    say(f"Exiting : {current_process().name}")


if __name__ == "__main__":
    begun = Event()
    d = Process(name="daemon", target=daemon, args=(begun,), daemon=True)
    n = Process(name="non-daemon", target=non_daemon, daemon=False)
    d.start()
    n.start()
    begun.wait()
    d.join(0.1)
    say(f"d.is_alive() {str(d.is_alive()).lower()}")
    n.join()
