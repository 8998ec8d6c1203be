from multiprocessing import Manager, Process

from say import say


def yes(condition):
    return "true" if condition else "false"


def succeeds(action):
    try:
        action()
        return True
    except (RuntimeError, ValueError):
        return False


def use_containers(numbers, d, space, value, array):
    say(f"list in the child: {numbers.count(3)} {numbers.index(2)} {len(numbers)} {numbers.pop()}")
    numbers.sort()
    numbers.reverse()
    words = [len(d), d.get("b"), *d.keys(), *d.values(), *d.popitem()]
    say("dict in the child: " + " ".join(map(str, words)))
    d.update({"c": 7})
    space.job = "Builder"
    del space.age
    value.value *= 2
    array[1] = -5


def containers(manager):
    numbers, d = manager.list([3, 1, 2, 3]), manager.dict({"a": 1, "b": 2})
    space, value, array = manager.Namespace(name="Bob", age=40), manager.Value("i", 21), manager.Array("i", range(4))
    child = Process(target=use_containers, args=(numbers, d, space, value, array))
    child.start()
    child.join()
    say("list: " + " ".join(map(str, numbers[:])))
    say("dict: " + " ".join(f"{key}={each}" for key, each in d.items()))
    say(f"Namespace: {space.name} {space.job} {yes(hasattr(space, 'age'))}")
    say(f"Value: {value.value}")
    say("Array: " + " ".join(map(str, array[:])))


def use_locks(lock, rlock, semaphore, bounded, event, condition, barrier):
    lock.acquire()
    with rlock, rlock:
        say("RLock: twice by one owner")
    say("Semaphore: " + " ".join(yes(semaphore.acquire(False)) for _ in range(3)))
    say(f"BoundedSemaphore: one too many is released: {yes(succeeds(bounded.release))}")
    with condition:
        event.set()
        condition.wait()
        say("Condition: the child was notified")
    barrier.wait()


def locks(manager):
    lock, event, condition, barrier = manager.Lock(), manager.Event(), manager.Condition(), manager.Barrier(2)
    rlock, semaphore, bounded = manager.RLock(), manager.Semaphore(2), manager.BoundedSemaphore(1)
    child = Process(target=use_locks, args=(lock, rlock, semaphore, bounded, event, condition, barrier))
    child.start()
    event.wait()
    event.clear()
    say(f"Event: set by the child, then cleared: {yes(event.is_set())}")
    with condition:
        condition.notify()
    barrier.wait()
    say(f"Barrier: {barrier.parties} have met")
    child.join()
    is_free = yes(lock.acquire(False))
    released = [yes(succeeds(lock.release)) for _ in range(2)]
    say(f"Lock: free for others: {is_free}; released: {released[0]}; released again: {released[1]}")


def square(x):
    return x * x


def use_queues(queue, joinable, pool):
    queue.put(5)
    queue.put(6)
    say(f"Queue in the child: full {yes(queue.full())}")
    say("Pool in the child: " + " ".join(map(str, pool.map(square, [1, 2, 3]))))
    for _ in range(2):
        joinable.get()
        joinable.task_done()


def queues(manager):
    queue, joinable, pool = manager.Queue(2), manager.JoinableQueue(), manager.Pool(2)
    joinable.put("one")
    joinable.put("two")
    child = Process(target=use_queues, args=(queue, joinable, pool))
    child.start()
    joinable.join()
    say(f"Queue: {queue.get()} {queue.get()}, empty {yes(queue.empty())}")
    say("JoinableQueue: joined")
    pool.close()
    pool.join()
    child.join()


if __name__ == "__main__":
    with Manager() as manager:
        containers(manager)
        locks(manager)
        queues(manager)
