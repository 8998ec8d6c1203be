from multiprocessing import Process
from time import sleep

from say import say


def func(msg):
    for _ in range(3):
        say(msg)
        sleep(0.1)


if __name__ == "__main__":
    p = Process(target=func, args=("hello",))
    p.start()
    p.join()
    say("Sub-process done.")
