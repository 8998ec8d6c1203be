from multiprocessing import Array, Process, Value


def f(n, a):
    n.value = 3.14
    a[0] = 5


if __name__ == "__main__":
    num, arr = Value("d", 0.0), Array("i", range(10))
    p = Process(target=f, args=(num, arr))
    p.start()
    p.join()
    print(num.value)
    print(arr[:])
