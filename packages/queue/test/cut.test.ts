import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sweep } from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { Queue } from '@mp/queue';
import { type Cut, cutAtEveryStore, leakCheck, runsAll } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';

leakCheck();

const PUT = new URL('./fixtures/cut-put.mjs', import.meta.url);
const GET = new URL('./fixtures/cut-get.mjs', import.meta.url);

/** Latch, the three words of a slot, COMMIT, latch: with fewer stores, the copies did not count them. */
const STORES_AT_LEAST = 6;

let count = 0;
let queue: Queue<unknown>;

function makeQueue(options: { maxSize?: number } = {}): Queue<unknown> {
  queue = new Queue({ name: `cut-${process.pid}-${count++}`, ...options });
  return queue;
}

/** Takes all that lies in the queue; it must answer at once, also when a process died inside. */
function drain(): unknown[] {
  const items: unknown[] = [];
  while (queue.size > 0) items.push(queue.getSync({ timeout: 20_000 }));
  return items;
}

/** The queue works, grows and shrinks as if nobody had died in it; then it is removed. */
function useOn(): void {
  const length = Math.min(50, queue.maxSize);
  const items = Array.from({ length }, (_, id) => ({ id, text: 'y'.repeat(20_000) }));
  for (const item of items) queue.putSync(item, { timeout: 20_000 });
  expect(drain()).toEqual(items);
  // A large item that the dead one made, or took, left no memory.
  const files = readdirSync(process.env.MP_DIR as string).map((file) =>
    join(process.env.MP_DIR as string, file),
  );
  expect(files.filter((file) => lstatSync(file).size >= 5 << 20)).toEqual([]);
  queue.unlink();
  sweep();
}

afterEach(() => {
  queue.close();
});

describe('a producer killed after any store of a put', () => {
  const before = { first: true };

  async function producer(what: string, isWhole: (item: unknown) => boolean) {
    let lost = 0;
    let put = 0;
    const stores = await cutAtEveryStore(
      PUT,
      () => {
        makeQueue().putSync(before);
        return [queue.name as string, what];
      },
      ({ completed }: Cut) => {
        const items = drain();
        expect(items[0]).toEqual(before);
        expect(items.length).toBeLessThanOrEqual(2);
        if (items.length === 2) {
          put++;
          expect(isWhole(items[1])).toBe(true);
          if (items[1] instanceof Lock) items[1].close();
        } else lost++;
        if (completed) expect(items.length).toBe(2);
        useOn();
      },
    );
    expect(stores).toBeGreaterThanOrEqual(STORES_AT_LEAST);
    // Both sides of the commit were met.
    expect(lost).toBeGreaterThan(0);
    expect(put).toBeGreaterThan(runsAll ? 1 : 0);
  }

  test('a small item', () => producer('small', (item) => (item as { id: number }).id === 1));
  test('one for which the queue grows', () =>
    producer('growing', (item) => (item as string).length === 200 << 10));
  test('one in a segment of its own', () =>
    producer('large', (item) => (item as Buffer).equals(Buffer.alloc(5 << 20, 7))));
  test('a handle', () =>
    producer('handle', (item) => item instanceof Lock && item.tryAcquire() !== undefined));

  test('while another process waits for the item', async () => {
    await cutAtEveryStore(
      PUT,
      () => {
        makeQueue();
        return [queue.name as string, 'small'];
      },
      async ({ completed }) => {
        // This one waits as any getter does: at most until its periodic look.
        const waiting = queue.get({ timeout: completed ? 20_000 : 300 }).catch((error) => error.code);
        const got = await waiting;
        expect(completed ? [{ id: 1 }] : [{ id: 1 }, 'ERR_MP_TIMEOUT']).toContainEqual(got);
        useOn();
      },
    );
  });
});

describe('a consumer killed after any store of a get', () => {
  async function consumer(fill: () => void, rest: unknown[], options: { maxSize?: number } = {}) {
    let taken = 0;
    const stores = await cutAtEveryStore(
      GET,
      () => {
        makeQueue(options);
        fill();
        return [queue.name as string];
      },
      ({ completed, lines }) => {
        const items = drain();
        // The first one is there, or it died with its consumer: never twice, never only half.
        const isTaken = items.length === rest.length;
        if (isTaken) taken++;
        expect(items.slice(isTaken ? 0 : 1)).toEqual(rest);
        if (completed) expect([isTaken, lines]).toEqual([true, ['1']]);
        useOn();
      },
    );
    expect(stores).toBeGreaterThanOrEqual(STORES_AT_LEAST);
    expect(taken).toBeGreaterThan(runsAll ? 1 : 0);
  }

  test('of several', () =>
    consumer(() => {
      for (const id of [1, 2, 3]) queue.putSync({ id });
    }, [{ id: 2 }, { id: 3 }]));

  test('that leaves a ring behind', () => {
    const large = 'z'.repeat(300 << 10);
    return consumer(() => {
      // The second item does not fit into the first ring, so that who takes it moves on to another.
      queue.putSync({ id: 0 });
      queue.putSync({ id: 1, large });
      queue.putSync({ id: 2, large });
      expect(queue.getSync()).toEqual({ id: 0 });
    }, [{ id: 2, large }]);
  });

  test('from a full queue', () =>
    consumer(
      () => {
        queue.putSync({ id: 1 });
        queue.putSync({ id: 2 });
        expect(queue.tryPut({ id: 3 })).toBe(false);
      },
      [{ id: 2 }],
      { maxSize: 2 },
    ));
});
