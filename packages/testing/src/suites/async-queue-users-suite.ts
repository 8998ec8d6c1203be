import { describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import {
  CLOSED,
  collected,
  outcome,
  QUEUE_KINDS,
  type QueueFactory,
  type SuiteJoinableQueue,
  TIMED_OUT,
} from './async-queue.ts';

/** The rules of Python's `_TestQueue`, and leases, between several users of one queue. */
export function asyncQueueUsersSuite(factory: QueueFactory): void {
  pythonSuite(factory);
  sharedLeasesSuite(factory);
  crowdSuite(factory);
}

function pythonSuite(factory: QueueFactory): void {
  describe('between two users, as in Python', () => {
    test.each(QUEUE_KINDS)('QUEUE-1, 2, 3: a full and an empty %s by all forms of call', async (kind) => {
      const queue = await factory[kind]<number>({ maxSize: 6 });
      const other = await factory.another(queue);
      await queue.put(1);
      await queue.put(2, { timeout: 1_000 });
      await queue.put(3, { timeout: 0 });
      await queue.put(4, { signal: new AbortController().signal });
      expect(await queue.tryPut(5)).toBe(true);
      await queue.putMany([6]);
      expect([await other.isEmpty, await other.isFull, await other.size]).toEqual([false, true, 6]);
      const refusals: [() => Promise<void>, number][] = [
        [() => queue.put(7, { timeout: 0 }), 0],
        [() => queue.put(7, { timeout: 60 }), 60],
        [() => queue.putMany([7], { timeout: 60 }), 60],
      ];
      for (const [call, least] of refusals) {
        const start = performance.now();
        await expect(call()).rejects.toMatchObject(TIMED_OUT);
        expect(performance.now() - start).toBeGreaterThanOrEqual(least - 2);
      }
      expect([await queue.tryPut(7), await queue.tryPutMany([7])]).toEqual([false, false]);
      const taken = [await other.get(), await other.tryGet(), await other.get({ timeout: 1_000 })];
      taken.push(...(await other.getMany(5)));
      expect(taken).toEqual(kind === 'lifoQueue' ? [6, 5, 4, 3, 2, 1] : [1, 2, 3, 4, 5, 6]);
      expect([await queue.isEmpty, await queue.isFull, await queue.size]).toEqual([true, false, 0]);
      const waits: [() => Promise<unknown>, number][] = [
        [() => other.get({ timeout: 0 }), 0],
        [() => other.get({ timeout: 200 }), 200],
        [() => other.getMany(2, { timeout: 60 }), 60],
        [() => other.lease({ timeout: 60 }), 60],
      ];
      for (const [call, least] of waits) {
        const start = performance.now();
        await expect(call()).rejects.toMatchObject(TIMED_OUT);
        expect(performance.now() - start).toBeGreaterThanOrEqual(least - 2);
      }
      expect([await other.tryGet(), await other.tryGetMany(3)]).toEqual([undefined, []]);
    });

    test('QUEUE-4: one that comes when the queue was used already can put', async () => {
      const queue = await factory.queue<number>();
      for (let item = 0; item < 10; item++) await queue.put(item);
      const other = await factory.another(queue);
      for (let item = 10; item < 20; item++) await other.put(item);
      expect(await queue.getMany(100)).toEqual(Array.from({ length: 20 }, (_, item) => item));
    });

    test.each(QUEUE_KINDS)('QUEUE-5: the size of a %s is exact, for both', async (kind) => {
      const queue = await factory[kind]<string>();
      const other = await factory.another(queue);
      const sizes = [await queue.size];
      await queue.put('a');
      sizes.push(await other.size);
      await other.put('b');
      sizes.push(await queue.size);
      await queue.get();
      sizes.push(await other.size);
      await other.get();
      sizes.push(await queue.size);
      expect(sizes).toEqual([0, 1, 2, 1, 0]);
    });

    test('QUEUE-6: join() returns when four workers have done ten tasks', async () => {
      const queue = await factory.joinableQueue<number | null>();
      const workers = await Promise.all([1, 2, 3, 4].map(() => factory.another(queue)));
      const shares = workers.map((worker) => work(worker));
      for (let task = 0; task < 10; task++) await queue.put(task);
      await queue.join({ timeout: 20_000 });
      for (const _ of workers) await queue.put(null);
      const done = await Promise.all(shares);
      expect(done.reduce((sum, share) => sum + share, 0)).toBe(10);
      await queue.join({ timeout: 20_000 });
      await expect(outcome(() => queue.taskDone())).rejects.toThrow(RangeError);
    });

    test('QUEUE-7, 8: what cannot be sent is refused at the call; the next item is delivered', async () => {
      const queue = await factory.queue<unknown>({ maxSize: 1 });
      const other = await factory.another(queue);
      await expect(queue.put({ job() {} })).rejects.toThrow(/item\.job is a function/);
      expect(await queue.size).toBe(0);
      expect(await queue.tryPut(true)).toBe(true);
      expect(await other.get()).toBe(true);
      expect([await queue.isEmpty, await queue.size]).toEqual([true, 0]);
    });

    test('taskDone() is for the own gets', async () => {
      const queue = await factory.joinableQueue<string>();
      const other = await factory.another(queue);
      await queue.putMany(['a', 'b']);
      expect(await other.get()).toBe('a');
      await expect(outcome(() => queue.taskDone())).rejects.toThrow(RangeError);
      await other.taskDone();
      expect(await queue.get()).toBe('b');
      await expect(outcome(() => other.taskDone())).rejects.toThrow(RangeError);
      await queue.taskDone();
      await queue.join();
    });
  });
}

function sharedLeasesSuite(factory: QueueFactory): void {
  describe('leases of another user', () => {
    test('one that leaves does not make join() hang: its items go to another', async () => {
      const queue = await factory.joinableQueue<string | null>();
      const [leaving, worker] = [await factory.another(queue), await factory.another(queue)];
      await queue.putMany(['a', 'b', 'c']);
      expect(await leaving.getMany(2)).toEqual(['a', 'b']);
      await expect(queue.join({ timeout: 30 })).rejects.toMatchObject(TIMED_OUT);
      const joined = queue.join({ timeout: 20_000 });
      const share = work(worker);
      leaving.close();
      await joined;
      await queue.put(null);
      expect(await share).toBe(3);
    });

    test('a lease of one that leaves is delivered again, before what came later', async () => {
      const queue = await factory.queue<string>();
      const leaving = await factory.another(queue);
      await queue.putMany(['first', 'second']);
      expect(await leaving.lease()).toMatchObject({ value: 'first', attempt: 1 });
      expect(await queue.size).toBe(1);
      leaving.close();
      await eventually('it is back', async () => (await queue.size) === 2);
      expect(await queue.lease()).toMatchObject({ value: 'first', attempt: 2 });
      expect(await queue.lease()).toMatchObject({ value: 'second', attempt: 1 });
    });

    test('a wait for a dead letter ends with the last retry', async () => {
      const queue = await factory.queue<string>({ maxAttempts: 1 });
      const other = await factory.another(queue);
      await queue.put('poison');
      const lease = await queue.lease();
      const letter = other.deadLetters.get();
      await lease.retry();
      expect(await letter).toBe('poison');
    });

    test('a waiting lease gets what comes back, and ends when the last one is acknowledged', async () => {
      const queue = await factory.queue<string>();
      const [holder, waiter] = [await factory.another(queue), await factory.another(queue)];
      await queue.put('job');
      const first = await holder.lease();
      const waiting = waiter.lease();
      await first.retry();
      const second = await waiting;
      expect([second.value, second.attempt]).toEqual(['job', 2]);
      await queue.shutdown();
      const late = holder.get();
      await second.ack();
      await expect(late).rejects.toMatchObject(CLOSED);
    });

    test('what came back after the shutdown is delivered', async () => {
      const queue = await factory.lifoQueue<string>();
      const [holder, waiter] = [await factory.another(queue), await factory.another(queue)];
      await queue.put('job');
      const lease = await holder.lease();
      await queue.shutdown();
      const drained = collected(waiter);
      await lease.retry();
      expect(await drained).toEqual(['job']);
    });

    test('an item that comes back too often is a dead letter, which ends a wait for one', async () => {
      const queue = await factory.priorityQueue<string>({ maxAttempts: 2 });
      const [leaving, other] = [await factory.another(queue), await factory.another(queue)];
      await queue.put('poison', { priority: 3 });
      const letter = other.deadLetters.get();
      await (await queue.lease()).retry();
      await leaving.lease();
      leaving.close();
      expect(await letter).toBe('poison');
      expect([await queue.size, await queue.deadLetters.size]).toEqual([0, 0]);
    });
  });
}

function crowdSuite(factory: QueueFactory): void {
  describe('several users', () => {
    test('waits of two users are served in the order they came', async () => {
      const queue = await factory.queue<number>({ maxSize: 1 });
      const other = await factory.another(queue);
      await queue.put(0);
      const puts: Promise<void>[] = [];
      for (let item = 1; item <= 6; item++) {
        puts.push((item % 2 === 0 ? queue : other).put(item));
        // Each has arrived when a later call of its user is answered.
        expect([await queue.size, await other.size]).toEqual([1, 1]);
      }
      const got: number[] = [];
      for (let item = 0; item <= 6; item++) got.push(await (item % 2 === 0 ? other : queue).get());
      expect(got.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(got.filter((item) => item % 2 === 0)).toEqual([0, 2, 4, 6]);
      expect(got.filter((item) => item % 2 === 1)).toEqual([1, 3, 5]);
      await Promise.all(puts);
    });

    test.each(QUEUE_KINDS)(
      'three producers and three consumers of a %s lose and double nothing',
      async (kind) => {
        const queue = await factory[kind]<number>();
        const consumers = await Promise.all([1, 2, 3].map(() => factory.another(queue)));
        const producers = await Promise.all([1, 2, 3].map(() => factory.another(queue)));
        const drained = consumers.map(async (consumer) => {
          const items: number[] = [];
          for await (const item of consumer) {
            items.push(item);
            if (kind === 'joinableQueue') await (consumer as SuiteJoinableQueue<number>).taskDone();
          }
          return items;
        });
        const items = Array.from({ length: 400 }, (_, item) => item);
        const put = producers.map(async (producer) => {
          for (let from = 0; from < 300; from += 100) await producer.putMany(items.slice(from, from + 100));
          for (const item of items.slice(300)) await producer.put(item);
        });
        await Promise.all(put);
        await queue.shutdown();
        const all = (await Promise.all(drained)).flat().sort((a, b) => a - b);
        expect(all).toEqual(items.flatMap((item) => [item, item, item]));
        expect(await queue.size).toBe(0);
      },
    );
  });
}

/** Python's worker of a JoinableQueue. @returns how many tasks it has done */
async function work(queue: SuiteJoinableQueue<unknown>): Promise<number> {
  for (let done = 0; ; done++) {
    const item = await queue.get();
    await queue.taskDone();
    if (item === null) return done;
  }
}
