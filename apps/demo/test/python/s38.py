from logging import INFO
from multiprocessing import Process, get_logger, log_to_stderr


def worker():
    print("Doing some work", flush=True)


if __name__ == "__main__":
    log_to_stderr()
    get_logger().setLevel(INFO)
    p = Process(target=worker)
    p.start()
    p.join()
