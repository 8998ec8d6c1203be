from multiprocessing import Manager, Process

ROUNDS = 100


def count_without_lock(d, together):
    for _ in range(ROUNDS):
        count = d["count"]
        together.wait()
        d["count"] = count + 1
        together.wait()


def count_with_lock(d, lock):
    for _ in range(ROUNDS):
        with lock:
            d["count"] += 1


if __name__ == "__main__":
    with Manager() as manager:
        lock, together = manager.Lock(), manager.Barrier(2)
        d = manager.dict()
        for how, target, tool in (
            ("without a lock", count_without_lock, together),
            ("with the lock", count_with_lock, lock),
        ):
            d["count"] = 0
            two = [Process(target=target, args=(d, tool)) for _ in range(2)]
            for each in two:
                each.start()
            for each in two:
                each.join()
            print(f"{how}: {d['count']} of {2 * ROUNDS}")
