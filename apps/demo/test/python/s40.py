from multiprocessing import Process, Queue, current_process

from say import say


class MyFancyClass:
    def __init__(self, name):
        self.name = name

    def do_something(self):
        say(f"Doing something fancy in {current_process().name} for {self.name}!")


def worker(queue):
    queue.get().do_something()


if __name__ == "__main__":
    queue = Queue()
    p = Process(target=worker, args=(queue,))
    p.start()
    queue.put(MyFancyClass("Fancy Dan"))
    queue.close()
    queue.join_thread()
    p.join()
