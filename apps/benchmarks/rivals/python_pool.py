"""One round of Python's pools of processes: python_pool.py <round> <params as JSON>; the measure goes to stdout as JSON.

It is the same work as in rounds/pool-*.mjs. The variant is "pool" for multiprocessing.Pool, or "executor" for
concurrent.futures.ProcessPoolExecutor.
"""

import json
import multiprocessing as mp
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor

from python import cpu, growth, latencies, paced, quantile, tree_memory

MIB = 2**20


# The tasks of harness/tasks.cjs


def square(number):
    return number * number


def weigh(data):
    return len(data) + data[0] + data[-1]


def burn(turns):
    state = 1
    for _ in range(turns):
        state = (state * 1_103_515_245 + 12_345) & 0x7FFFFFFF
    return state


def nap(milliseconds):
    time.sleep(milliseconds / 1000)


def place(_):
    return os.getpid()


# Both pools, with the same four ways to use them


class Pool:
    def __init__(self, workers, recycle_after=None):
        self._pool = mp.Pool(workers, maxtasksperchild=recycle_after)

    def call(self, task, argument):
        return self._pool.apply(task, (argument,))

    def submit(self, task, argument, done, failed):
        """One call; gives its result to `done`, or its error to `failed`."""
        self._pool.apply_async(task, (argument,), {}, done, failed)

    def map(self, task, items):
        return self._pool.map(task, items)

    def close(self):
        self._pool.close()
        self._pool.join()


class Executor:
    def __init__(self, workers, recycle_after=None):
        options = {} if recycle_after is None else {"max_tasks_per_child": recycle_after}
        self._pool = ProcessPoolExecutor(workers, **options)

    def call(self, task, argument):
        return self._pool.submit(task, argument).result()

    def submit(self, task, argument, done, failed):
        def end(future):
            error = future.exception()
            done(future.result()) if error is None else failed(error)

        self._pool.submit(task, argument).add_done_callback(end)

    def map(self, task, items):
        return list(self._pool.map(task, items))

    def close(self):
        self._pool.shutdown()


def open_pool(params, **options):
    return {"pool": Pool, "executor": Executor}[params["variant"]](params["workers"], **options)


# Rounds


def in_flight(pool, task, arguments, lanes, take=lambda argument, result, begun: None):
    """As harness/in-flight.mjs. @param take gets what a call was given, its result, and when it began"""
    free, errors = threading.Semaphore(lanes), []

    def call(argument):
        begun = time.perf_counter()

        def done(result):
            try:
                take(argument, result, begun)
            except Exception as error:
                errors.append(error)
            free.release()

        def failed(error):
            errors.append(error)
            free.release()

        pool.submit(task, argument, done, failed)

    for argument in arguments:
        free.acquire()
        call(argument)
    for _ in range(lanes):
        free.acquire()
    if errors:
        raise errors[0]


def pool_tiny(params):
    pool = open_pool(params)

    def check(number, result, _):
        if result != number * number:
            raise AssertionError(f"the square of {number} is not {result}")

    return rate(pool, lambda count: in_flight(pool, square, range(count), params["inFlight"], check), params)


def pool_map(params):
    pool = open_pool(params)

    def checked(numbers):
        if pool.map(square, numbers)[-1] != (len(numbers) - 1) ** 2:
            raise AssertionError("the map is wrong")

    return rate(pool, checked, params, prepare=lambda count: list(range(count)))


def rate(pool, work, params, **options):
    before = []
    count, ns, used = paced(work, params, restarted=lambda: before.append(workers_cpu()), **options)
    far = workers_cpu() - before[0]
    pool.close()
    return {"metrics": {"rate": count / ns * 1e9}, "cpu": {"near": used / count, "far": far / count}}


def workers_cpu():
    """CPU microseconds so far of the child processes, as /proc counts them."""
    tick = 1e6 / os.sysconf("SC_CLK_TCK")
    total = 0
    for child in mp.active_children():
        with open(f"/proc/{child.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total * tick


def pool_apply(params):
    pool = open_pool(params)
    measure = latencies(lambda number: pool.call(square, number), params)
    pool.close()
    return measure


def pool_large(params):
    pool = open_pool(params)
    metrics = {}
    for key, size in params["sizes"].items():
        argument = bytes([7]) * size["bytes"]
        for _ in range(size["warm"]):
            pool.call(weigh, argument)
        micros = []
        for _ in range(size["calls"]):
            begun = time.perf_counter()
            if pool.call(weigh, argument) != size["bytes"] + 14:
                raise AssertionError("the argument did not arrive")
            micros.append((time.perf_counter() - begun) * 1e6)
        metrics[key] = quantile(micros, 0.5)
    pool.close()
    return {"metrics": metrics}


def pool_cpu(params):
    pool = open_pool(params)
    tasks, turns = params["tasks"], turns_of(params["taskMs"])

    def plain():
        for _ in range(tasks):
            burn(turns)

    def in_pool():
        in_flight(pool, burn, [turns] * tasks, tasks)

    in_pool()
    plains, pooled = [], []
    for _ in range(params["turns"]):
        plains.append(millis(plain))
        pooled.append(millis(in_pool))
    pool.close()
    speed_up = quantile([plain_ms / pool_ms for plain_ms, pool_ms in zip(plains, pooled)], 0.5)
    return {"metrics": {"speedUp": speed_up, "plain": quantile(plains, 0.5), "pool": quantile(pooled, 0.5)}}


def turns_of(milliseconds):
    """As in rounds/pool-cpu.mjs."""
    trial, times = 100_000, []
    for _ in range(5):
        before = cpu()
        burn(trial)
        times.append(cpu() - before)
    return round(trial * milliseconds * 1000 / min(times))


def millis(work):
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def pool_start(params):
    firsts, stops = [], []
    for number in range(params["warm"] + params["starts"]):
        begun = time.perf_counter()
        pool = open_pool(params)
        if pool.call(square, 7) != 49:
            raise AssertionError("the first result is wrong")
        answered = time.perf_counter()
        pool.close()
        if number >= params["warm"]:
            firsts.append((answered - begun) * 1000)
            stops.append((time.perf_counter() - answered) * 1000)
        time.sleep(params["pauseMs"] / 1000)
    whole = [first + stop for first, stop in zip(firsts, stops)]
    metrics = {"first": firsts, "stop": stops, "all": whole}
    return {"metrics": {key: quantile(samples, 0.5) for key, samples in metrics.items()}}


def pool_memory(params):
    before = tree_memory(os.getpid())
    pool = open_pool(params)
    naps = 2 * params["workers"]
    in_flight(pool, nap, [params["napMs"]] * naps, naps)
    time.sleep(params["settleMs"] / 1000)
    after = tree_memory(os.getpid())
    pool.close()
    return {"metrics": {"worker": (after - before) / params["workers"] / MIB, "all": after / MIB}}


def pool_long(params):
    pool = open_pool(params, recycle_after=params["recycleAfter"])
    longest, places = 0, set()

    def take(_, pid, begun):
        nonlocal longest
        places.add(pid)
        longest = max(longest, (time.perf_counter() - begun) * 1000)

    def run(count):
        in_flight(pool, place, range(count), params["inFlight"], take)

    def settled():
        time.sleep(params["settleMs"] / 1000)
        return tree_memory(os.getpid())

    warm = params["tasks"] // 10
    run(warm)
    before, longest = settled(), 0
    tasks = params["tasks"] - warm
    seconds = millis(lambda: run(tasks)) / 1000
    growth = (settled() - before) / MIB
    pool.close()
    return {"metrics": {"rate": tasks / seconds, "longest": longest, "workers": len(places), "growth": growth}}


ROUNDS = {
    "pool-tiny": pool_tiny,
    "pool-map": pool_map,
    "pool-apply": pool_apply,
    "pool-large": pool_large,
    "pool-cpu": pool_cpu,
    "pool-start": pool_start,
    "pool-memory": pool_memory,
    "pool-long": pool_long,
}
ROUNDS["growth"] = growth(ROUNDS)

if __name__ == "__main__":
    print(json.dumps(ROUNDS[sys.argv[1]](json.loads(sys.argv[2]))))
