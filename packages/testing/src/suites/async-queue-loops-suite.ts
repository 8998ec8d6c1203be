import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CLOSED, collected, type QueueFactory } from './async-queue.ts';

/** Loops over a queue, its leases and its dead letters. */
export function asyncQueueLoopsSuite(factory: QueueFactory): void {
  describe('a loop over a queue', () => {
    test('gives what came, in the order of the calls, and ends with the queue', async () => {
      const queue = await factory.queue<number>();
      const loop = queue[Symbol.asyncIterator]();
      const early = [loop.next(), loop.next()];
      await queue.putMany([1, 2, 3]);
      await queue.shutdown();
      expect(await Promise.all(early)).toEqual([
        { done: false, value: 1 },
        { done: false, value: 2 },
      ]);
      expect(await loop.next()).toEqual({ done: false, value: 3 });
      expect(await loop.next()).toEqual({ done: true, value: undefined });
      expect(await loop.next()).toEqual({ done: true, value: undefined });
    });

    test('that is left leaves the rest in the queue', async () => {
      const queue = await factory.queue<number>();
      await queue.putMany([1, 2, 3, 4]);
      for await (const item of queue) if (item === 2) break;
      expect([await queue.size, await queue.get(), await queue.get()]).toEqual([2, 3, 4]);
    });

    test('that is left takes what it had asked for, and no more', async () => {
      const queue = await factory.queue<number>();
      const loop = queue[Symbol.asyncIterator]();
      const asked = loop.next();
      let hasLeft = false;
      const left = loop.return?.().then((end) => {
        hasLeft = true;
        return end;
      });
      // A round trip, where there is one.
      expect(await queue.size).toBe(0);
      await turn();
      expect(hasLeft).toBe(false);
      await queue.putMany([1, 2]);
      expect(await left).toEqual({ done: true, value: undefined });
      expect(await asked).toEqual({ done: false, value: 1 });
      expect(await loop.next()).toEqual({ done: true, value: undefined });
      expect(await queue.get()).toBe(2);
    });

    test('that is thrown into is left with that error', async () => {
      const queue = await factory.queue<number>();
      const loop = queue[Symbol.asyncIterator]();
      await queue.put(1);
      await expect(loop.throw?.(new RangeError('enough'))).rejects.toThrow('enough');
      expect(await loop.next()).toEqual({ done: true, value: undefined });
      expect(await queue.get()).toBe(1);
    });

    test('waits for what comes, and is ended by a shutdown', async () => {
      const queue = await factory.queue<number>();
      const other = await factory.another(queue);
      const seen = collected(queue);
      for (let item = 0; item < 20; item++) await other.put(item);
      await other.shutdown();
      expect(await seen).toEqual(Array.from({ length: 20 }, (_, item) => item));
    });

    test('over leases and dead letters ends with the queue too', async () => {
      const queue = await factory.queue<number>({ maxAttempts: 1 });
      await queue.putMany([1, 2]);
      await queue.shutdown();
      let count = 0;
      for await (const lease of queue.leases()) {
        if (++count === 1) await lease.retry();
        else await lease.ack();
      }
      expect([count, await collected(queue.deadLetters)]).toEqual([2, [1]]);
    });

    test('is an error when the queue was closed here', async () => {
      const queue = await factory.queue<number>();
      const loop = queue[Symbol.asyncIterator]();
      const waiting = loop.next();
      queue.close();
      await expect(waiting).rejects.toMatchObject(CLOSED);
      await expect(loop.next()).rejects.toMatchObject(CLOSED);
    });
  });
}
