import { describe, expect, test } from 'vitest';
import { CLOSED, collected, outcome, QUEUE_KINDS, type QueueFactory, TIMED_OUT } from './async-queue.ts';
import { asyncQueueKindsSuite } from './async-queue-kinds-suite.ts';
import { asyncQueueLoopsSuite } from './async-queue-loops-suite.ts';
import { asyncQueueUsersSuite } from './async-queue-users-suite.ts';

export type {
  QueueFactory,
  SuiteJoinableQueue,
  SuitePriorityQueue,
  SuiteQueue,
  SuiteQueueOptions,
} from './async-queue.ts';

/**
 * What every queue promises to async calls, whatever it lives in.
 *
 * @param title what the queues are, for the names of the tests
 */
export function asyncQueueSuite(title: string, factory: QueueFactory): void {
  describe(title, () => {
    orderSuite(factory);
    limitsSuite(factory);
    waitingSuite(factory);
    messagesSuite(factory);
    asyncQueueKindsSuite(factory);
    asyncQueueLoopsSuite(factory);
    asyncQueueUsersSuite(factory);
  });
}

function orderSuite(factory: QueueFactory): void {
  describe('order and size', () => {
    test('first in, first out, by every way in and out', async () => {
      const queue = await factory.queue<number>();
      expect([await queue.maxSize, await queue.size, await queue.isEmpty]).toEqual([Infinity, 0, true]);
      await queue.put(1);
      expect(await queue.tryPut(2)).toBe(true);
      await queue.putMany([3, 4, 5]);
      expect(await queue.tryPutMany([6, 7, 8])).toBe(true);
      expect([await queue.size, await queue.isEmpty, await queue.isFull]).toEqual([8, false, false]);
      expect([await queue.get(), await queue.tryGet()]).toEqual([1, 2]);
      expect(await queue.getMany(2)).toEqual([3, 4]);
      expect(await queue.tryGetMany(1)).toEqual([5]);
      expect(await queue.getMany(100)).toEqual([6, 7, 8]);
      expect([await queue.size, await queue.isEmpty, await queue.tryGet()]).toEqual([0, true, undefined]);
      expect(await queue.tryGetMany(3)).toEqual([]);
    });

    test('puts that nobody awaits keep their order, also when they have to wait', async () => {
      const queue = await factory.queue<number>({ maxSize: 1 });
      const puts = [1, 2, 3, 4].map((item) => queue.put(item));
      const items = [await queue.get(), await queue.get(), await queue.get(), await queue.get()];
      expect(items).toEqual([1, 2, 3, 4]);
      await Promise.all(puts);
    });

    test('what is put when there is space again does not overtake what waits', async () => {
      const queue = await factory.queue<number>({ maxSize: 2 });
      await queue.putMany([1, 2]);
      const waiting = [queue.put(3), queue.putMany([4, 5])];
      expect([await queue.tryGet(), await queue.tryGet()]).toEqual([1, 2]);
      const last = queue.put(6);
      expect([await queue.get(), await queue.get(), await queue.get()]).toEqual([3, 4, 5]);
      expect(await queue.get()).toBe(6);
      await Promise.all([...waiting, last]);
    });

    test('gets are served in the order they came', async () => {
      const queue = await factory.queue<string>();
      const gets = [queue.get(), queue.getMany(1), queue.lease(), queue.get()];
      await queue.putMany(['a', 'b', 'c', 'd', 'e']);
      const [first, second, lease, last] = await Promise.all(gets);
      expect([first, second, last]).toEqual(['a', ['b'], 'd']);
      expect(lease).toMatchObject({ value: 'c', attempt: 1 });
      expect(await queue.get()).toBe('e');
    });

    test('items of every size come as they were', async () => {
      const queue = await factory.queue<Uint8Array>();
      const sizes = [0, 1, 7, 192, 193, 16_384, 65_536, 300_000, 1 << 20];
      const items = sizes.map((size) => new Uint8Array(size).fill(size % 251));
      for (const item of items) await queue.put(item);
      for (const item of items) {
        const got = await queue.get();
        expect(Buffer.compare(got, item)).toBe(0);
      }
      expect(await queue.isEmpty).toBe(true);
    });

    test('a batch of any size comes in order, whatever lies in between', async () => {
      const queue = await factory.queue<number>();
      const items = Array.from({ length: 5_000 }, (_, item) => item);
      await queue.putMany(items);
      await (await queue.lease()).retry();
      expect(await queue.getMany(1_000)).toEqual(items.slice(0, 1_000));
      expect(await queue.tryGetMany(2 ** 30)).toEqual(items.slice(1_000));
      expect(await queue.tryGetMany(1)).toEqual([]);
      for (const most of [0, 1.5, -1, 2 ** 31, '3', undefined]) {
        await expect(queue.getMany(most as number)).rejects.toThrow(RangeError);
        await expect(outcome(() => queue.tryGetMany(most as number))).rejects.toThrow(RangeError);
      }
      expect(await queue.tryPutMany([])).toBe(true);
      await queue.putMany([]);
      expect(await queue.size).toBe(0);
    });
  });
}

function limitsSuite(factory: QueueFactory): void {
  describe('limits', () => {
    test('maxSize counts items', async () => {
      const queue = await factory.queue<number>({ maxSize: 2 });
      expect(await queue.maxSize).toBe(2);
      expect([await queue.tryPut(1), await queue.tryPut(2), await queue.tryPut(3)]).toEqual([
        true,
        true,
        false,
      ]);
      expect([await queue.isFull, await queue.tryPutMany([3])]).toEqual([true, false]);
      await expect(queue.put(3, { timeout: 10 })).rejects.toMatchObject(TIMED_OUT);
      await expect(queue.put(3, { timeout: 0 })).rejects.toMatchObject(TIMED_OUT);
      await expect(queue.putMany([1, 2, 3])).rejects.toThrow(/Cannot put 3 items at once: maxSize is 2/);
      await expect(queue.putMany([1, 2, 3])).rejects.toThrow(RangeError);
      expect(await queue.size).toBe(2);
      expect(await queue.putMany([])).toBeUndefined();
      expect(await queue.tryPutMany([])).toBe(true);
    });

    test('a batch waits until there is space for all of it', async () => {
      const queue = await factory.queue<number>({ maxSize: 3 });
      await queue.putMany([1, 2]);
      const batch = queue.putMany([3, 4]);
      await expect(queue.put(5, { timeout: 20 })).rejects.toMatchObject(TIMED_OUT);
      expect([await queue.size, await queue.get()]).toEqual([2, 1]);
      await batch;
      expect(await queue.getMany(9)).toEqual([2, 3, 4]);
    });

    test.each([
      [{ maxSize: 0 }, RangeError],
      [{ maxSize: 1.5 }, RangeError],
      [{ maxSize: '3' }, TypeError],
      [{ maxSize: Number.NaN }, RangeError],
      [{ maxAttempts: 0 }, RangeError],
      [{ maxsize: 3 }, TypeError],
    ])('refuses %o', async (options, expected) => {
      for (const kind of QUEUE_KINDS)
        await expect(outcome(() => factory[kind](options as never))).rejects.toThrow(expected);
    });
  });
}

function waitingSuite(factory: QueueFactory): void {
  describe('waiting', () => {
    test('a get gives up at its timeout', async () => {
      const queue = await factory.queue();
      await expect(queue.get({ timeout: 20 })).rejects.toMatchObject(TIMED_OUT);
      await expect(queue.get({ timeout: -1 })).rejects.toMatchObject(TIMED_OUT);
      await expect(queue.getMany(2, { timeout: 0 })).rejects.toMatchObject(TIMED_OUT);
      await expect(queue.lease({ timeout: 0 })).rejects.toMatchObject(TIMED_OUT);
      await expect(queue.get({ timeout: Number.NaN })).rejects.toThrow(RangeError);
      await expect(queue.get({ timeout: '5' as never })).rejects.toThrow(TypeError);
      await expect(queue.get({ time: 5 } as never)).rejects.toThrow(TypeError);
    });

    test('a wait without time takes what is there', async () => {
      const queue = await factory.queue<number>({ maxSize: 1 });
      await queue.put(1, { timeout: 0 });
      expect(await queue.get({ timeout: 0 })).toBe(1);
      await queue.put(2, { timeout: -1 });
      expect((await queue.lease({ timeout: 0 })).value).toBe(2);
    });

    test('an aborted get or put rejects with the reason and takes no item along', async () => {
      const queue = await factory.queue<string>({ maxSize: 1 });
      const reason = new Error('changed my mind');
      const controller = new AbortController();
      const get = queue.get({ signal: controller.signal });
      controller.abort(reason);
      await expect(get).rejects.toBe(reason);
      await expect(queue.get({ signal: controller.signal })).rejects.toBe(reason);
      await queue.put('kept');
      const late = new AbortController();
      const put = queue.put('never', { signal: late.signal });
      late.abort(reason);
      await expect(put).rejects.toBe(reason);
      expect([await queue.get(), await queue.tryGet()]).toEqual(['kept', undefined]);
    });

    test('a waiting get holds no item for a put that comes after its end', async () => {
      const queue = await factory.queue<string>();
      await expect(queue.get({ timeout: 5 })).rejects.toMatchObject(TIMED_OUT);
      await queue.put('x');
      expect(await queue.size).toBe(1);
    });

    test('a put that gave up lets the one behind it in', async () => {
      const queue = await factory.queue<number>({ maxSize: 2 });
      await queue.put(1);
      const controller = new AbortController();
      const [first, second] = [queue.putMany([2, 3], { signal: controller.signal }), queue.put(4)];
      controller.abort(new Error('enough'));
      await expect(first).rejects.toThrow('enough');
      await second;
      expect(await queue.getMany(9)).toEqual([1, 4]);
    });

    test('close() rejects what waits here, and later use', async () => {
      const queue = await factory.queue<number>({ maxSize: 1 });
      const get = queue.get();
      const letter = queue.deadLetters.get();
      queue.close();
      queue.close();
      for (const wait of [get, letter]) await expect(wait).rejects.toMatchObject(CLOSED);
      const full = await factory.queue<number>({ maxSize: 1 });
      await full.put(1);
      const waiting = full.put(2);
      full.close();
      await expect(waiting).rejects.toMatchObject(CLOSED);
      for (const use of [
        () => queue.size,
        () => queue.isFull,
        () => queue.put(1),
        () => queue.tryPut(1),
        () => queue.tryGet(),
        () => queue.lease(),
        () => queue.shutdown(),
        () => queue.deadLetters.size,
        () => collected(queue),
      ])
        await expect(outcome<unknown>(use)).rejects.toMatchObject(CLOSED);
    });

    test('shutdown() lets gets drain what is left, then they reject; for await ends', async () => {
      const queue = await factory.queue<number>();
      const early = queue.get();
      await queue.putMany([1, 2, 3]);
      expect(await queue.isShutdown).toBe(false);
      expect(await queue.shutdown()).toBe(0);
      expect(await queue.isShutdown).toBe(true);
      expect(await early).toBe(1);
      await expect(queue.put(4)).rejects.toMatchObject(CLOSED);
      await expect(queue.putMany([4])).rejects.toMatchObject(CLOSED);
      await expect(outcome(() => queue.tryPut(4))).rejects.toThrow(/shut down/);
      expect(await collected(queue)).toEqual([2, 3]);
      await expect(queue.get()).rejects.toMatchObject(CLOSED);
      await expect(queue.getMany(2, { timeout: 0 })).rejects.toMatchObject(CLOSED);
      await expect(outcome(() => queue.tryGet())).rejects.toThrow(/shut down and is empty/);
      await expect(outcome(() => queue.tryGetMany(2))).rejects.toMatchObject(CLOSED);
      await expect(outcome(() => queue.shutdown({ immediately: true } as never))).rejects.toThrow(TypeError);
    });

    test('shutdown() wakes all that wait', async () => {
      const [empty, full] = [await factory.queue<number>(), await factory.queue<number>({ maxSize: 1 })];
      await full.put(1);
      const waiting = Promise.allSettled<unknown>([
        empty.get(),
        empty.lease(),
        empty.getMany(2),
        empty.deadLetters.get(),
        full.put(2),
      ]);
      await empty.shutdown();
      await full.shutdown();
      for (const ended of await waiting) expect(ended).toMatchObject({ status: 'rejected', reason: CLOSED });
    });

    test('shutdown() with immediate discards, also after another one, and ends a join', async () => {
      const queue = await factory.joinableQueue<number>();
      await queue.putMany([1, 2]);
      const joined = queue.join();
      expect(await queue.shutdown()).toBe(0);
      expect(await queue.shutdown({ immediate: true })).toBe(2);
      await joined;
      expect(await queue.shutdown()).toBe(0);
      await expect(queue.get()).rejects.toMatchObject(CLOSED);
    });
  });
}

function messagesSuite(factory: QueueFactory): void {
  describe('messages', () => {
    test('what cannot be sent is refused at the call with its path, and the queue works on', async () => {
      const queue = await factory.queue();
      const refused = { code: 'ERR_MP_SERIALIZATION' };
      const path = 'item.job.callback';
      await expect(queue.put({ job: { callback() {} } })).rejects.toMatchObject({ ...refused, path });
      await expect(queue.put({ job: { callback() {} } })).rejects.toThrow(
        /item\.job\.callback is a function/,
      );
      for (const nothing of [undefined, Symbol('no')])
        await expect(queue.put(nothing)).rejects.toMatchObject(refused);
      await expect(outcome(() => queue.tryPut(undefined))).rejects.toThrow(/undefined/);
      await expect(queue.putMany([1, () => {}])).rejects.toMatchObject({ ...refused, path: 'items[1]' });
      expect(await queue.size).toBe(0);
      await queue.put('fine');
      expect(await queue.get()).toBe('fine');
    });

    test('a batch is an array without holes', async () => {
      const queue = await factory.queue<unknown>();
      for (const items of [undefined, null, 'abc', 5, new Set([1]), { length: 1, 0: 1 }]) {
        const refused = /items must be an array, not (null|\w+)/;
        await expect(queue.putMany(items as never)).rejects.toThrow(refused);
        await expect(queue.putMany(items as never)).rejects.toThrow(TypeError);
        await expect(outcome(() => queue.tryPutMany(items as never))).rejects.toThrow(refused);
      }
      // biome-ignore lint/suspicious/noSparseArray: what it is about
      await expect(outcome(() => queue.tryPutMany([1, , 3]))).rejects.toThrow(/items\[1\].* is undefined/);
      expect(await queue.size).toBe(0);
    });

    test('an item is copied when it is put', async () => {
      const queue = await factory.queue<{ n: number }>({ maxSize: 1 });
      const item = { n: 1 };
      const puts = [queue.put(item), queue.put(item)];
      item.n = 2;
      expect([await queue.get(), await queue.get()]).toEqual([{ n: 1 }, { n: 1 }]);
      await Promise.all(puts);
    });

    test('null, and all that data can be, is an item', async () => {
      const queue = await factory.queue<unknown>();
      const items = [
        null,
        0,
        '',
        false,
        [],
        {},
        new Map([[{ a: 1 }, new Set([1n])]]),
        new Date(5),
        [undefined],
      ];
      for (const item of items) await queue.put(item);
      expect(await queue.get()).toBe(null);
      expect(await queue.getMany(99)).toEqual(items.slice(1));
    });

    test('a queue travels in a queue of its own kind and is the same one', async () => {
      for (const kind of QUEUE_KINDS) {
        const outer = await factory.queue<unknown>();
        const inner = await factory[kind]<string>();
        await outer.put({ inner });
        const { inner: received } = (await outer.get()) as { inner: typeof inner };
        expect(received.constructor).toBe(inner.constructor);
        await inner.put('hello');
        expect(await received.get()).toBe('hello');
        received.close();
      }
    });
  });
}
