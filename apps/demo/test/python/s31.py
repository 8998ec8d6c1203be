import asyncio


async def fun(first, second):
    print(first)
    await asyncio.sleep(0)
    print(second)


async def main():
    await asyncio.gather(
        fun("www.baidu.com", "end the baidu.com"),
        fun("www.zhihu.com", "end th zhihu.com"),
    )


asyncio.run(main())
