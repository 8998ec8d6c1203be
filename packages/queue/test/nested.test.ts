import { JoinableQueue, type Lease, LifoQueue, Queue } from '@mp/queue';
import { registerClass } from '@mp/serde';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/* Code of the user's runs while an item is read, and may get from the same queue. */
let source: Queue<unknown> | undefined;

/** Reading one of it gets another item. */
class Pair {
  constructor(readonly other: unknown) {}
}

registerClass(Pair, {
  name: `Pair-${process.pid}`,
  toData: () => 0,
  fromData: () => new Pair(source?.getSync({ timeout: 20_000 })),
});

function partsOf(item: unknown): unknown[] {
  if (Array.isArray(item)) return item.flatMap(partsOf);
  return item instanceof Pair ? ['pair', ...partsOf(item.other)] : [item];
}

const LONG = { timeout: 20_000 };

test.each([Queue, JoinableQueue, LifoQueue])(
  '$name: what waits in line loses nothing to it',
  async (Kind) => {
    const queue = new Kind<unknown>();
    source = queue;
    const gets = [queue.get(LONG), queue.getMany(1, LONG), queue.lease(LONG), queue.get(LONG)];
    const items = [new Pair(0), 1, new Pair(2), 3, new Pair(4), 5, new Pair(6), 7];
    for (const item of Kind === LifoQueue ? items.toReversed() : items) queue.putSync(item);
    const [first, many, lease, last] = await Promise.all(gets);
    const seen = [first, many, (lease as Lease<unknown>).value, last].flatMap(partsOf);
    for (let item = queue.tryGet(); item !== undefined; item = queue.tryGet()) seen.push(...partsOf(item));
    expect(seen.sort()).toEqual([1, 3, 5, 7, 'pair', 'pair', 'pair', 'pair']);
    queue.close();
  },
);
