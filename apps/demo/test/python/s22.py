import os
import signal
from multiprocessing import Process, Queue
from multiprocessing.connection import wait

from say import say


def serve(up):
    # A fork has the handler of the master; a worker wants none.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    up.put(os.getpid())
    signal.pause()


def supervise(up):
    is_ending = False
    workers = []

    def start():
        worker = Process(target=serve, args=(up,))
        workers.append(worker)
        worker.start()

    def end(*_):
        nonlocal is_ending
        is_ending = True
        say("master: told to end")
        for worker in workers:
            worker.terminate()

    signal.signal(signal.SIGTERM, end)
    for _ in range(3):
        start()
    codes = []
    while workers:
        sentinels = wait([worker.sentinel for worker in workers])
        for worker in [each for each in workers if each.sentinel in sentinels]:
            worker.join()
            workers.remove(worker)
            codes.append(worker.exitcode)
            if not is_ending:
                say(f"master: a worker was killed by signal {-codes.pop()}: another one starts")
                start()
    say(f"master: {len(codes)} workers were ended by signal {-codes[0]}")


if __name__ == "__main__":
    up = Queue()
    master = Process(target=supervise, args=(up,))
    master.start()
    first = [up.get() for _ in range(3)]
    os.kill(first[1], signal.SIGKILL)
    up.get()
    os.kill(master.pid, signal.SIGTERM)
    master.join()
