import { type AsyncEvent, type AsyncLock, type AsyncSemaphore, Event, Lock, Semaphore } from '@mp/lock';
import { type AsyncJoinableQueue, type AsyncPriorityQueue, type AsyncQueue, Queue } from '@mp/queue';
import { connectRedis, type Site } from '@mp/redis';
import { describeNeeding, freshName, leakCheck, RedisServer } from '@mp/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

leakCheck();

/** What one program needs; it is the same for one machine and for several. */
interface Objects {
  readonly lock: AsyncLock;
  readonly seats: AsyncSemaphore;
  readonly done: AsyncEvent;
  readonly jobs: AsyncQueue<number>;
}

/** Squares numbers in four tasks, of which two work at a time. @returns the sum */
async function program({ lock, seats, done, jobs }: Objects): Promise<number> {
  let sum = 0;
  await jobs.putMany([1, 2, 3, 4]);
  await jobs.shutdown();
  const workers = [1, 2, 3, 4].map(() =>
    seats.with(async () => {
      for await (const job of jobs) {
        await lock.with(async () => {
          sum += job ** 2;
        });
      }
    }),
  );
  const finished = done.wait();
  await Promise.all(workers);
  await done.set();
  expect(await finished).toBe(true);
  return sum;
}

test('one program on one machine', async () => {
  const objects = { lock: new Lock(), seats: new Semaphore(2), done: new Event(), jobs: new Queue<number>() };
  expect(await program(objects)).toBe(30);
  for (const each of Object.values(objects)) each.close();
});

describeNeeding(RedisServer.missing, 'the same program on several machines', () => {
  let server: RedisServer;
  let site: Site;
  beforeAll(async () => {
    server = await RedisServer.start();
    site = await connectRedis(server.url, { namespace: freshName() });
  });
  afterAll(async () => {
    await site.close();
    await server.stop();
  });

  test('comes to the same', async () => {
    const objects: Objects = {
      lock: site.lock('lock', { ttl: 30_000 }),
      seats: site.semaphore('seats', { value: 2 }),
      done: site.event('done'),
      jobs: site.queue<number>('jobs'),
    };
    expect(await program(objects)).toBe(30);
    for (const each of Object.values(objects)) each.close();
  });

  test('all kinds of queues have the types of the local ones', () => {
    const queues: [AsyncQueue<string>, AsyncPriorityQueue<string>, AsyncJoinableQueue<string>] = [
      site.queue<string>('a'),
      site.priorityQueue<string>('b'),
      site.joinableQueue<string>('c'),
    ];
    for (const queue of queues) queue.close();
  });
});
