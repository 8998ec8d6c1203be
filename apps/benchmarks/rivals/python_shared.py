"""One round of what Python's processes share: python_shared.py <round> <params as JSON>; the measure goes to stdout as JSON.

It is the same work as in rounds/operations.mjs, rounds/map.mjs and rounds/map-memory.mjs.
"""

import json
import multiprocessing as mp
import os
import sys
import time
from multiprocessing import resource_tracker, shared_memory

from python import FarSide, message, paced

KEYS_MOST = 1 << 16
STRIDE = 32  # operations between two looks at the clock
STEP = 7_919
BATCH = 10_000
WARM_MOST = 500  # a call of a manager takes as long as hundreds of other operations


def measured(side, params, warm_most=float("inf")):
    metrics = {}
    for work in params["works"]:
        if work not in side:
            continue
        warm = min(params.get("warmOf", {}).get(work, params["warm"]), warm_most)
        count, ns, _ = paced(side[work], {**params, "warm": warm})
        metrics[work] = ns / count / params.get("unitNs", 1)
    return metrics


def operations(params):
    return {"metrics": SIDES[params["variant"]](params)}


def repeated(operate):
    def work(count):
        for number in range(count):
            operate(number)

    return work


def value_side(params):
    value = mp.Value("i", 0)

    def write(number):
        value.value = number & 1023

    def locked_add(_):
        with value.get_lock():
            value.value += 1

    works = {"read": lambda _: value.value, "write": write, "lockedAdd": locked_add}
    return measured({name: repeated(work) for name, work in works.items()}, params)


def array_side(params):
    array = mp.Array("d", range(params["elements"]))
    return measured({"sum": repeated(lambda _: sum(array.get_obj()))}, params)


def list_side(params):
    content = shared_memory.ShareableList([1, 2.5, "three", None])

    def write(number):
        content[0] = number & 1023

    def write_text(_):
        content[2] = "drei"

    works = {
        "read": lambda _: content[0],
        "write": write,
        "readText": lambda _: content[2],
        "writeText": write_text,
    }
    try:
        return measured({name: repeated(work) for name, work in works.items()}, params)
    finally:
        content.shm.close()
        content.shm.unlink()


# Bytes to another process


def echo_memory(_, connection):
    for memory in iter(connection.recv, None):
        connection.send(memory.buf[memory.size - 1])
        memory.close()


def echo_bytes(_, connection):
    for content in iter(connection.recv_bytes, b""):
        connection.send(content[-1])


def message_side(params):
    near, far_end = mp.Pipe()
    is_copy = params["variant"] == "copy"
    # Of both processes: one of the far side's own would unlink the memories at its end, as if they had been forgotten.
    resource_tracker.ensure_running()
    far = FarSide({"echo": echo_bytes if is_copy else echo_memory}, far_end)
    far.order("echo", 0)
    works, memories = {}, []
    for work, size in params["sizes"].items():
        if is_copy:
            content = bytes([7]) * size
        else:
            content = shared_memory.SharedMemory(create=True, size=size)
            content.buf[:] = bytes([7]) * size
            memories.append(content)
        works[work] = repeated(there_and_back(near, near.send_bytes if is_copy else near.send, content))
    metrics = measured(works, params)
    if is_copy:
        near.send_bytes(b"")
    else:
        near.send(None)
    far.report()
    far.end()
    for memory in memories:
        memory.close()
        memory.unlink()
    return metrics


def there_and_back(near, send, content):
    def call(_):
        send(content)
        near.recv()

    return call


SIDES = {
    "value": value_side,
    "array": array_side,
    "list": list_side,
    "handle": message_side,
    "copy": message_side,
}


# A dictionary in a manager


def key_of(number):
    return f"key-{number}"



def filled(manager, entries, payload):
    shared = manager.dict()
    for start in range(0, entries, BATCH):
        numbers = range(start, min(entries, start + BATCH))
        shared.update({key_of(number): message(payload, number) for number in numbers})
    return shared


def dict_works(shared, lock, params):
    entries, payload = params["entries"], params["payload"]
    stride = STEP * max(1, entries // KEYS_MOST)
    keys = [key_of(index * stride % entries) for index in range(min(entries, KEYS_MOST))]

    def write(number):
        shared[keys[number % len(keys)]] = message(payload, number)

    def update(number):
        key = keys[number % len(keys)]
        with lock:
            value = shared[key]
            if payload.startswith("bytes"):
                value = bytes([value[0] + 1 & 255]) + value[1:]
            else:
                value["id"] += 1
            shared[key] = value

    return {"get": lambda number: shared[keys[number % len(keys)]], "set": write, "update": update}


def operate_for(order, shared, lock, params):
    work, milliseconds = order
    operate = dict_works(shared, lock, params)[work]
    start, count = time.perf_counter(), 0
    while (time.perf_counter() - start) * 1000 < milliseconds:
        for number in range(count, count + STRIDE):
            operate(number)
        count += STRIDE
    return count / (time.perf_counter() - start)


def map_round(params):
    with mp.Manager() as manager:
        lock = mp.Lock()
        shared = filled(manager, params["entries"], params["payload"])
        works = dict_works(shared, lock, params)
        metrics = measured({name: repeated(work) for name, work in works.items()}, params, WARM_MOST)
        far = FarSide({"operate": operate_for}, shared, lock, params)

        def together(mine, theirs, milliseconds):
            far.order("operate", (theirs, milliseconds))
            return operate_for((mine, milliseconds), shared, lock, params), far.report()[0]

        milliseconds = params["seconds"] * 1000
        together("get", "set", milliseconds / 4)
        metrics["reads"], metrics["writes"] = together("get", "set", milliseconds)
        one = operate_for(("set", milliseconds), shared, lock, params)
        metrics["writers"] = sum(together("set", "set", milliseconds))
        metrics["one"] = one / metrics["writers"]
        far.end()
        return {"metrics": metrics}


def resident_of(pid):
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def map_memory(params):
    metrics = {}
    for name, (entries, payload) in params["contents"].items():
        with mp.Manager() as manager:
            server = manager._process.pid
            before = resident_of(server)
            shared = filled(manager, entries, payload)
            metrics[name] = (resident_of(server) - before) / entries
            del shared
    return {"metrics": metrics}


ROUNDS = {"operations": operations, "map": map_round, "map-memory": map_memory}

if __name__ == "__main__":
    print(json.dumps(ROUNDS[sys.argv[1]](json.loads(sys.argv[2]))))
