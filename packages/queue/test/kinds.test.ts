import { setImmediate as turn } from 'node:timers/promises';
import { waitAny } from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { JoinableQueue, type Lease, LifoQueue, PriorityQueue, Queue, SimpleQueue } from '@mp/queue';
import { leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { opened } from './opened.ts';

leakCheck();

const CLASSES = { Queue, SimpleQueue, JoinableQueue, LifoQueue, PriorityQueue };

describe('order', () => {
  test('a LifoQueue gives the latest first; what comes back has its old place', () => {
    const queue = opened(new LifoQueue<number>());
    queue.putManySync([1, 2]);
    queue.putSync(3);
    const lease = queue.leaseSync();
    queue.putSync(4);
    lease.retry();
    expect([lease.value, ...queue.getManySync(10)]).toEqual([3, 4, 3, 2, 1]);
  });

  test('a PriorityQueue gives the lowest first, and equals in the order of their puts', () => {
    const queue = opened(new PriorityQueue<string>());
    queue.putSync('b1', { priority: 2 });
    queue.putSync('a1', { priority: -1e300 });
    expect(queue.tryPut('b2', { priority: 2 })).toBe(true);
    queue.putManySync(['c1', 'c2'], { priority: 2.5 });
    queue.putSync('zero');
    const lease = queue.leaseSync();
    queue.putSync('a2', { priority: -1e300 });
    lease.retry();
    expect(queue.tryGetMany(99)).toEqual(['a1', 'a2', 'zero', 'b1', 'b2', 'c1', 'c2']);
  });

  test('whatever is put and taken, sorted queues agree with a sorted list', () => {
    let seed = 12345;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    const queue = opened(new PriorityQueue<{ priority: number; id: number; text: string }>());
    const model: { priority: number; id: number; text: string }[] = [];
    const leases: Lease<{ priority: number; id: number; text: string }>[] = [];
    const first = () => {
      model.sort((a, b) => a.priority - b.priority || a.id - b.id);
      return model.shift();
    };
    for (let id = 0; id < 4_000; id++) {
      const action = random(10);
      if (action < 5) {
        const item = {
          priority: random(20) - 10,
          id,
          text: 'x'.repeat(random(random(50) === 0 ? 30_000 : 300)),
        };
        queue.putSync(item, { priority: item.priority });
        model.push(item);
      } else if (action < 7) expect(queue.tryGet()).toEqual(first());
      else if (action < 8) {
        const lease = queue.tryLease();
        expect(lease?.value).toEqual(first());
        if (lease !== undefined) leases.push(lease);
      } else if (leases.length > 0) {
        const [lease] = leases.splice(random(leases.length), 1);
        if (action < 9) lease.ack();
        else {
          lease.retry();
          model.push(lease.value);
        }
      }
      expect(queue.size).toBe(model.length);
    }
    for (let item = first(); item !== undefined; item = first()) expect(queue.tryGet()).toEqual(item);
    expect(queue.tryGet()).toBeUndefined();
  });

  test.each([
    [null, TypeError],
    ['1', TypeError],
    [Number.NaN, RangeError],
    [Infinity, RangeError],
  ])('a priority of %o is refused at the call', async (priority, expected) => {
    const queue = opened(new PriorityQueue());
    expect(() => queue.putSync(1, { priority: priority as number })).toThrow(expected);
    await expect(queue.putMany([1], { priority: priority as number })).rejects.toThrow(expected);
    expect(queue.size).toBe(0);
    expect(() => opened(new Queue()).tryPut(1, { priority: 1 })).toThrow(/use a PriorityQueue/);
  });
});

describe('leases', () => {
  test('an item is there until it is acknowledged; attempts are counted', async () => {
    const queue = opened(new Queue<string>());
    await queue.putMany(['a', 'b']);
    const first = await queue.lease();
    expect([first.value, first.attempt, queue.size]).toEqual(['a', 1, 1]);
    first.retry();
    first.retry();
    expect(queue.size).toBe(2);
    const again = queue.leaseSync();
    expect([again.value, again.attempt]).toEqual(['a', 2]);
    again.ack();
    again.ack();
    expect(() => again.retry()).toThrow(/it was acknowledged/);
    expect(() => first.ack()).toThrow(/it was given back/);
    expect([await queue.get(), queue.tryLease(), queue.size]).toEqual(['b', undefined, 0]);
  });

  test('disposing gives back what was not acknowledged', async () => {
    const queue = opened(new Queue<string>());
    await queue.put('job');
    {
      using lease = await queue.lease();
      expect(lease.attempt).toBe(1);
    }
    {
      using lease = await queue.lease();
      expect(lease.attempt).toBe(2);
      lease.ack();
    }
    expect(queue.tryLease()).toBeUndefined();
  });

  test('waiting for a dead letter ends at the timeout, the abort, and the close', async () => {
    const queue = opened(new Queue<string>({ maxAttempts: 1 }));
    const letters = queue.deadLetters;
    await expect(letters.get({ timeout: 10 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect(() => letters.getSync({ timeout: 10 })).toThrow(/within 10 ms: there is none/);
    await expect(letters.get({ signal: AbortSignal.abort(3) })).rejects.toBe(3);
    const waiting = letters.get();
    queue.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    expect(() => letters.size).toThrow(/closed in this thread/);
  });

  test('close() gives back what is leased here', async () => {
    const queue = opened(new Queue<string>({ name: `leases-${process.pid}` }));
    const other = new Queue<string>({ name: queue.name as string });
    await other.put('mine');
    const lease = await other.lease();
    other.close();
    expect(() => lease.ack()).toThrow(/took the item back/);
    lease.retry();
    lease[Symbol.dispose]();
    expect([queue.size, (await queue.lease()).attempt]).toEqual([1, 2]);
    queue.unlink();
  });

  test('a named queue stays as long as something is leased or a dead letter', async () => {
    const name = `kept-${process.pid}`;
    const queue = new Queue<string>({ name, maxAttempts: 1 });
    await queue.put('letter');
    (await queue.lease()).retry();
    queue.close();
    const again = opened(new Queue<string>({ name }));
    expect([again.created, again.deadLetters.tryGet()]).toEqual([false, 'letter']);
    again.unlink();
  });

  test('what a lease mentions can be delivered again, and is let go of when it is acknowledged', async () => {
    const queue = opened(new Queue<Lock>());
    const lock = new Lock();
    await queue.put(lock);
    lock.close();
    const first = await queue.lease();
    first.value.acquireSync().release();
    first.value.close();
    first.retry();
    const second = await queue.lease();
    second.value.acquireSync().release();
    second.value.close();
    second.ack();
  });

  test('large items are leased, given back and taken', async () => {
    for (const queue of [opened(new Queue<Buffer>()), opened(new LifoQueue<Buffer>())]) {
      const items = [Buffer.alloc(5 << 20, 1), Buffer.alloc(3 << 20, 2), Buffer.alloc(70_000, 3)];
      queue.putManySync(items);
      const leases = items.map(() => queue.leaseSync());
      for (const lease of leases) lease.retry();
      const got = items.map(() => queue.getSync());
      if (queue instanceof LifoQueue) got.reverse();
      expect(got.every((item, index) => item.equals(items[index]))).toBe(true);
    }
  });
});

describe('batches', () => {
  test('of any size come in order, whatever lies in between', () => {
    const queue = opened(new Queue<number>());
    const items = Array.from({ length: 5_000 }, (_, item) => item);
    queue.putManySync(items);
    queue.leaseSync().retry();
    expect(queue.getManySync(1_000)).toEqual(items.slice(0, 1_000));
    expect(queue.tryGetMany(2 ** 30)).toEqual(items.slice(1_000));
    expect(queue.tryGetMany(1)).toEqual([]);
    expect(() => queue.tryGetMany(0)).toThrow(RangeError);
    expect(queue.tryPutMany([])).toBe(true);
  });

  test('a JoinableQueue counts each item of a batch', async () => {
    const queue = opened(new JoinableQueue<number>());
    await queue.putMany([1, 2, 3]);
    expect(await queue.getMany(9)).toEqual([1, 2, 3]);
    for (let left = 3; left > 0; left--) {
      await expect(queue.join({ timeout: 0 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
      queue.taskDone();
    }
    queue.joinSync();
    expect(() => queue.taskDone()).toThrow(/every get of it here is done/);
    const joining = queue.put(4).then(() => queue.join());
    await turn();
    queue.close();
    await expect(joining).rejects.toThrow('Cannot use the JoinableQueue: it was closed in this thread');
  });
});

describe('every kind', () => {
  const kinds = Object.entries(CLASSES);

  test.each(kinds)('a %s travels and is the same one', async (_name, Class) => {
    const carrier = opened(new Queue<Queue<string>>());
    const queue = opened(new Class<string>());
    await carrier.put(queue);
    const received = opened(await carrier.get());
    expect(received).toBeInstanceOf(Class);
    expect(received.constructor).toBe(Class);
    await queue.put('hello');
    expect(await received.get()).toBe('hello');
  });

  test.each(kinds)('a %s can be waited for together with others', async (_name, Class) => {
    const [left, right] = [opened(new Class()), opened(new Class())];
    expect(await waitAny([left, right], { timeout: 10 })).toEqual([]);
    const waiting = waitAny([left, right]);
    await right.put(1);
    expect(await waiting).toEqual([right]);
    left.shutdown();
    expect(await waitAny([left, right])).toEqual([left, right]);
  });

  test.each(kinds)('opening the name of a %s as another kind names both', (name, Class) => {
    const queue = new Class({ name: `kind-${process.pid}` });
    for (const [other, Other] of kinds) {
      if (other === name) continue;
      expect(() => new Other({ name: queue.name as string })).toThrow(
        new RegExp(`as a ${other}: it is a ${name} made by pid ${process.pid}`),
      );
    }
    queue.unlink();
  });

  test('what does not fit is refused', () => {
    expect(() => new SimpleQueue({ maxSize: 3 } as object)).toThrow(/has no maxSize: use a Queue/);
    expect(() => new LifoQueue({ maxAttempts: 0 })).toThrow(RangeError);
    const queue = new JoinableQueue({ name: `attempts-${process.pid}`, maxAttempts: 3 });
    expect(() => new JoinableQueue({ name: queue.name as string, maxAttempts: 4 })).toThrow(
      /its maxAttempts is 3, not 4/,
    );
    queue.unlink();
  });

  test.each(kinds.filter(([name]) => name !== 'SimpleQueue'))(
    'maxBytes of a %s counts messages, and lets one that is larger into an empty queue',
    async (_name, Class) => {
      const queue = opened(new Class<string>({ maxBytes: 1_000 }));
      await queue.put('x'.repeat(5_000));
      expect([queue.tryPut('y'), queue.isFull]).toEqual([false, true]);
      const waiting = queue.put('y');
      (await queue.lease()).ack();
      await waiting;
      expect(queue.tryPut('z'.repeat(900))).toBe(true);
      expect(queue.tryPut('z'.repeat(100))).toBe(false);
      expect([...(await queue.getMany(2))].map((item) => item.length).sort()).toEqual([1, 900]);
      expect(queue.tryPut('z'.repeat(900))).toBe(true);
    },
  );

  test.each(kinds)('20,000 items are put into a %s before anybody takes one', (_name, Class) => {
    const queue = opened(new Class<number>());
    for (let item = 0; item < 20_000; item++) queue.putSync(item);
    expect(queue.size).toBe(20_000);
    const taken: number[] = [];
    while (!queue.isEmpty) taken.push(...queue.tryGetMany(3_000));
    if (Class === LifoQueue) taken.reverse();
    expect(taken.every((item, index) => item === index)).toBe(true);
    expect(taken.length).toBe(20_000);
  });
});
