"""One round of Python's managers: python_manager.py <round> <params as JSON>; the measure goes to stdout as JSON.

It is the same work as in rounds/manager-*.mjs.
"""

import itertools
import json
import os
import sys
import time
from multiprocessing.managers import SyncManager
from multiprocessing.pool import ThreadPool

from python import FarSide, latencies, message, paced, quantile, tree_memory
from python_shared import filled, key_of


class Counter:
    def __init__(self):
        self._value = 0

    def add(self, number):
        self._value += number
        return self._value


class Manager(SyncManager):
    pass


Manager.register("Counter", Counter)


def started(params):
    """Over TCP, or by default over a Unix socket."""
    manager = Manager(address=("127.0.0.1", 0)) if params["variant"] == "tcp" else Manager()
    manager.start()
    return manager


def dict_calls(manager, params):
    return calls_of_dict(filled(manager, params["entries"], params["payload"]), params)


def calls_of_dict(shared, params):
    keys = [key_of(number) for number in range(params["entries"])]
    payload = params["payload"]

    def write(number):
        shared[keys[number % len(keys)]] = message(payload, number)

    return {"get": lambda number: shared[keys[number % len(keys)]], "set": write}


def counter_calls(manager, _):
    return {"add": manager.Counter().add}


def lock_calls(manager, _):
    lock = manager.Lock()

    def pair(_):
        lock.acquire()
        lock.release()

    return {"pair": pair}


def queue_calls(manager, params):
    queue = manager.Queue()

    def pair(number):
        queue.put(message(params["payload"], number))
        queue.get()

    return {"pair": pair}


OBJECTS = {"dict": dict_calls, "counter": counter_calls, "lock": lock_calls, "queue": queue_calls}


def cpu_of(pid):
    """CPU microseconds of a process so far."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1e6


def manager_calls(params):
    with started(params) as manager:
        server = manager._process.pid
        calls = OBJECTS[params["object"]](manager, params)
        metrics, near, far = {}, 0, 0
        for work in params["works"]:
            before = cpu_of(server)
            hot = latencies(calls[work], {**params, "coldCalls": 0})
            far += (cpu_of(server) - before) / (params["warm"] + params["hotCalls"])
            near += hot["cpu"]["near"]
            found = hot["metrics"]
            if params["coldCalls"] > 0:
                found.update(latencies(calls[work], {**params, "warm": 0, "hotCalls": 0})["metrics"])
            metrics.update({work + name[0].upper() + name[1:]: micros for name, micros in found.items()})
        works = len(params["works"])
        return {"metrics": metrics, "cpu": {"near": near / works, "far": far / works}}


def manager_in_flight(params):
    """A proxy has one call at a time, and a connection for each thread."""
    with started(params) as manager:
        server = manager._process.pid
        calls = OBJECTS[params["object"]](manager, params)
        threads = ThreadPool(params["inFlight"]) if params["variant"] == "threads" else None
        metrics, near, far = {}, 0, 0
        for work in params["works"]:
            starts = []
            count, ns, used = paced(
                lambda turns: run(calls[work], turns, threads, params["inFlight"]),
                params,
                restarted=lambda: starts.append(cpu_of(server)),
            )
            metrics[work] = count / ns * 1e9
            near += used / count
            far += (cpu_of(server) - starts[0]) / count
        works = len(params["works"])
        return {"metrics": metrics, "cpu": {"near": near / works, "far": far / works}}


def run(call, count, threads, lanes):
    numbers = itertools.count()

    def lane(_):
        for number in numbers:
            if number >= count:
                return
            call(number)

    if threads:
        threads.map(lane, range(lanes), 1)
    else:
        lane(0)


def get_for(milliseconds, shared, params):
    get = calls_of_dict(shared, params)["get"]
    start, count = time.perf_counter(), 0
    while (time.perf_counter() - start) * 1000 < milliseconds:
        get(count)
        count += 1
    return count / (time.perf_counter() - start)


def manager_clients(params):
    """Clients have one call at a time: there is nothing to compare for many in flight."""
    with started(params) as manager:
        shared = filled(manager, params["entries"], params["payload"])
        fars = [FarSide({"get": get_for}, shared, params) for _ in range(2)]

        def rate(of, milliseconds):
            for far in of:
                far.order("get", milliseconds)
            return sum(far.report()[0] for far in of)

        milliseconds = params["seconds"] * 1000
        rate(fars, milliseconds / 4)
        metrics = {"one": rate(fars[:1], milliseconds), "oneTwo": rate(fars, milliseconds)}
        for far in fars:
            far.end()
        return {"metrics": metrics}


def manager_start(params):
    pause = params["pauseMs"] / 1000
    firsts, stops = [], []
    for number in range(params["warm"] + params["starts"]):
        begun = time.perf_counter()
        manager = started(params)
        manager.dict().get(key_of(0))
        answered = time.perf_counter()
        manager.shutdown()
        if number >= params["warm"]:
            firsts.append((answered - begun) * 1000)
            stops.append((time.perf_counter() - answered) * 1000)
        time.sleep(pause)
    return {"metrics": {"first": quantile(firsts, 0.5), "stop": quantile(stops, 0.5)}}


def manager_memory(params):
    settle = params["settleMs"] / 1000
    with started(params) as manager:
        server = manager._process.pid
        time.sleep(settle)
        empty = tree_memory(server)
        shared = filled(manager, params["entries"], params["payload"])
        time.sleep(settle)
        full = tree_memory(server)
        del shared
        mib = 2**20
        metrics = {"entry": (full - empty) / params["entries"], "full": full / mib, "empty": empty / mib}
        return {"metrics": metrics}


ROUNDS = {
    "manager-calls": manager_calls,
    "manager-in-flight": manager_in_flight,
    "manager-clients": manager_clients,
    "manager-start": manager_start,
    "manager-memory": manager_memory,
}

if __name__ == "__main__":
    print(json.dumps(ROUNDS[sys.argv[1]](json.loads(sys.argv[2]))))
