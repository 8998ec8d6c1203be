import { sweep } from '@mp/core/internal';
import { JoinableQueue, LifoQueue, PriorityQueue, Queue, SimpleQueue } from '@mp/queue';
import { eventually, freshName, leakCheck, type ObjectPeer, type PeerKind, type Said } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { startPeer } from './queue-peer.ts';

leakCheck();

/*
 * The rules of Python's `_TestQueue` and `TestSimpleQueue`, and leases, between this thread and a process or a thread.
 */
const CLASSES = { Queue, SimpleQueue, JoinableQueue, LifoQueue, PriorityQueue };
type ClassName = keyof typeof CLASSES;

const open: Queue<unknown>[] = [];
const peers: ObjectPeer[] = [];

function make<N extends ClassName>(name: N, options: object = {}): InstanceType<(typeof CLASSES)[N]> {
  const queue = new CLASSES[name]({ name: freshName(), ...options } as never);
  open.push(queue);
  return queue as InstanceType<(typeof CLASSES)[N]>;
}

afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.end()));
  for (const queue of open.splice(0)) expect(queue.unlink()).toBe(true);
  sweep();
});

describe.each<PeerKind>(['process', 'thread'])('between this thread and a %s', (kind) => {
  async function peerOf(queue: Queue<unknown>): Promise<ObjectPeer> {
    const peer = await startPeer(kind, queue);
    peers.push(peer);
    return peer;
  }

  test.each<ClassName>(['Queue', 'JoinableQueue', 'LifoQueue', 'PriorityQueue'])(
    'QUEUE-1, 2, 3: a full and an empty %s by all forms of call',
    async (name) => {
      const queue = make(name, { maxSize: 6 });
      const child = await peerOf(queue);
      await queue.put(1);
      await queue.put(2, { timeout: 1_000 });
      queue.putSync(3);
      queue.putSync(4, { timeout: 0 });
      expect(queue.tryPut(5)).toBe(true);
      await queue.putMany([6]);
      expect([queue.isEmpty, queue.isFull, queue.size]).toEqual([false, true, 6]);
      const refusals: [() => unknown, number][] = [
        [() => queue.put(7, { timeout: 0 }), 0],
        [() => queue.put(7, { timeout: 60 }), 60],
        [async () => queue.putSync(7, { timeout: 0 }), 0],
        [async () => queue.putSync(7, { timeout: 60 }), 60],
        [() => queue.putMany([7], { timeout: 60 }), 60],
      ];
      for (const [call, least] of refusals) {
        const start = performance.now();
        await expect(call()).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
        expect(performance.now() - start).toBeGreaterThanOrEqual(least - 2);
      }
      expect([queue.tryPut(7), queue.tryPutMany([7])]).toEqual([false, false]);
      const taken: unknown[] = [];
      taken.push((await child.call('get')).value, (await child.call('getSync')).value);
      taken.push((await child.call('tryGet')).value, (await child.call('get', { timeout: 1_000 })).value);
      taken.push(...((await child.call('getManySync', 5)).value as number[]));
      expect(taken).toEqual(name === 'LifoQueue' ? [6, 5, 4, 3, 2, 1] : [1, 2, 3, 4, 5, 6]);
      expect([queue.isEmpty, queue.isFull, queue.size]).toEqual([true, false, 0]);
      for (const [call, options, least] of [
        ['get', { timeout: 0 }, 0],
        ['get', { timeout: 200 }, 198],
        ['getSync', { timeout: 0 }, 0],
        ['getSync', { timeout: 60 }, 58],
        ['lease', { timeout: 60 }, 58],
      ] as const) {
        const said = await child.call(call, options);
        expect(said).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
        expect(said.elapsed).toBeGreaterThanOrEqual(least);
      }
      expect((await child.call('tryGet')).value).toBe(null);
      expect((await child.call('tryGetMany', 3)).value).toEqual([]);
      expect(queue.rescued).toBe(0);
    },
  );

  test('QUEUE-4: who comes when the queue was used already can put', async () => {
    const queue = make('Queue');
    for (let item = 0; item < 10; item++) await queue.put(item);
    const child = await peerOf(queue);
    for (let item = 10; item < 20; item++) await child.call('put', item);
    expect(await queue.getMany(100)).toEqual(Array.from({ length: 20 }, (_, item) => item));
  });

  test.each<ClassName>(['Queue', 'LifoQueue', 'PriorityQueue', 'JoinableQueue', 'SimpleQueue'])(
    'QUEUE-5: the size of a %s is exact, here and there',
    async (name) => {
      const queue = make(name);
      const child = await peerOf(queue);
      const sizes = [queue.size];
      await queue.put('a');
      sizes.push((await child.read('size')) as number);
      await child.call('put', 'b');
      sizes.push(queue.size);
      await queue.get();
      sizes.push((await child.read('size')) as number);
      await child.call('get');
      sizes.push(queue.size);
      expect(sizes).toEqual([0, 1, 2, 1, 0]);
    },
  );

  test('QUEUE-6: join() returns when four workers have done ten tasks', async () => {
    const queue = make('JoinableQueue');
    const workers = await Promise.all([1, 2, 3, 4].map(() => peerOf(queue)));
    for (const worker of workers) await worker.begin('work');
    for (let task = 0; task < 10; task++) await queue.put(task);
    await queue.join({ timeout: 20_000 });
    for (const _ of workers) await queue.put(null);
    const shares = await Promise.all(workers.map((worker) => worker.answer()));
    expect(shares.reduce((sum, { value }) => sum + (value as number), 0)).toBe(10);
    queue.joinSync({ timeout: 20_000 });
    expect(() => queue.taskDone()).toThrow(RangeError);
    expect(queue.rescued).toBe(0);
  });

  test('a worker that dies does not make join() hang: its items go to another', async () => {
    const queue = make('JoinableQueue');
    const [doomed, worker] = [await peerOf(queue), await peerOf(queue)];
    await queue.putMany(['a', 'b', 'c']);
    expect((await doomed.call('getManySync', 2)).value).toEqual(['a', 'b']);
    await expect(queue.join({ timeout: 30 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect(() => queue.joinSync({ timeout: 30 })).toThrow(/not all of its items are done/);
    const joined = queue.join({ timeout: 20_000 });
    await worker.begin('work');
    await doomed.kill();
    await joined;
    await queue.put(null);
    expect((await worker.answer()).value).toBe(3);
  });

  test('QUEUE-7, 8: what cannot be sent is refused at the call; the next item is delivered', async () => {
    const queue = make('Queue', { maxSize: 1 });
    const child = await peerOf(queue);
    expect(() => queue.putSync({ job() {} })).toThrow(/item\.job is a function/);
    await expect(queue.put(Symbol('no'))).rejects.toMatchObject({ code: 'ERR_MP_SERIALIZATION' });
    expect(queue.size).toBe(0);
    expect(queue.tryPut(true)).toBe(true);
    expect((await child.call('get')).value).toBe(true);
    expect([queue.isEmpty, queue.size]).toEqual([true, 0]);
  });

  test('MISC-20: a SimpleQueue', async () => {
    const queue = make('SimpleQueue');
    const child = await peerOf(queue);
    expect(queue.isEmpty).toBe(true);
    await queue.put((await child.read('isEmpty')) as boolean);
    expect(await child.read('isEmpty')).toBe(false);
    expect([queue.getSync(), queue.isEmpty]).toEqual([true, true]);
    const other = new SimpleQueue({ name: queue.name as string });
    other.close();
    other.close();
    expect(() => other.isEmpty).toThrow(/SimpleQueue.*closed in this thread/);
  });

  test('a lease of the dead is delivered again, to another, before what came later', async () => {
    const queue = make('Queue');
    const doomed = await peerOf(queue);
    await queue.putMany(['first', 'second']);
    expect((await doomed.call('hold')).value).toEqual({ lease: 0, value: 'first', attempt: 1 });
    expect(queue.size).toBe(1);
    await doomed.kill();
    const getter = await peerOf(queue);
    const again = await getter.call('leaseSync', { timeout: 20_000 });
    // 'first' came back at the latest when nothing else was there.
    expect(again.code).toBeUndefined();
    const other = await queue.lease({ timeout: 20_000 });
    expect([other.value === 'first' ? other.attempt : 2, queue.size]).toEqual([2, 0]);
    other.ack();
  });

  test('a lease of the dead counts again for one that only looks', async () => {
    const queue = make('Queue', { maxSize: 2 });
    const doomed = await peerOf(queue);
    await queue.putMany(['first', 'second']);
    await doomed.call('hold');
    expect([queue.size, queue.isFull]).toEqual([1, false]);
    await doomed.kill();
    await eventually('it is full again', () => queue.isFull);
    expect(queue.size).toBe(2);
  });

  test('a lease of the dead that was the last attempt counts as a dead letter', async () => {
    const queue = make('Queue', { maxAttempts: 1 });
    const doomed = await peerOf(queue);
    await queue.put('poison');
    await doomed.call('hold');
    expect([queue.size, queue.deadLetters.size]).toEqual([0, 0]);
    await doomed.kill();
    await eventually('it is there', () => queue.deadLetters.size === 1);
    expect(queue.isEmpty).toBe(true);
  });

  test('a lease of the dead comes back also when the queue is never empty', async () => {
    const queue = make('Queue');
    const doomed = await peerOf(queue);
    await queue.putMany(['first', 'second']);
    expect((await doomed.call('hold')).value).toMatchObject({ value: 'first' });
    await doomed.kill();
    await eventually('it comes back', () => {
      queue.putSync('more');
      const lease = queue.leaseSync();
      lease.ack();
      return lease.value === 'first' && lease.attempt === 2;
    });
  });

  test('a waiter for a dead letter is rung by the last retry', async () => {
    const queue = make('Queue', { maxAttempts: 1 });
    const undertaker = await peerOf(queue);
    await queue.put('poison');
    const lease = queue.leaseSync();
    await undertaker.begin('letter');
    lease.retry();
    expect((await undertaker.answer()).value).toBe('poison');
    expect(queue.rescued).toBe(0);
  });

  test('a waiting lease is rung by a retry, and by a shutdown when the last lease was acknowledged', async () => {
    const queue = make('Queue');
    const [holder, waiter] = [await peerOf(queue), await peerOf(queue)];
    await queue.put('job');
    await holder.call('hold');
    await waiter.begin('hold');
    await holder.call('retry', 0);
    expect((await waiter.answer()).value).toEqual({ lease: 0, value: 'job', attempt: 2 });
    queue.shutdown();
    await holder.begin('get');
    await waiter.call('ack', 0);
    expect(await holder.answer()).toMatchObject({ code: 'ERR_MP_CLOSED' });
    expect(queue.rescued).toBe(0);
  });

  test('what came back after the shutdown is delivered', async () => {
    const queue = make('LifoQueue');
    const [holder, waiter] = [await peerOf(queue), await peerOf(queue)];
    await queue.put('job');
    await holder.call('hold');
    queue.shutdown();
    await waiter.begin('drain');
    await holder.call('retry', 0);
    expect((await waiter.answer()).value).toEqual(['job']);
  });

  test('an item that comes back too often is a dead letter, which wakes a waiter for one', async () => {
    const queue = make('PriorityQueue', { maxAttempts: 2 });
    const [doomed, undertaker] = [await peerOf(queue), await peerOf(queue)];
    await queue.put('poison', { priority: 3 });
    await undertaker.begin('letter');
    const first = await queue.lease();
    first.retry();
    await doomed.call('hold');
    await doomed.kill();
    expect((await undertaker.answer()).value).toBe('poison');
    expect([queue.size, queue.deadLetters.size]).toEqual([0, 0]);
  });

  test.each<ClassName>(['Queue', 'JoinableQueue', 'LifoQueue', 'PriorityQueue'])(
    'three producers and three consumers of a %s lose and double nothing',
    async (name) => {
      const queue = make(name);
      const consumers = await Promise.all([1, 2, 3].map(() => peerOf(queue)));
      for (const consumer of consumers) await consumer.begin('drain');
      const producers = await Promise.all([1, 2, 3].map(() => peerOf(queue)));
      const items = Array.from({ length: 400 }, (_, item) => item);
      for (const producer of producers)
        for (let part = 0; part < 4; part++)
          await producer.call('putMany', items.slice(part * 100, part * 100 + 100));
      queue.shutdown();
      const said: Said[] = [];
      if (name !== 'JoinableQueue') for (const consumer of consumers) said.push(await consumer.answer());
      else {
        // Nobody confirms anything here, so nothing is drained before the consumers are gone.
        await Promise.all(peers.splice(0).map((peer) => peer.kill()));
        const again: unknown[] = [];
        while (again.length < 1_200) again.push(await queue.get({ timeout: 20_000 }));
        said.push({ value: again });
        for (const _ of again) (queue as JoinableQueue).taskDone();
      }
      const all = said.flatMap(({ value }) => value as number[]).sort((a, b) => a - b);
      expect(all).toEqual(items.flatMap((item) => [item, item, item]));
      expect(queue.size).toBe(0);
    },
  );
});
