from multiprocessing import Array, Barrier, Process, Value


def func(a, b, both_are_there):
    a.value = 3.333333333333333
    if both_are_there is None:
        with b.get_lock():
            for j in range(len(b)):
                b[j] = -b[j]
    else:
        for j in range(len(b)):
            negated = -b[j]
            both_are_there.wait()
            b[j] = negated
            both_are_there.wait()


if __name__ == "__main__":
    for both_are_there in (None, Barrier(2)):
        print("with" if both_are_there is None else "without", "the lock", flush=True)
        num, arr = Value("d", 0.0), Array("i", range(11))
        two = [Process(target=func, args=(num, arr, both_are_there)) for _ in range(2)]
        for each in two:
            each.start()
        for each in two:
            each.join()
        print(num.value)
        print(arr[:])
        print(*arr, flush=True)
