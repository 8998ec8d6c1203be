import asyncio
from concurrent.futures import ThreadPoolExecutor


async def cor1():
    print("COR1 start")
    await cor2()
    print("COR1 end")


async def cor2():
    print("COR2")


async def call_later(loop):
    over = loop.create_future()
    loop.call_later(0.001, print, "cancelled").cancel()
    loop.call_later(0.02, over.set_result, "called later")
    print(await over)


async def answer(reader, writer):
    writer.write((await reader.read(100)).upper())
    await writer.drain()
    writer.close()


async def server_and_client():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello")
    print("server answered:", (await reader.read(100)).decode())
    writer.close()
    server.close()


async def other_program():
    program = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
    output, _ = await program.communicate()
    print("program printed:", output.decode().strip())


async def pool_of_threads(loop):
    with ThreadPoolExecutor(1) as pool:
        print("thread computed:", await loop.run_in_executor(pool, lambda a, b: a * b, 6, 7))


loop = asyncio.new_event_loop()
for coroutine in (cor1(), call_later(loop), server_and_client(), other_program(), pool_of_threads(loop)):
    loop.run_until_complete(coroutine)
loop.close()
