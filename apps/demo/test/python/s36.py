from multiprocessing import Process
from time import sleep


def slow_worker():
    sleep(60)
    print("Finished worker")


def alive(process):
    return str(process.is_alive()).lower()


if __name__ == "__main__":
    p = Process(target=slow_worker)
    print("BEFORE:", alive(p), flush=True)
    p.start()
    print("DURING:", alive(p))
    p.terminate()
    print("TERMINATED")
    p.join()
    print("JOINED:", alive(p))
    print("exitcode", p.exitcode)
