from multiprocessing import Manager, Process


def f(x, arr, texts):
    x.value = 3.14
    arr[0] = 5
    texts.append("Hello")


if __name__ == "__main__":
    with Manager() as server:
        x, arr, texts = server.Value("d", 0.0), server.Array("i", range(10)), server.list()
        proc = Process(target=f, args=(x, arr, texts))
        proc.start()
        proc.join()
        print(x.value)
        print(list(arr[:]))
        print(texts)
