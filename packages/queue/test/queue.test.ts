import { Segment } from '@mp/core/internal';
import { JoinableQueue, LifoQueue, Queue, SerializationError } from '@mp/queue';
import { leakCheck } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';

leakCheck();

const open = new Set<Queue<unknown>>();

function make<T = unknown>(options?: ConstructorParameters<typeof Queue>[0]): Queue<T> {
  const queue = new Queue<T>(options);
  open.add(queue as Queue<unknown>);
  return queue;
}

afterEach(() => {
  for (const queue of open) queue.close();
  open.clear();
});

const codeOf = (error: { code?: string }) => error.code;

describe('order and size', () => {
  test('first in, first out, by every way in and out', async () => {
    const queue = make<number>();
    await queue.put(1);
    queue.putSync(2);
    expect(queue.tryPut(3)).toBe(true);
    await queue.putMany([4, 5, 6]);
    expect([queue.size, queue.isEmpty, queue.isFull]).toEqual([6, false, false]);
    expect([await queue.get(), queue.getSync(), queue.tryGet()]).toEqual([1, 2, 3]);
    expect(await queue.getMany(2)).toEqual([4, 5]);
    expect(await queue.getMany(100)).toEqual([6]);
    expect([queue.size, queue.isEmpty, queue.tryGet()]).toEqual([0, true, undefined]);
  });

  test('null is an item by every way out, and among the dead letters', async () => {
    const queue = make<null>({ maxAttempts: 1 });
    queue.putManySync([null, null, null]);
    expect([await queue.get(), queue.getSync({ timeout: 0 }), queue.tryGet()]).toEqual([null, null, null]);
    queue.putManySync([null, null]);
    for (const lease of [queue.leaseSync(), queue.leaseSync()]) lease.retry();
    expect(await queue.deadLetters.get({ timeout: 0 })).toBe(null);
    expect(queue.deadLetters.getSync({ timeout: 0 })).toBe(null);
  });

  test('what is put when there is space again does not overtake what waits', async () => {
    const queue = make<number>({ maxSize: 2 });
    queue.putManySync([1, 2]);
    const waiting = queue.put(3);
    expect([queue.tryGet(), queue.tryGet()]).toEqual([1, 2]);
    expect(queue.tryPut(5)).toBe(false);
    const last = queue.put(4);
    expect([await queue.get(), await queue.get(), queue.tryGet()]).toEqual([3, 4, undefined]);
    await Promise.all([waiting, last]);
  });

  test('gets are served in the order they came, sync after async', async () => {
    const queue = make<string>();
    const first = queue.get();
    const second = queue.get();
    queue.putSync('a');
    queue.putSync('b');
    queue.putSync('c');
    // A sync get completes the async ones of this thread first.
    expect(queue.getSync()).toBe('c');
    expect([await first, await second]).toEqual(['a', 'b']);
  });

  test('who never has to wait lets timers run all the same', async () => {
    const queue = new Queue<number>();
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    });
    for (let turn = 0; turn < 1_000_000 && !isOver; turn++) {
      await queue.put(turn);
      await queue.get();
    }
    expect(isOver).toBe(true);
    queue.close();
  });

  test('messages of every size around the ends of rings come as they were', () => {
    const queue = make<Buffer>();
    const sizes = [
      0,
      1,
      7,
      8,
      9,
      191,
      192,
      193,
      16_383,
      16_384,
      16_385,
      65_536,
      262_000,
      262_144,
      300_000,
      1 << 20,
    ];
    const sent: Buffer[] = [];
    for (let round = 0; round < 12; round++) {
      for (const size of sizes) {
        const item = Buffer.alloc(size + round, size % 251);
        queue.putSync(item);
        sent.push(item);
        // Not all at once: the reader follows the writer around the ring.
        if (sent.length > 3) expect(queue.getSync().equals(sent.shift() as Buffer)).toBe(true);
      }
    }
    while (sent.length > 0) expect(queue.getSync().equals(sent.shift() as Buffer)).toBe(true);
    expect(queue.isEmpty).toBe(true);
  });
});

describe('limits', () => {
  test('maxSize counts items', async () => {
    const queue = make({ maxSize: 2 });
    expect([queue.tryPut(1), queue.tryPut(2), queue.tryPut(3)]).toEqual([true, true, false]);
    expect(queue.isFull).toBe(true);
    expect(() => queue.putSync(3, { timeout: 10 })).toThrow(/within 10 ms: it is full/);
    await expect(queue.put(3, { timeout: 0 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    await expect(queue.putMany([1, 2, 3])).rejects.toThrow(/Cannot put 3 items at once: maxSize is 2/);
    expect(queue.size).toBe(2);
  });

  test('maxBytes counts messages, and lets one that is larger into an empty queue', async () => {
    const queue = make<string>({ maxBytes: 1_000 });
    await queue.put('x'.repeat(5_000));
    expect(queue.tryPut('y')).toBe(false);
    const waiting = queue.put('y');
    await queue.get();
    await waiting;
    expect(await queue.get()).toBe('y');
  });

  test.each([Queue, LifoQueue])('maxBytes counts what came back', (Class) => {
    const queue = new Class<string>({ maxBytes: 1_000 });
    open.add(queue as Queue<unknown>);
    queue.putSync('x'.repeat(900));
    const lease = queue.leaseSync();
    expect(queue.isFull).toBe(false);
    lease.retry();
    expect(queue.tryPut('y'.repeat(200))).toBe(false);
    expect(queue.tryGet()).toBe('x'.repeat(900));
    queue.putSync('y'.repeat(200));
    expect(queue.tryPut('z'.repeat(900))).toBe(false);
  });

  test.each([
    [{ maxSize: 0 }, RangeError],
    [{ maxSize: 1.5 }, RangeError],
    [{ maxSize: '3' }, TypeError],
    [{ maxBytes: -1 }, RangeError],
    [{ name: 'a/b' }, RangeError],
    [{ name: 5 }, TypeError],
    [null, TypeError],
  ])('refuses %o', (options, expected) => {
    expect(() => new Queue(options as never)).toThrow(expected);
  });
});

describe('waiting', () => {
  test('a get gives up at its timeout', async () => {
    const queue = make();
    await expect(queue.get({ timeout: 20 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    await expect(queue.get({ timeout: -1 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect(() => queue.getSync({ timeout: 20 })).toThrow(/within 20 ms: it is empty/);
    await expect(queue.get({ timeout: Number.NaN })).rejects.toThrow(RangeError);
    await expect(queue.get({ timeout: '5' as never })).rejects.toThrow(TypeError);
  });

  test('close() rejects what waits here, and later use throws', async () => {
    const queue = make({ maxSize: 1 });
    const get = queue.get();
    queue.close();
    queue.close();
    const closed = { code: 'ERR_MP_CLOSED', message: 'Cannot use the Queue: it was closed in this thread' };
    await expect(get).rejects.toMatchObject(closed);
    const full = make({ maxSize: 1 });
    full.putSync(1);
    const waiting = [full.put(2), full.deadLetters.get()];
    full.close();
    for (const wait of waiting) await expect(wait).rejects.toMatchObject(closed);
    expect(() => queue.size).toThrow(/closed in this thread/);
    expect(() => queue.putSync(1)).toThrow(/closed in this thread/);
    await expect(queue.put(1)).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    const iterating = (async () => {
      for await (const _ of queue);
    })();
    await expect(iterating).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  });

  test('shutdown() wakes everybody who waits', async () => {
    const [empty, full] = [make(), make({ maxSize: 1 })];
    full.putSync(1);
    const waiting = [empty.get(), empty.lease(), empty.getMany(2), empty.deadLetters.get(), full.put(2)];
    empty.shutdown();
    full.shutdown();
    for (const wait of waiting) await expect(wait).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    expect([empty.rescued, full.rescued]).toEqual([0, 0]);
  });

  test('shutdown() with immediate ends a join', async () => {
    const queue = new JoinableQueue();
    open.add(queue);
    queue.putManySync([1, 2]);
    const joined = queue.join();
    expect(queue.shutdown({ immediate: true })).toBe(2);
    await joined;
    expect(queue.rescued).toBe(0);
  });
});

describe('messages', () => {
  test('what cannot be sent is refused at the call with its path, and the queue works on', async () => {
    const queue = make();
    const refused = queue.put({ job: { callback() {} } });
    await expect(refused).rejects.toBeInstanceOf(SerializationError);
    await expect(refused).rejects.toMatchObject({ path: 'item.job.callback' });
    expect(() => queue.putSync(undefined)).toThrow(/undefined/);
    await expect(queue.putMany([1, () => {}])).rejects.toMatchObject({ path: 'items[1]' });
    expect(queue.size).toBe(0);
    await queue.put('fine');
    expect(await queue.get()).toBe('fine');
  });

  test('a batch is an array without holes', async () => {
    const queue = make<unknown>();
    for (const items of [undefined, null, 'abc', 5, new Set([1]), { length: 1, 0: 1 }]) {
      expect(() => queue.putManySync(items as never)).toThrow(/items must be an array, not (null|\w+)/);
      await expect(queue.putMany(items as never)).rejects.toThrow(TypeError);
    }
    // biome-ignore lint/suspicious/noSparseArray: what it is about
    expect(() => queue.tryPutMany([1, , 3])).toThrow(/items\[1\] is undefined/);
    expect(queue.size).toBe(0);
  });

  test('a queue travels in a queue and is the same one', async () => {
    const [outer, inner] = [make(), make<string>()];
    await outer.put({ inner });
    const received = ((await outer.get()) as { inner: Queue<string> }).inner;
    await inner.put('hello');
    expect(await received.get()).toBe('hello');
    received.close();
  });
});

describe('names', () => {
  test('the same name is the same queue; items stay when everybody has closed it', async () => {
    const first = make({ name: 'names', maxSize: 3 });
    const second = make({ name: 'names' });
    expect([first.created, second.created, second.maxSize]).toEqual([true, false, 3]);
    await first.put('kept');
    first.close();
    second.close();
    const third = make({ name: 'names', maxSize: 3 });
    expect([third.created, await third.get()]).toEqual([false, 'kept']);
    expect(third.unlink()).toBe(true);
  });

  test('an empty one goes with its last user', () => {
    make({ name: 'empty' }).close();
    const again = make({ name: 'empty' });
    expect(again.created).toBe(true);
    again.close();
  });

  test('other limits or another kind under the name are a mismatch that names both', () => {
    const queue = make({ name: 'taken', maxSize: 3 });
    const mismatch = () => new Queue({ name: 'taken', maxSize: 4 });
    expect(mismatch).toThrow(/its maxSize is 3, not 4/);
    expect(() => new Queue({ name: 'taken', maxBytes: 9 })).toThrow(/its maxBytes is unlimited, not 9/);
    const { segment } = Segment.openNamed('a-lock', { kind: 'lock', version: 1, size: 4096 });
    let error: unknown;
    try {
      new Queue({ name: 'a-lock' });
    } catch (thrown) {
      error = thrown;
    }
    expect(codeOf(error as { code: string })).toBe('ERR_MP_MISMATCH');
    expect(String(error)).toMatch(/as a Queue: it is a Lock made by pid \d+/);
    segment.close();
    Segment.removeNamed('a-lock');
    queue.unlink();
    expect(() => make().unlink()).toThrow(/without a name/);
  });
});
