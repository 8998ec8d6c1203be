import { setImmediate as turn } from 'node:timers/promises';
import { Queue } from '@mp/queue';
import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';

leakCheck();

/** Refuses to be read. */
class Unreadable {}

describe('a loop over a queue', () => {
  it('gives what came, in the order of the calls, and ends with the queue', async () => {
    using queue = new Queue<number>();
    const loop = queue[Symbol.asyncIterator]();
    const early = [loop.next(), loop.next()];
    queue.putManySync([1, 2, 3]);
    queue.shutdown();
    expect(await Promise.all(early)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ]);
    expect(await loop.next()).toEqual({ done: false, value: 3 });
    expect(await loop.next()).toEqual({ done: true, value: undefined });
    expect(await loop.next()).toEqual({ done: true, value: undefined });
  });

  it('that is left takes what it had asked for, and no more', async () => {
    using queue = new Queue<number>();
    const loop = queue[Symbol.asyncIterator]();
    const asked = loop.next();
    let hasLeft = false;
    const left = loop.return?.().then((end) => {
      hasLeft = true;
      return end;
    });
    await turn();
    expect(hasLeft).toBe(false);
    queue.putManySync([1, 2]);
    expect(await left).toEqual({ done: true, value: undefined });
    expect(await asked).toEqual({ done: false, value: 1 });
    expect(await loop.next()).toEqual({ done: true, value: undefined });
    expect(queue.getSync()).toBe(2);
  });

  it('is told of an error once, and goes on behind it', async () => {
    using queue = new Queue<unknown>();
    const { registerClass } = await import('@mp/serde');
    registerClass(Unreadable, {
      toData: () => 0,
      fromData: () => {
        throw new RangeError('not here');
      },
    });
    queue.putManySync([1, new Unreadable(), 2]);
    const loop = queue[Symbol.asyncIterator]();
    expect((await loop.next()).value).toBe(1);
    await expect(loop.next()).rejects.toThrow('not here');
    expect((await loop.next()).value).toBe(2);
  });

  it('over leases and dead letters ends with the queue too', async () => {
    using queue = new Queue<number>({ maxAttempts: 1 });
    queue.putManySync([1, 2]);
    queue.shutdown();
    let count = 0;
    for await (const lease of queue.leases()) {
      if (++count === 1) lease.retry();
      else lease.ack();
    }
    const dead: number[] = [];
    for await (const letter of queue.deadLetters) dead.push(letter);
    expect([count, dead]).toEqual([2, [1]]);
  });

  it('is an error when the queue was closed here', async () => {
    const queue = new Queue<number>();
    const loop = queue[Symbol.asyncIterator]();
    const waiting = loop.next();
    queue.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    await expect(loop.next()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  });
});
