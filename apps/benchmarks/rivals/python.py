"""One round of Python's multiprocessing: python.py <round> <params as JSON>; the measure goes to stdout as JSON.

It is the same work as in rounds/*.mjs, with the interpreter's default start method.
"""

import json
import multiprocessing as mp
import os
import sys
import time
from multiprocessing.connection import Client, Listener

ASLEEP_MS = 12  # after which both sides have gone to sleep
STRIDE = 32  # pairs between two looks at the clock
BLOCKS = {}


def size_of(payload):
    """As harness/payload.mjs: `bytes` is 1 MiB, `bytes/16` are 16 bytes."""
    return int(payload.partition("/")[2] or 1 << 20)


def message(payload, number):
    if payload.startswith("bytes"):
        if payload not in BLOCKS:
            BLOCKS[payload] = bytes([7]) * size_of(payload)
        return BLOCKS[payload]
    return {"id": number, "name": "resize", "v": [1, 2, 3]}


def cpu():
    """CPU microseconds of this process so far."""
    return time.process_time() * 1e6


def timed(work, argument):
    before, start = cpu(), time.perf_counter_ns()
    work(argument)
    return time.perf_counter_ns() - start, cpu() - before


def paced(work, params, prepare=lambda count: count, restarted=lambda: None):
    """As harness/pace.mjs: warm, learn the speed, then fill about `seconds`."""
    warm = params["warm"]
    timed(work, prepare(warm))
    trial, _ = timed(work, prepare(warm))
    count = max(warm, round(params["seconds"] * 1e9 * warm / trial))
    argument = prepare(count)
    restarted()
    ns, used = timed(work, argument)
    return count, ns, used


def quantile(samples, q):
    ordered = sorted(samples)
    at = (len(ordered) - 1) * q
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)


def latencies(call, params):
    """As harness/latency.mjs: microseconds, hot and cold."""
    asleep = params.get("asleepMs", ASLEEP_MS) / 1000
    metrics, cpus = {}, []

    def batch(name, count, nap=0):
        micros = []
        before = cpu()
        for number in range(count):
            if nap:
                time.sleep(nap)
            start = time.perf_counter_ns()
            call(number)
            micros.append((time.perf_counter_ns() - start) / 1000)
        if name and count > 0:
            cpus.append((cpu() - before) / count)
            metrics.update({name: quantile(micros, 0.5), f"{name}P99": quantile(micros, 0.99)})

    batch(None, params["warm"])
    batch("hot", params["hotCalls"])
    batch("cold", params["coldCalls"], asleep)
    return {"metrics": metrics, "cpu": {"near": cpus[0]}}


class FarSide:
    """A process that obeys orders from a pipe of its own, and reports result and CPU time."""

    def __init__(self, works, *arguments):
        self._control, control = mp.Pipe()
        self._process = mp.Process(target=obey, args=(works, control, *arguments))
        self._process.start()

    def order(self, work, argument):
        self._control.send((work, argument))

    def report(self):
        return self._control.recv()

    def end(self):
        self._control.send(None)
        self._process.join()


def obey(works, control, *arguments):
    for work, argument in iter(control.recv, None):
        before = cpu()
        result = works[work](argument, *arguments)
        control.send((result, cpu() - before))


# Locks


def pairs(lock, count):
    acquire, release = lock.acquire, lock.release
    for _ in range(count):
        acquire()
        release()


def pairs_for(milliseconds, lock):
    start, count = time.perf_counter(), 0
    while (time.perf_counter() - start) * 1000 < milliseconds:
        pairs(lock, STRIDE)
        count += STRIDE
    return count, (time.perf_counter() - start) * 1000


def lock_free(params):
    lock = mp.Lock()
    count, ns, used = paced(lambda n: pairs(lock, n), params)
    return {"metrics": {"pair": ns / count}, "cpu": {"near": used / count}}


def lock_contended(params):
    lock = mp.Lock()
    fars = [FarSide({"pairs_for": pairs_for}, lock) for _ in range(params.get("processes", 2) - 1)]

    def together(milliseconds):
        for far in fars:
            far.order("pairs_for", milliseconds)
        mine = pairs_for(milliseconds, lock)
        return mine, [far.report() for far in fars]

    together(params["warmMs"])
    before = cpu()
    mine, theirs = together(params["seconds"] * 1000)
    used = cpu() - before
    for far in fars:
        far.end()
    measured = [mine, *(result for result, _ in theirs)]
    counts = [count for count, _ in measured]
    rate = sum(count / ms for count, ms in measured) * 1000
    far_cpu = sum(spent for _, spent in theirs)
    metrics = {"rate": rate, "share": min(counts) * len(counts) / sum(counts)}
    far_count = max(1, sum(counts[1:]))  # One process alone has no others.
    return {"metrics": metrics, "cpu": {"near": used / mine[0], "far": far_cpu / far_count}}


def hand_back(count, there, back):
    for _ in range(count):
        there.acquire()
        back.release()


def lock_hand_off(params):
    """Two locks as two signals: each side frees the one that the other waits for."""
    there, back = mp.Lock(), mp.Lock()
    there.acquire()
    back.acquire()
    far = FarSide({"echo": hand_back}, there, back)
    far.order("echo", params["warm"] + params["hotCalls"] + params["coldCalls"])

    def call(_):
        there.release()
        back.acquire()

    measure = latencies(call, params)
    far.report()
    far.end()
    return measure


def hand_on(_, there, back, done):
    while True:
        there.acquire()
        if done.value:
            break
        back.release()
    there.release()


def hand_off_crowd(params):
    """As rounds/hand-off-crowd.mjs."""
    if params["variant"] == "lock":
        there, back = mp.Lock(), mp.Lock()
        there.acquire()
        back.acquire()
    else:
        there, back = mp.Semaphore(0), mp.Semaphore(0)
    done = mp.Value("b", 0, lock=False)
    waiters = [FarSide({"echo": hand_on}, there, back, done) for _ in range(params["waiters"])]
    for waiter in waiters:
        waiter.order("echo", None)

    def call(_):
        there.release()
        back.acquire()

    measure = latencies(call, params)
    done.value = 1
    there.release()
    for waiter in waiters:
        waiter.report()
        waiter.end()
    return measure


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


def lock_many(params):
    locks = [mp.Lock() for _ in range(params["warm"])]
    memory, before, start = resident(), cpu(), time.perf_counter_ns()
    for _ in range(params["count"]):
        locks.append(mp.Lock())
    ns, used = time.perf_counter_ns() - start, cpu() - before
    metrics = {"create": ns / params["count"] / 1000, "rss": (resident() - memory) / params["count"]}
    return {"metrics": metrics, "cpu": {"near": used / params["count"]}}


# Channels: (send, receive) of each end, there and back


def channel(variant, payload):
    if variant == "pipe":
        near, far = mp.Pipe()
        if payload.startswith("bytes"):
            return (near.send_bytes, near.recv_bytes), (far.send_bytes, far.recv_bytes)
        return (near.send, near.recv), (far.send, far.recv)
    make = mp.Queue if variant == "queue" else mp.SimpleQueue
    there, back = make(), make()
    return (there.put, back.get), (back.put, there.get)


def fill(count, end, payload):
    send, _ = end
    for number in range(count):
        send(message(payload, number))


def echo(count, end, payload):
    send, receive = end
    for _ in range(count):
        send(receive())


def open_channel(params):
    near, far_end = channel(params["variant"], params["payload"])
    return near, FarSide({"fill": fill, "echo": echo}, far_end, params["payload"])


def stream(params):
    (_, receive), far = open_channel(params)
    reports = []

    def drain(count):
        far.order("fill", count)
        for _ in range(count):
            receive()
        reports.append(far.report())

    count, ns, used = paced(drain, params)
    far.end()
    rate = count / ns * 1e9
    if params["payload"].startswith("bytes") and size_of(params["payload"]) >= 1 << 16:
        rate *= size_of(params["payload"]) / 2**30
    return {"metrics": {"rate": rate}, "cpu": {"near": used / count, "far": reports[-1][1] / count}}


AUTH_KEY = b"a key of both"


def connect(params):
    """As rounds/connect.mjs."""
    family = "AF_INET" if params["variant"] == "tcp" else "AF_UNIX"
    with Listener(family=family, backlog=128, authkey=AUTH_KEY) as listener:
        far = FarSide({"connect": connect_often}, listener.address)
        reports = []

        def accept(count):
            far.order("connect", count)
            for _ in range(count):
                listener.accept().close()
            reports.append(far.report())

        count, ns, used = paced(accept, params)
        far.end()
    rate = count / ns * 1e9
    return {"metrics": {"rate": rate}, "cpu": {"near": used / count, "far": reports[-1][1] / count}}


def connect_often(count, address):
    for _ in range(count):
        Client(address, authkey=AUTH_KEY).close()


def take(count, end, payload):
    _, receive = end
    for _ in range(count):
        receive()


def crowd(params):
    """As rounds/crowd.mjs."""
    (_, receive), far_end = channel(params["variant"], params["payload"])
    works = {"fill": fill, "take": take}
    # The consumers take from where the producers put.
    producers = [FarSide(works, far_end, params["payload"]) for _ in range(params["producers"])]
    consumers = [FarSide(works, (None, receive), params["payload"]) for _ in range(params["consumers"])]
    reports = []

    def through(count):
        reports.clear()
        for fars, work in ((consumers, "take"), (producers, "fill")):
            for index, far in enumerate(fars):
                far.order(work, count // len(fars) + (index < count % len(fars)))
        reports.append(sum(far.report()[1] for far in producers))
        reports.append(sum(far.report()[1] for far in consumers))

    count, ns, _ = paced(through, params)
    for far in producers + consumers:
        far.end()
    metrics = {"rate": count / ns * 1e9}
    return {"metrics": metrics, "cpu": {"far": reports[0] / count, "near": reports[1] / count}}


def round_trip(params):
    if params["variant"] == "lock":
        return lock_hand_off(params)
    (send, receive), far = open_channel(params)
    far.order("echo", params["warm"] + params["hotCalls"] + params["coldCalls"])

    def call(number):
        send(message(params["payload"], number))
        receive()

    measure = latencies(call, params)
    far.report()
    far.end()
    return measure


def sparse(params):
    (send, receive), far = open_channel(params)
    calls, warm, pauses = params["calls"], params["warm"], params["pausesMs"]
    far.order("echo", warm + calls * (1 + len(pauses)))

    def call(number):
        send(message(params["payload"], number))
        receive()

    def median(pause):
        micros = []
        for number in range(calls):
            time.sleep(pause / 1000)
            start = time.perf_counter_ns()
            call(number)
            micros.append((time.perf_counter_ns() - start) / 1000)
        return quantile(micros, 0.5)

    metrics = {"fresh": median(params["freshMs"])}
    for number in range(warm):
        call(number)
    metrics.update({f"warm{pause}": median(pause) for pause in pauses})
    far.report()
    far.end()
    return {"metrics": metrics}


# Processes


def nothing():
    pass


def sleep():
    time.sleep(600)


def tree_memory(pid):
    """As harness/group-memory.mjs."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            total = next((int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:")), 0)
        children = []
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                children += file.read().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # It has ended meanwhile.
    return total + sum(map(tree_memory, children))


def process_start(params):
    context = mp.get_context(params["variant"])
    pause = params["pauseMs"] / 1000
    starts, joins = [], []
    for number in range(params["warm"] + params["starts"]):
        process = context.Process(target=nothing)
        begun = time.perf_counter()
        process.start()
        started = time.perf_counter()
        process.join()
        if number >= params["warm"]:
            starts.append((started - begun) * 1000)
            joins.append((time.perf_counter() - begun) * 1000)
        time.sleep(pause)
    idle = [context.Process(target=sleep) for _ in range(params["idle"])]
    before = tree_memory(os.getpid())
    for process in idle:
        process.start()
    time.sleep(params["settleMs"] / 1000)
    after = tree_memory(os.getpid())
    for process in idle:
        process.kill()
        process.join()
    metrics = {
        "join": quantile(joins, 0.5),
        "start": quantile(starts, 0.5),
        "memory": (after - before) / params["idle"] / 2**20,
    }
    return {"metrics": metrics}


def growth(rounds):
    """As rounds/growth.mjs, of one of these rounds."""

    def grown(params):
        metrics = {}
        for value in params["over"]:
            measure = rounds[params["of"]]({**params, params["vary"]: value})
            metrics.update({f"{key}{value}": measure["metrics"][key] for key in params["figures"]})
        return {"metrics": metrics}

    return grown


ROUNDS = {
    "process-start": process_start,
    "lock-free": lock_free,
    "lock-contended": lock_contended,
    "lock-many": lock_many,
    "stream": stream,
    "crowd": crowd,
    "round-trip": round_trip,
    "sparse": sparse,
    "connect": connect,
    "hand-off-crowd": hand_off_crowd,
}
ROUNDS["growth"] = growth(ROUNDS)

if __name__ == "__main__":
    print(json.dumps(ROUNDS[sys.argv[1]](json.loads(sys.argv[2]))))
