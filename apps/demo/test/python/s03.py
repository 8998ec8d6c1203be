# Its lines come in any order.
import _thread
from threading import Event, Thread

from say import say

main_is_over = Event()


class MyThread(Thread):
    def __init__(self, name, exit_flag):
        super().__init__(name=name)
        self.exit_flag = exit_flag

    def run(self):
        say(f"Starting {self.name}")
        main_is_over.wait()
        for counter in range(5, 0, -1):
            if self.exit_flag:
                _thread.exit()
            say(f"{self.name}: {counter}")
        say(f"Exiting {self.name}")


for name, exit_flag in (("Thread-1", False), ("Thread-2", False), ("Thread-3", True)):
    MyThread(name, exit_flag).start()
say("Exiting Main Thread")
main_is_over.set()
