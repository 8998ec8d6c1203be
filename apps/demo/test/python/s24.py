import asyncio
from collections import deque
from contextvars import ContextVar

current = ContextVar("current")


class Channel:
    def __init__(self):
        self.receivers, self.senders = deque(), deque()

    async def send(self, item):
        if self.receivers:
            self.receivers.popleft().set_result(item)
            # So that a receiver comes back before the next item is sent, as a `then` of JavaScript does.
            await asyncio.sleep(0)
        else:
            taken = asyncio.get_running_loop().create_future()
            self.senders.append((item, taken))
            await taken

    async def receive(self):
        if self.senders:
            item, taken = self.senders.popleft()
            taken.set_result(None)
            return item
        receiver = asyncio.get_running_loop().create_future()
        self.receivers.append(receiver)
        return await receiver


async def output(channel, number):
    current.set(number)
    while True:
        url = await channel.receive()
        print(url, "by tasklet", current.get())


async def main():
    channel = Channel()
    tasklets = [asyncio.create_task(output(channel, number)) for number in range(1, 11)]
    await asyncio.sleep(0)
    for number in range(1, 16):
        await channel.send(f"http://localhost/{number}")
    await asyncio.sleep(0)
    for tasklet in tasklets:
        tasklet.cancel()


asyncio.run(main())
