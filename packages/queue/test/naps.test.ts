import { WAITABLE, WaiterTable } from '@mp/core/internal';
import { Queue } from '@mp/queue';
import { type Fixture, freshName, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, expect, test, vi } from 'vitest';

leakCheck();

/* A consumer that blocks and was woken in vain some times naps before it sleeps: docs/decisions/015. */
const CONSUMER = new URL('./fixtures/nap.mjs', import.meta.url);

let queue: Queue<string>;

afterEach(() => {
  queue.close();
});

async function startConsumer(what: 'dies' | 'lives'): Promise<Fixture> {
  queue = new Queue<string>({ name: freshName() });
  const consumer = spawnFixture(CONSUMER, { args: [queue.name as string, what] });
  expect(await consumer.line()).toBe('waits');
  return consumer;
}

/** Wakes its consumers although there is nothing, until `over`. */
async function wakeInVain(over: Promise<unknown>): Promise<void> {
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  const { waiters } = queue[WAITABLE]();
  while (!isOver) {
    waiters?.notify(1);
    await new Promise(setImmediate);
  }
}

test('one that naps is rung without a wake, and gets what is put', async () => {
  const consumer = await startConsumer('lives');
  const naps = consumer.line();
  await wakeInVain(naps);
  expect(await naps).toBe('naps');
  queue.putSync('put');
  expect([await consumer.rest(), queue.rescued]).toEqual([['put'], 0]);
});

test('of one that was killed in its nap nothing stays: rescues are counted as before', async () => {
  const consumer = await startConsumer('dies');
  await wakeInVain(consumer.exited);
  expect((await consumer.exited).signal).toBe('SIGKILL');
  const { waiters } = queue[WAITABLE]();
  expect(waiters?.size).toBe(1);
  // An item of which nobody is told: the look of the getter finds it.
  const rescues = async () => {
    const got = queue.get();
    const lost = vi.spyOn(WaiterTable.prototype, 'notify').mockReturnValue(1);
    queue.putSync('put');
    lost.mockRestore();
    expect(await got).toBe('put');
    return queue.rescued;
  };
  // The first one finds the dead, of which it cannot know yet that nobody goes on there, and removes its entry.
  expect([await rescues(), waiters?.size]).toEqual([0, 0]);
  expect(await rescues()).toBe(1);
});
