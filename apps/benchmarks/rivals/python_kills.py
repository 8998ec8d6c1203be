"""What becomes of Python's pools when their workers are killed: python_kills.py kill <params as JSON>.

It is the same work as in rounds/kill.mjs.
"""

import json
import multiprocessing as mp
import os
import re
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor


def act(how):
    """As `act` in harness/tasks.cjs."""
    what, *rest = how
    return ACTS[what](*rest)


def nap(milliseconds):
    time.sleep(milliseconds / 1000)


def kill(name):
    os.kill(os.getpid(), getattr(signal, name))
    time.sleep(600)


def block():
    while True:
        pass


def later(milliseconds, *rest):
    nap(milliseconds)
    return act(rest)


def leave(milliseconds, *rest):
    threading.Timer(milliseconds / 1000, act, (rest,)).start()


ACTS = {
    "nap": nap,
    "kill": kill,
    "exit": sys.exit,
    "abort": os.abort,
    "block": block,
    "later": later,
    "leave": leave,
}


class Fate:
    """As in harness/fate.mjs. @param start gets the functions to call at the end, or raises"""

    def __init__(self, start):
        self.outcome, self.ms, self.error = "pending", None, None
        self._begun, self._event = time.perf_counter(), threading.Event()
        try:
            start(lambda _: self._end("done"), self.fail)
        except BaseException as error:
            self.fail(error)

    def fail(self, error):
        self._end("failed", error)

    def wait(self, seconds):
        return self._event.wait(max(seconds, 0))

    def _end(self, outcome, error=None):
        if self._event.is_set():
            return
        self.outcome, self.ms = outcome, round((time.perf_counter() - self._begun) * 1000)
        if error is not None:
            message = re.sub(r"\b\d{3,}\b", "n", str(error).partition("\n")[0])[:90]
            self.error = f"{type(error).__name__}: {message}"
        self._event.set()


def settled(fates, seconds):
    end = time.perf_counter() + seconds
    for fate in fates:
        fate.wait(end - time.perf_counter())


def tally(fates):
    outcomes = [fate.outcome for fate in fates]
    times = [fate.ms for fate in fates if fate.ms is not None]
    counts = {outcome: outcomes.count(outcome) for outcome in ("done", "failed", "pending")}
    error = next((fate.error for fate in fates if fate.error is not None), None)
    return {**counts, "ms": max(times, default=None), "error": error}


class Pool:
    def __init__(self, workers):
        self._pool = mp.Pool(workers)

    def run(self, how):
        return Fate(lambda done, failed: self._pool.apply_async(act, (how,), {}, done, failed))

    def close(self):
        self._pool.close()
        self._pool.join()


class Executor:
    def __init__(self, workers):
        self._pool = ProcessPoolExecutor(workers)

    def run(self, how):
        def start(done, failed):
            def end(future):
                error = future.exception()
                done(None) if error is None else failed(error)

            self._pool.submit(act, how).add_done_callback(end)

        return Fate(start)

    def close(self):
        self._pool.shutdown()


def closing(pool):
    """Closed by a thread of its own, because that may take for ever."""

    def start(done, failed):
        def close():
            try:
                done(pool.close())
            except BaseException as error:
                failed(error)

        threading.Thread(target=close, daemon=True).start()

    return Fate(start)


def round_of(params):
    scenario, limit = params["scenario"], params["limitMs"] / 1000
    pool = {"pool": Pool, "executor": Executor}[params["variant"]](params["workers"])

    def naps(count, milliseconds):
        return [pool.run(["nap", milliseconds]) for _ in range(count)]

    settled(naps(2 * params["workers"], 50), limit)
    before = naps(scenario["running"], 500)
    hit = [pool.run(scenario["act"]) for _ in range(scenario["victims"])]
    time.sleep(scenario.get("settleMs", 0) / 1000)
    others = before + naps(scenario["queued"], 1)
    timeout = scenario.get("timeoutMs")
    if timeout is not None and not hit[0].wait(timeout / 1000):
        # What get(timeout) and result(timeout) raise; neither of the pools does more about it.
        hit[0].fail(TimeoutError("from get(timeout); the task goes on"))
    settled(hit + others, limit)
    found = {"victims": tally(hit), "others": tally(others)}

    afterwards = naps(2 * params["workers"], 1)
    settled(afterwards, limit)
    end = closing(pool)
    settled([end], limit)
    return {**found, "later": tally(afterwards), "end": tally([end])}


if __name__ == "__main__":
    print(json.dumps(round_of(json.loads(sys.argv[2]))), flush=True)
    os._exit(0)
