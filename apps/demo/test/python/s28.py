import asyncio
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import Pool, ThreadPool

together = None


def initialize(barrier):
    global together
    together = barrier


async def coroutine(group, index, waiters):
    # A barrier of Python blocks, so each coroutine waits for it in a thread.
    await asyncio.get_running_loop().run_in_executor(waiters, together.wait)
    return f"{group}.{index}"


async def group_of(group):
    with ThreadPoolExecutor(4) as waiters:
        return await asyncio.gather(*(coroutine(group, index, waiters) for index in range(4)))


def many_at_once(group):
    return asyncio.run(group_of(group))


if __name__ == "__main__":
    for name, module, kind in (("process", multiprocessing, Pool), ("thread", threading, ThreadPool)):
        with kind(2, initialize, (module.Barrier(8),)) as pool:
            results = [pool.apply_async(many_at_once, (group,)) for group in range(2)]
            names = [each for result in results for each in result.get()]
        print(f"{name}:", *names, flush=True)
