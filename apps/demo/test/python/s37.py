import sys
from multiprocessing import Process
from time import sleep


def exit_error():
    sys.exit(1)


def exit_ok():
    return


def return_value():
    return 1


def raises():
    raise RuntimeError("There was an error!")


def terminated():
    sleep(60)


if __name__ == "__main__":
    jobs = []
    for target in (exit_error, exit_ok, return_value, raises, terminated):
        print("Starting process for", target.__name__, flush=True)
        jobs.append(Process(target=target, name=target.__name__))
        jobs[-1].start()
    jobs[-1].terminate()
    for job in jobs:
        job.join()
        print("%15s.exitcode = %s" % (job.name, job.exitcode))
