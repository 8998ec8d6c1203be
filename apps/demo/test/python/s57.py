from multiprocessing.pool import Pool, ThreadPool


def double(x):
    return 2 * x


if __name__ == "__main__":
    for name, kind in (("process", Pool), ("thread", ThreadPool)):
        read = 0

        def numbers(count):
            global read
            for n in range(count):
                read += 1
                yield n

        with kind(2) as pool:
            result = pool.map_async(double, numbers(1000))
            print(f"{name}: map() has read {read} of 1000 when it returns", flush=True)
            result.get()
