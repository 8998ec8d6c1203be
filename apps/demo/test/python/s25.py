import asyncio
import time

running = most = counter = 0


async def coroutine():
    global running, most, counter
    running += 1
    most = max(most, running)
    await asyncio.sleep(0.01)
    counter += 1
    running -= 1


async def main():
    await asyncio.gather(*(coroutine() for _ in range(10_000)))
    print("coroutines at the same time:", most)
    print("counted without a lock:", counter)

    steps = 0

    async def other():
        nonlocal steps
        while True:
            await asyncio.sleep(0)
            steps += 1

    others = [asyncio.create_task(other()) for _ in range(3)]
    await asyncio.sleep(0.01)
    before = steps
    time.sleep(0.2)
    print("steps of the others while one blocks:", steps - before)
    for each in others:
        each.cancel()


asyncio.run(main())
