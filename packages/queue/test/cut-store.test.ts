import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sweep } from '@mp/core/internal';
import { type Lease, LifoQueue, PriorityQueue, Queue } from '@mp/queue';
import { type Cut, cutAtEveryStore, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/*
 * Sequences of operations on the store, killed after each of their stores. Whatever the moment: no item is lost that was
 * not taken or acknowledged, none is there twice, and the queue works on. What was never delivered is in order; where
 * the item comes in that the dead one had, depends on when its death is seen.
 */
const PROGRAM = new URL('./fixtures/cut-store.mjs', import.meta.url);

interface Item {
  id: number;
}

let count = 0;

const freshName = () => `cut-store-${process.pid}-${count++}`;

/** All that is left, by leases, in order; the dead one's are delivered again. */
function drain<T>(queue: Queue<T>): Lease<T>[] {
  queue.shutdown();
  const leases: Lease<T>[] = [];
  try {
    for (;;) {
      const lease = queue.leaseSync({ timeout: 20_000 });
      leases.push(lease);
      lease.ack();
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_MP_CLOSED' });
  }
  return leases;
}

/** Items that nobody had before. */
const fresh = <T>(leases: Lease<T>[]) =>
  leases.filter(({ attempt }) => attempt === 1).map(({ value }) => value);

const ascending = (numbers: number[]) => numbers.slice().sort((a, b) => a - b);

async function cut<Q extends Queue<unknown>>(
  what: string,
  make: (name: string) => Q,
  check: (queue: Q, cut: Cut) => void,
): Promise<void> {
  let queue: Q | undefined;
  const stores = await cutAtEveryStore(
    PROGRAM,
    () => {
      queue = make(freshName());
      return [queue.name as string, what];
    },
    (moment) => {
      check(queue as Q, moment);
      (queue as Q).unlink();
      sweep();
    },
  );
  // With fewer, the copies did not count them.
  expect(stores).toBeGreaterThan(10);
}

test('lease, dead letter, lease, acknowledge, get', () =>
  cut(
    'leases',
    (name) => {
      const queue = new Queue<Item>({ name, maxAttempts: 1 });
      queue.putManySync([1, 2, 3, 4].map((id) => ({ id })));
      return queue;
    },
    (queue, { completed, lines }) => {
      const left = drain(queue);
      const ids = left.map(({ value }) => value.id);
      const letters: number[] = [];
      // What the dead one had leased was on its only attempt, too.
      while (queue.deadLetters.size > 0) letters.push((queue.deadLetters.tryGet() as Item).id);
      // 2 and 3 may be gone, one after the other.
      expect(['1,2,3,4', '1,3,4', '1,4']).toContain(ascending([...letters, ...ids]).join());
      const unseen = fresh(left).map(({ id }) => id);
      expect(unseen).toEqual(ascending(unseen));
      expect(letters.every((id) => id <= 2)).toBe(true);
      if (completed) expect([letters, ids, lines.length]).toEqual([[1], [4], 1]);
    },
  ));

test('a sorted queue that grows: take one, lease, retry', () =>
  cut(
    'sorting',
    (name) => {
      const queue = new PriorityQueue<Item>({ name });
      for (let id = 0; id < 160; id++) queue.putSync({ id }, { priority: id });
      queue.leaseSync().retry();
      // What comes now is sorted in by the one that dies, and needs more space.
      queue.putSync({ id: 160 }, { priority: 160 });
      return queue;
    },
    (queue, { completed }) => {
      const left = drain(queue);
      const unseen = fresh(left).map(({ id }) => id);
      expect(unseen).toEqual(ascending(unseen));
      const ids = ascending(left.map(({ value }) => value.id));
      const all = Array.from({ length: 161 }, (_, id) => id);
      expect([all.join(), all.slice(1).join()]).toContain(ids.join());
      if (completed) expect(left[0]).toMatchObject({ value: { id: 1 }, attempt: 2 });
    },
  ));

test('large items: lease, acknowledge, get', () =>
  cut(
    'large',
    (name) => {
      const queue = new LifoQueue<Buffer>({ name });
      for (const fill of [1, 2, 3]) queue.putSync(Buffer.alloc((5 << 20) + fill, fill));
      return queue;
    },
    (queue, { completed }) => {
      const fills = drain(queue).map(({ value }) => {
        expect(value.length).toBe((5 << 20) + value[0]);
        expect(value[value.length - 1]).toBe(value[0]);
        return value[0];
      });
      expect(['1,2,3', '1,2', '1']).toContain(ascending(fills).join());
      const satellites = readdirSync(process.env.MP_DIR as string).filter((file) => file.includes('+'));
      const sizes = satellites.map((file) => statSync(join(process.env.MP_DIR as string, file)).size);
      expect(sizes.filter((size) => size >= 5 << 20)).toEqual([]);
      if (completed) expect(fills).toEqual([1]);
    },
  ));

test('shutdown with immediate while something is leased', () =>
  cut(
    'discarding',
    (name) => {
      const queue = new LifoQueue<Item>({ name });
      queue.putManySync([1, 2, 3].map((id) => ({ id })));
      queue.leaseSync().retry();
      queue.putManySync([4, 5].map((id) => ({ id })));
      return queue;
    },
    (queue, { completed, lines }) => {
      if (completed) expect(lines).toEqual(['4']);
      const left = drain(queue);
      const unseen = fresh(left).map(({ id }) => id);
      expect(unseen).toEqual(ascending(unseen).reverse());
      expect(new Set(left.map(({ value }) => value.id)).size).toBe(left.length);
      if (completed) expect(left).toEqual([]);
    },
  ));

test('the one that leases the only item: the queue stays for it when the last user closes it', () =>
  cut(
    'one lease',
    (name) => {
      const queue = new Queue<Item>({ name });
      queue.putSync({ id: 1 });
      return queue;
    },
    (queue, { completed }) => {
      queue.close();
      const again = new Queue<Item>({ name: queue.name as string });
      expect(again.created).toBe(false);
      const lease = again.leaseSync({ timeout: 20_000 });
      expect(lease.value).toEqual({ id: 1 });
      if (completed) expect(lease.attempt).toBe(2);
      lease.ack();
      again.close();
      const none = new Queue<Item>({ name: queue.name as string });
      expect(none.created).toBe(true);
      none.close();
    },
  ));

test.each(['size', 'tryPut'])(
  'one that takes what came back into a full queue: %s is right',
  async (look) => {
    const taken: boolean[] = [];
    await cut(
      'one get',
      (name) => {
        const queue = new Queue<Item>({ name, maxSize: 1 });
        queue.putSync({ id: 1 });
        queue.leaseSync().retry();
        return queue;
      },
      (queue, { completed }) => {
        // Either look alone puts the counts right: nobody else may come who would.
        const isTaken = look === 'size' ? queue.size === 0 : queue.tryPut({ id: 2 });
        if (look === 'size') {
          expect([queue.isEmpty, queue.isFull]).toEqual([isTaken, !isTaken]);
          expect(queue.tryPut({ id: 2 })).toBe(isTaken);
        }
        expect(drain(queue).map(({ value }) => value.id)).toEqual([isTaken ? 2 : 1]);
        if (completed) expect(isTaken).toBe(true);
        taken.push(isTaken);
      },
    );
    expect(taken).toEqual(taken.slice().sort());
    expect(new Set(taken)).toEqual(new Set([false, true]));
  },
);
