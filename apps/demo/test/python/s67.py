from multiprocessing.pool import Pool, ThreadPool


def f(x):
    return x**2


if __name__ == "__main__":
    for name, kind in (("process", Pool), ("thread", ThreadPool)):
        # Python says that a pool has to be closed: a program with one that is not may hang at its end.
        with kind(5) as pool:
            print(f"{name}: {pool.map(f, range(1, 101))}", flush=True)
