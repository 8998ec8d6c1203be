# Its lines come in any order.
from multiprocessing import Process, current_process
from time import sleep


def say_and_wait(seconds):
    name = current_process().name
    print(name, "Starting", flush=True)
    sleep(seconds)
    print(name, "Exiting", flush=True)


if __name__ == "__main__":
    service = Process(name="my_service", target=say_and_wait, args=(0.3,))
    first = Process(name="worker 1", target=say_and_wait, args=(0.2,))
    second = Process(target=say_and_wait, args=(0.2,))
    for each in (first, second, service):
        each.start()
