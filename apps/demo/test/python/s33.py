# Its lines come in any order.
import multiprocessing


def worker(number):
    print("Worker:", number)


if __name__ == "__main__":
    for number in range(5):
        multiprocessing.Process(target=worker, args=(number,)).start()
