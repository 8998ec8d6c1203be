# Its lines come in any order.
from threading import Semaphore, Thread
from time import sleep

from say import say

begun = Semaphore(0)


def twice(line):
    for _ in range(2):
        say(line)
        begun.release()
        sleep(60)


for line in ("listen music  trouble is a friend.", "watch movie  变形金刚!"):
    Thread(target=twice, args=(line,), daemon=True).start()
for _ in range(2):
    begun.acquire()
say("all over")
