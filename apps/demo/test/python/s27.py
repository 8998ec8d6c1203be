def consumer():
    answer = ""
    while True:
        n = yield answer
        if not n:
            return
        print(f"[CONSUMER] Consuming {n}...")
        answer = "200 OK"


def produce(to):
    next(to)
    for n in range(1, 6):
        print(f"[PRODUCER] Producing {n}...")
        print(f"[PRODUCER] Consumer return: {to.send(n)}")
    to.close()


produce(consumer())
