import { describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { CLOSED, collected, outcome, QUEUE_KINDS, type QueueFactory, TIMED_OUT } from './async-queue.ts';

interface Ranked {
  readonly priority: number;
  readonly id: number;
}

const NOT_OWNER = { code: 'ERR_MP_NOT_OWNER' };

/** What tells the kinds of queues apart, and leases, which all have. */
export function asyncQueueKindsSuite(factory: QueueFactory): void {
  ordersSuite(factory);
  leasesSuite(factory);
  lettersSuite(factory);
  joinsSuite(factory);
}

function ordersSuite(factory: QueueFactory): void {
  describe('order of the kinds', () => {
    test('a LifoQueue gives the latest first; what comes back has its old place', async () => {
      const queue = await factory.lifoQueue<number>();
      await queue.putMany([1, 2]);
      await queue.put(3);
      const lease = await queue.lease();
      await queue.put(4);
      await lease.retry();
      expect([lease.value, ...(await queue.getMany(10))]).toEqual([3, 4, 3, 2, 1]);
    });

    test('a PriorityQueue gives the lowest first, and equals in the order of their puts', async () => {
      const queue = await factory.priorityQueue<string>();
      await queue.put('b1', { priority: 2 });
      await queue.put('a1', { priority: -1e300 });
      expect(await queue.tryPut('b2', { priority: 2 })).toBe(true);
      await queue.putMany(['c1', 'c2'], { priority: 2.5, timeout: 1_000 });
      await queue.put('zero');
      const lease = await queue.lease();
      await queue.put('a2', { priority: -1e300 });
      expect(await queue.tryPutMany(['d1', 'd2'], { priority: 1e300 })).toBe(true);
      await lease.retry();
      expect(await queue.tryGetMany(99)).toEqual([
        ...['a1', 'a2', 'zero', 'b1', 'b2', 'c1', 'c2'],
        ...['d1', 'd2'],
      ]);
    });

    test('whatever is put and taken, a sorted queue agrees with a sorted list', async () => {
      let seed = 12345;
      const random = (below: number) => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return (seed >>> 8) % below;
      };
      const queue = await factory.priorityQueue<Ranked>();
      const model: Ranked[] = [];
      const leases: Awaited<ReturnType<typeof queue.lease>>[] = [];
      const first = () => {
        model.sort((a, b) => a.priority - b.priority || a.id - b.id);
        return model.shift();
      };
      for (let id = 0; id < 500; id++) {
        const action = random(10);
        if (action < 5) {
          const item = { priority: random(20) - 10, id };
          await queue.put(item, { priority: item.priority });
          model.push(item);
        } else if (action < 7) expect(await queue.tryGet()).toEqual(first());
        else if (action < 8) {
          const lease = await queue.tryLease();
          expect(lease?.value).toEqual(first());
          if (lease !== undefined) leases.push(lease);
        } else if (leases.length > 0) {
          const [lease] = leases.splice(random(leases.length), 1);
          if (action < 9) await lease.ack();
          else {
            await lease.retry();
            model.push(lease.value);
          }
        }
        expect(await queue.size).toBe(model.length);
      }
      for (let item = first(); item !== undefined; item = first()) expect(await queue.tryGet()).toEqual(item);
      expect(await queue.tryGet()).toBeUndefined();
    });

    test.each([
      [null, TypeError],
      ['1', TypeError],
      [Number.NaN, RangeError],
      [Infinity, RangeError],
    ])('a priority of %o is refused at the call', async (priority, expected) => {
      const queue = await factory.priorityQueue();
      const options = { priority: priority as number };
      await expect(queue.put(1, options)).rejects.toThrow(expected);
      await expect(queue.putMany([1], options)).rejects.toThrow(expected);
      await expect(outcome(() => queue.tryPut(1, options))).rejects.toThrow(expected);
      expect(await queue.size).toBe(0);
    });

    test('only a PriorityQueue takes a priority', async () => {
      for (const kind of ['queue', 'joinableQueue', 'lifoQueue'] as const) {
        const queue = await factory[kind]<number>();
        const ranked = { priority: 1 };
        await expect(outcome(() => queue.tryPut(1, ranked))).rejects.toThrow(/use a PriorityQueue/);
        await expect(queue.put(1, ranked as never)).rejects.toThrow(/use a PriorityQueue/);
        expect(await queue.size).toBe(0);
      }
    });

    test.each(QUEUE_KINDS)('2,000 items are put into a %s before one is taken', async (kind) => {
      const queue = await factory[kind]<number>();
      const items = Array.from({ length: 2_000 }, (_, item) => item);
      for (let from = 0; from < 1_900; from += 100) await queue.putMany(items.slice(from, from + 100));
      await Promise.all(items.slice(1_900).map((item) => queue.put(item)));
      expect(await queue.size).toBe(2_000);
      const taken: number[] = [];
      while (!(await queue.isEmpty)) taken.push(...(await queue.tryGetMany(300)));
      expect(kind === 'lifoQueue' ? taken.toReversed() : taken).toEqual(items);
    });
  });
}

function leasesSuite(factory: QueueFactory): void {
  describe('leases', () => {
    test.each(QUEUE_KINDS)(
      'an item of a %s is there until it is acknowledged; attempts are counted',
      async (kind) => {
        const queue = await factory[kind]<string>();
        await queue.putMany(kind === 'lifoQueue' ? ['b', 'a'] : ['a', 'b']);
        const first = await queue.lease();
        expect([first.value, first.attempt, await queue.size]).toEqual(['a', 1, 1]);
        await first.retry();
        await first.retry();
        expect(await queue.size).toBe(2);
        const again = await queue.lease();
        expect([again.value, again.attempt]).toEqual(['a', 2]);
        await again.ack();
        await again.ack();
        await expect(outcome(() => again.retry())).rejects.toMatchObject(NOT_OWNER);
        await expect(outcome(() => again.retry())).rejects.toThrow(/it was acknowledged/);
        await expect(outcome(() => first.ack())).rejects.toMatchObject(NOT_OWNER);
        await expect(outcome(() => first.ack())).rejects.toThrow(/it was given back/);
        expect([await queue.get(), await queue.tryLease(), await queue.size]).toEqual(['b', undefined, 0]);
      },
    );

    test('disposing gives back what was not acknowledged', async () => {
      const queue = await factory.queue<string>();
      await queue.put('job');
      {
        await using lease = await queue.lease();
        expect(lease.attempt).toBe(1);
      }
      {
        await using lease = await queue.lease();
        expect(lease.attempt).toBe(2);
        await lease.ack();
      }
      expect(await queue.tryLease()).toBeUndefined();
    });

    test('leases() ends when the queue is shut down and all is acknowledged', async () => {
      const queue = await factory.queue<number>();
      await queue.putMany([1, 2, 3]);
      await queue.shutdown();
      const seen: [number, number][] = [];
      for await (const lease of queue.leases()) {
        seen.push([lease.value, lease.attempt]);
        if (lease.value === 2 && lease.attempt === 1) await lease.retry();
        else await lease.ack();
      }
      expect(seen).toEqual([
        [1, 1],
        [2, 1],
        [2, 2],
        [3, 1],
      ]);
      await expect(queue.lease()).rejects.toMatchObject(CLOSED);
    });

    test('several that come back have their old places, in whatever order they come', async () => {
      const queue = await factory.queue<number>();
      await queue.putMany([1, 2, 3, 4, 5]);
      const leases = [await queue.lease(), await queue.lease(), await queue.lease(), await queue.lease()];
      for (const index of [2, 0, 3, 1]) await leases[index].retry();
      expect(await queue.getMany(9)).toEqual([1, 2, 3, 4, 5]);
    });

    test('close() gives back what is leased here', async () => {
      const queue = await factory.queue<string>();
      const other = await factory.another(queue);
      await other.putMany(['mine', 'next']);
      const lease = await other.lease();
      other.close();
      await expect(outcome(() => lease.ack())).rejects.toMatchObject(CLOSED);
      await lease.retry();
      await lease[Symbol.asyncDispose]();
      await eventually('it is back', async () => (await queue.size) === 2);
      expect(await queue.lease()).toMatchObject({ value: 'mine', attempt: 2 });
    });

    test('a leased item does not count in maxSize; coming back, it may exceed it', async () => {
      const queue = await factory.queue<number>({ maxSize: 1 });
      await queue.put(1);
      const put = queue.put(2);
      const lease = await queue.lease();
      await put;
      await lease.retry();
      expect([await queue.size, await queue.isFull, await queue.tryPut(3)]).toEqual([2, true, false]);
      expect(await queue.getMany(5)).toEqual([1, 2]);
    });

    test('large items are leased, given back and taken', async () => {
      for (const kind of ['queue', 'lifoQueue'] as const) {
        const queue = await factory[kind]<Uint8Array>();
        const items = [5 << 20, 3 << 20, 70_000].map((size, index) => new Uint8Array(size).fill(index + 1));
        for (const item of items) await queue.put(item);
        const leases = [await queue.lease(), await queue.lease(), await queue.lease()];
        for (const lease of leases) await lease.retry();
        const got = [await queue.get(), await queue.get(), await queue.get()];
        if (kind === 'lifoQueue') got.reverse();
        expect(got.map((item, index) => Buffer.compare(item, items[index]))).toEqual([0, 0, 0]);
      }
    });
  });
}

function lettersSuite(factory: QueueFactory): void {
  describe('dead letters', () => {
    test('after maxAttempts an item is a dead letter', async () => {
      const queue = await factory.queue<string>({ maxAttempts: 2 });
      await queue.putMany(['x', 'y']);
      for (let turn = 0; turn < 4; turn++) await (await queue.lease()).retry();
      expect([await queue.size, await queue.deadLetters.size, await queue.tryGet()]).toEqual([
        0,
        2,
        undefined,
      ]);
      expect(await queue.deadLetters.get()).toBe('x');
      await queue.shutdown();
      expect(await collected(queue.deadLetters)).toEqual(['y']);
      await expect(outcome(() => queue.deadLetters.tryGet())).rejects.toThrow(/there is none/);
      await expect(queue.deadLetters.get({ timeout: 30_000 })).rejects.toMatchObject(CLOSED);
    });

    test('waiting for one ends at the timeout, the abort, and the close', async () => {
      const queue = await factory.queue<string>({ maxAttempts: 1 });
      const letters = queue.deadLetters;
      expect(await letters.tryGet()).toBeUndefined();
      await expect(letters.get({ timeout: 10 })).rejects.toMatchObject(TIMED_OUT);
      await expect(letters.get({ timeout: 0 })).rejects.toMatchObject(TIMED_OUT);
      await expect(letters.get({ signal: AbortSignal.abort(3) })).rejects.toBe(3);
      const waiting = letters.get();
      queue.close();
      await expect(waiting).rejects.toMatchObject(CLOSED);
      await expect(outcome(() => letters.size)).rejects.toMatchObject(CLOSED);
    });

    test('the oldest comes first, whatever the order in which they failed', async () => {
      const queue = await factory.queue<number>({ maxAttempts: 1 });
      await queue.putMany([1, 2, 3]);
      const leases = [await queue.lease(), await queue.lease(), await queue.lease()];
      for (const index of [1, 2, 0]) await leases[index].retry();
      expect([await queue.deadLetters.get(), await queue.deadLetters.get()]).toEqual([1, 2]);
      expect([await queue.deadLetters.tryGet(), await queue.deadLetters.tryGet()]).toEqual([3, undefined]);
    });
  });
}

function joinsSuite(factory: QueueFactory): void {
  describe('a JoinableQueue', () => {
    test('counts each item of a batch', async () => {
      const queue = await factory.joinableQueue<number>();
      await queue.join();
      await queue.putMany([1, 2, 3]);
      expect(await queue.getMany(9)).toEqual([1, 2, 3]);
      for (let left = 3; left > 0; left--) {
        await expect(queue.join({ timeout: 0 })).rejects.toMatchObject(TIMED_OUT);
        await expect(queue.join({ timeout: 5 })).rejects.toMatchObject(TIMED_OUT);
        await queue.taskDone();
      }
      await queue.join();
      await expect(outcome(() => queue.taskDone())).rejects.toThrow(/every get of it here is done/);
      await expect(outcome(() => queue.taskDone())).rejects.toThrow(RangeError);
      await queue.put(4);
      const joining = queue.join();
      queue.close();
      await expect(joining).rejects.toMatchObject(CLOSED);
    });

    test('counts what is leased, and what a loop takes', async () => {
      const queue = await factory.joinableQueue<number>();
      await queue.putMany([1, 2, 3]);
      const lease = await queue.lease();
      for await (const item of queue) if (item === 3) break;
      const joined = queue.join();
      await queue.taskDone();
      await queue.taskDone();
      await expect(queue.join({ timeout: 5 })).rejects.toMatchObject(TIMED_OUT);
      await lease.ack();
      await joined;
      await expect(outcome(() => queue.taskDone())).rejects.toThrow(RangeError);
    });

    test('a dead letter is done', async () => {
      const queue = await factory.joinableQueue<number>({ maxAttempts: 1 });
      await queue.put(1);
      const joined = queue.join();
      await (await queue.lease()).retry();
      await joined;
      expect(await queue.deadLetters.size).toBe(1);
    });

    test('shutdown with immediate discards what is there, and later what comes back', async () => {
      const queue = await factory.joinableQueue<number>();
      await queue.putMany([1, 2, 3, 4]);
      const lease = await queue.lease();
      await (await queue.lease()).retry();
      expect(await queue.shutdown({ immediate: true })).toBe(3);
      await expect(queue.get()).rejects.toMatchObject(CLOSED);
      await expect(queue.join({ timeout: 0 })).rejects.toMatchObject(TIMED_OUT);
      await lease.retry();
      await queue.join();
      expect(await queue.size).toBe(0);
    });
  });
}
