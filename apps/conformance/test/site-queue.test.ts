import { Lock } from '@mp/lock';
import type { AsyncJoinableQueue, AsyncLease, AsyncPriorityQueue, AsyncQueue } from '@mp/queue';
import {
  connectRedis,
  type SiteJoinableQueue,
  type SiteLease,
  type SiteLifoQueue,
  type SitePriorityQueue,
  type SiteQueue,
} from '@mp/redis';
import { describeNeeding, freshName, leakCheck, RedisServer } from '@mp/testing';
import { expect, expectTypeOf, test } from 'vitest';

leakCheck();

test('queues of a site are what is common to all queues, by their types', () => {
  expectTypeOf<SiteQueue<number>>().toExtend<AsyncQueue<number>>();
  expectTypeOf<SiteLifoQueue<number>>().toExtend<AsyncQueue<number>>();
  expectTypeOf<SiteJoinableQueue<number>>().toExtend<AsyncJoinableQueue<number>>();
  expectTypeOf<SitePriorityQueue<number>>().toExtend<AsyncPriorityQueue<number>>();
  expectTypeOf<SiteLease<number>>().toExtend<AsyncLease<number>>();
  // @ts-expect-error a queue of something else is none of numbers
  const other: AsyncQueue<number> = undefined as unknown as SiteQueue<string>;
  expect(other).toBeUndefined();
});

describeNeeding(RedisServer.missing, 'queues over Redis', () => {
  test('what lies in shared memory is refused with the reason', async () => {
    const server = await RedisServer.start();
    const site = await connectRedis(server.url, { namespace: freshName() });
    const queue = site.queue<unknown>('jobs');
    const lock = new Lock();
    await expect(queue.put({ lock })).rejects.toMatchObject({
      code: 'ERR_MP_SERIALIZATION',
      path: 'item.lock',
    });
    await expect(queue.put({ lock })).rejects.toThrow(
      /item\.lock is a lock in shared memory, which .* this machine/,
    );
    expect(await queue.size).toBe(0);
    lock.close();
    await site.close();
    await server.stop();
  });
});
