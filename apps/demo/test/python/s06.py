# Its lines come in any order.
from threading import Thread, current_thread

from say import say


def worker(num):
    say(f"The num is  {num}")
    say(current_thread().name)


for num in range(20):
    Thread(target=worker, args=(num,), name="testThread").start()
