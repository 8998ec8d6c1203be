# Its lines come in any order.
import asyncio
from urllib.request import ProxyHandler, build_opener

PAGES = {
    "http://www.baidu.com/": "the page of baidu",
    "http://www.sina.com.cn/": "sina",
    "http://www.qq.com/": "qq has a page, too",
}
waiting = []


async def answer(reader, writer):
    request = await reader.readuntil(b"\r\n\r\n")
    waiting.append((request.split()[1].decode(), writer))
    if len(waiting) < 3:
        return
    for url, each in waiting:
        page = PAGES[url]
        each.write(f"HTTP/1.0 200 OK\r\nContent-Length: {len(page)}\r\n\r\n{page}".encode())
        await each.drain()
        each.close()


async def func(url, opener):
    print("get:", url)
    page = await asyncio.to_thread(lambda: opener.open(url).read())
    print(url, len(page))


async def main():
    proxy = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = proxy.sockets[0].getsockname()
    opener = build_opener(ProxyHandler({"http": f"http://{host}:{port}"}))
    await asyncio.gather(*(func(url, opener) for url in PAGES))
    proxy.close()


asyncio.run(main())
