import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JoinableQueue, LifoQueue, PriorityQueue, Queue, SimpleQueue } from '@mp/queue';
import { cutAtEveryStore, leakCheck, runsAll } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { startPeer } from './queue-peer.ts';

leakCheck();

const PUT = new URL('./fixtures/cut-put.mjs', import.meta.url);
const KEY = 'aKeyThatIsFoundInTheFile';
const item = (id: number) => ({ id, [KEY]: `item ${id}`, list: [{ id }] });

let count = 0;
let queue: Queue<unknown>;

afterEach(() => queue.close());

const freshName = () => `shapes-${process.pid}-${count++}`;

/** How often the key stands in the queue's file. */
function timesWritten(name: string): number {
  const file = readFileSync(join(process.env.MP_DIR as string, `n-${name}`), 'latin1');
  return file.split(KEY).length - 1;
}

describe('keys of items of one shape', () => {
  test.each([
    ['Queue', Queue],
    ['SimpleQueue', SimpleQueue],
    ['JoinableQueue', JoinableQueue],
    ['LifoQueue', LifoQueue],
    ['PriorityQueue', PriorityQueue],
  ])('are in a %s once for all, and once for the first', (_, Kind) => {
    const name = freshName();
    queue = new (Kind as typeof Queue)({ name });
    const items = Array.from({ length: 100 }, (_, id) => item(id));
    for (const each of items) queue.putSync(each);
    expect(timesWritten(name)).toBe(2);
    const got = items.map(() => queue.getSync()) as ReturnType<typeof item>[];
    expect(got.toSorted((a, b) => a.id - b.id)).toEqual(items);
    queue.unlink();
  });

  test('travel with what was leased, given back, and delivered to nobody', () => {
    queue = new Queue({ name: freshName(), maxAttempts: 2 });
    for (let id = 0; id < 4; id++) queue.putSync(item(id));
    for (let attempt = 0; attempt < 2; attempt++) {
      const leases = [0, 1, 2, 3].map(() => queue.leaseSync());
      expect(leases.map((lease) => lease.value)).toEqual([0, 1, 2, 3].map(item));
      for (const lease of leases) lease.retry();
    }
    expect([0, 1, 2, 3].map(() => queue.deadLetters.getSync())).toEqual([0, 1, 2, 3].map(item));
    queue.unlink();
  });

  test('are known to processes that come later, and to those that were there before', async () => {
    const name = freshName();
    queue = new Queue({ name });
    const before = await startPeer('process', queue);
    for (let id = 0; id < 10; id++) queue.putSync(item(id));
    expect(await before.call('getSync')).toMatchObject({ value: item(0) });
    const after = await startPeer('process', queue);
    for (let id = 1; id < 4; id++) expect(await after.call('getSync')).toMatchObject({ value: item(id) });
    // Another producer goes on with the same shapes, and adds one that the first one has not met.
    for (let id = 10; id < 13; id++) await after.call('putSync', item(id));
    for (let id = 0; id < 3; id++) await after.call('putSync', { [KEY]: id });
    // The first item, two shapes, and the first object of the second shape.
    expect(timesWritten(name)).toBe(4);
    expect(await before.call('getMany', 20)).toMatchObject({
      value: [...[4, 5, 6, 7, 8, 9, 10, 11, 12].map(item), { [KEY]: 0 }, { [KEY]: 1 }, { [KEY]: 2 }],
    });
    await Promise.all([before.end(), after.end()]);
    queue.unlink();
  });

  test('are there when a named queue was closed by all and is opened again', () => {
    const name = freshName();
    queue = new Queue({ name });
    for (let id = 0; id < 5; id++) queue.putSync(item(id));
    queue.close();
    queue = new Queue({ name });
    expect([0, 1, 2, 3, 4].map(() => queue.getSync())).toEqual([0, 1, 2, 3, 4].map(item));
    queue.unlink();
  });
});

test('a producer killed after any store of the put that adds a shape: item and shape are there or not', async () => {
  const shaped = { id: 1, name: 'x', tags: ['y'] };
  let put = 0;
  let lost = 0;
  await cutAtEveryStore(
    PUT,
    () => {
      queue = new Queue({ name: freshName() });
      return [queue.name as string, 'shape'];
    },
    ({ completed }) => {
      const items: unknown[] = [];
      while (queue.size > 0) items.push(queue.getSync({ timeout: 20_000 }));
      if (items.length === 2) put++;
      else lost++;
      expect(items).toEqual(Array(completed ? 2 : items.length).fill(shaped));
      expect(items.length).toBeGreaterThanOrEqual(1);
      // As if nobody had died in it: this producer, a consumer that was there before, and one that comes later.
      const late = new Queue({ name: queue.name as string });
      for (let time = 0; time < 3; time++) queue.putSync(shaped);
      for (let time = 0; time < 3; time++) late.putSync({ ...shaped, other: time });
      for (const each of [queue, late, queue]) expect(each.getSync()).toEqual(shaped);
      for (const [time, each] of [late, queue, late].entries())
        expect(each.getSync()).toEqual({ ...shaped, other: time });
      late.close();
      queue.unlink();
    },
  );
  expect([put > (runsAll ? 1 : 0), lost > (runsAll ? 1 : 0)]).toEqual([true, true]);
});
