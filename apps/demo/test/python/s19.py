from multiprocessing import Manager, Process, active_children


def f(d, numbers):
    d["name"] = "king"
    d["age"] = 100
    d["Job"] = "python"
    numbers.reverse()


if __name__ == "__main__":
    before = len(active_children())
    with Manager() as man:
        running = len(active_children())
        d = man.dict()
        numbers = man.list(range(10))
        p = Process(target=f, args=(d, numbers))
        p.start()
        p.join()
        for key, value in d.items():
            print(f"{key}: {value}")
        print(numbers)
    print(f"children before, in and after the block: {before} {running} {len(active_children())}")
