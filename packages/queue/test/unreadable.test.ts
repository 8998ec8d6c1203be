import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ClosedError, JoinableQueue, MpError, Queue } from '@mp/queue';
import { registerClass } from '@mp/serde';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { opened } from './opened.ts';

leakCheck();

/* Items of which no value can be made here. */

test('an item that cannot be read takes no other with it: the next call throws', () => {
  class Moody {
    constructor(readonly ok: boolean) {}
  }
  registerClass(Moody, {
    name: `Moody-${process.pid}`,
    toData: ({ ok }: Moody) => ok,
    fromData: (ok: unknown) => {
      if (!ok) throw new Error('in a mood');
      return new Moody(true);
    },
  });
  const queue = opened(new Queue<Moody | number>());
  queue.putManySync([1, new Moody(false), 2]);
  expect(queue.getManySync(9)).toEqual([1, 2]);
  expect(() => queue.tryGet()).toThrow(/in a mood/);
  queue.putManySync([new Moody(false)]);
  expect(() => queue.getManySync(9)).toThrow(/in a mood/);
  queue.putManySync([new Moody(false), 3]);
  expect(() => queue.leaseSync()).toThrow(/in a mood/);
  expect(queue.size).toBe(2);
});

test('each item of a batch that cannot be read is an error of its own', () => {
  class Broken {
    constructor(readonly why: string) {}
  }
  registerClass(Broken, {
    name: `Broken-${process.pid}`,
    toData: ({ why }: Broken) => why,
    fromData: (why: unknown) => {
      throw new Error(`broken by ${why}`);
    },
  });
  const queue = opened(new Queue<Broken | number>());
  queue.putManySync([1, new Broken('rain'), 2, new Broken('snow'), 3]);
  expect(queue.getManySync(9)).toEqual([1, 2, 3]);
  expect(() => queue.tryGet()).toThrow(/by rain/);
  expect(() => queue.tryGetMany(9)).toThrow(/by snow/);
  expect(queue.tryGet()).toBeUndefined();
});

test('a loop does not end for an error of a message that looks like the end of the queue', async () => {
  class Fake {}
  registerClass(Fake, {
    name: `Fake-${process.pid}`,
    toData: () => 0,
    fromData: () => {
      throw new ClosedError('not the queue');
    },
  });
  const queue = opened(new Queue<Fake | number>({ maxAttempts: 1 }));
  queue.putManySync([1, 2, 3]);
  for (let left = 3; left > 0; left--) queue.leaseSync().retry();
  queue.putManySync([new Fake(), 4, new Fake(), 5, new Fake()]);
  const items = async (loop: AsyncIterable<unknown>) => {
    const seen: unknown[] = [];
    for await (const item of loop) seen.push(item);
    return seen;
  };
  await expect(items(queue)).rejects.toThrow(/not the queue/);
  queue.shutdown();
  expect(await queue.get()).toBe(4);
  await expect(items(queue)).rejects.toThrow(/not the queue/);
  // Also when it is the last one: the queue is over then, but this error is of the message.
  await expect(items(queue)).rejects.toThrow(/not the queue/);
  expect(await items(queue)).toEqual([]);
  expect(await items(queue.deadLetters)).toEqual([1, 2, 3]);
});

test("an item whose memory somebody removed is given back, and stays nobody's", () => {
  const name = `removed-${process.pid}`;
  const queue = opened(new Queue<Buffer>({ name, maxAttempts: 2 }));
  queue.putSync(Buffer.alloc(5 << 20));
  queue.leaseSync().retry();
  const directory = process.env.MP_DIR as string;
  const files = readdirSync(directory).filter((file) => file.startsWith(`n-${name}+`));
  for (const file of files.map((file) => join(directory, file)))
    if (statSync(file).size > 5 << 20) unlinkSync(file);
  expect(() => queue.tryLease()).toThrow(/its segment was removed/);
  expect([queue.size, queue.deadLetters.size]).toEqual([0, 1]);
  queue.unlink();
});

test('an item of which something is gone holds up nobody who leases: it is a dead letter', async () => {
  class Gone {}
  registerClass(Gone, {
    name: `Gone-${process.pid}`,
    toData: () => 0,
    fromData: () => {
      throw new MpError('ERR_MP_STALE', 'Cannot receive it: it is gone');
    },
  });
  const queue = opened(new JoinableQueue<Gone | number>());
  queue.putManySync([new Gone(), 1, new Gone(), 2]);
  await expect(queue.lease()).rejects.toThrow(/it is gone/);
  expect(queue.getManySync(9)).toEqual([1, 2]);
  expect(() => queue.tryGet()).toThrow(/it is gone/);
  queue.taskDone();
  queue.taskDone();
  await queue.join();
  expect([queue.size, queue.deadLetters.size]).toEqual([0, 2]);
  await expect(queue.deadLetters.get()).rejects.toThrow(/it is gone/);
  expect(() => queue.deadLetters.tryGet()).toThrow(/it is gone/);
  expect(queue.deadLetters.size).toBe(0);
});
