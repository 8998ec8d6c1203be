import { Queue } from '@mp/queue';
import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';

leakCheck();

/** Refuses to be read. */
class Unreadable {}

describe('a loop over a queue', () => {
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
});
