# Its lines come in any order.
from threading import Barrier, Thread, current_thread, local

from say import say

own = local()
both_are_set = Barrier(2)


def greet():
    say(f"Hello, {own.student} (in {current_thread().name})")


def work(name):
    own.student = name
    both_are_set.wait()
    greet()


own.student = "main"
two = [
    Thread(target=work, args=("Alice",), name="Thread-A"),
    Thread(target=work, args=("Bob",), name="Thread-B"),
]
for each in two:
    each.start()
for each in two:
    each.join()
greet()
