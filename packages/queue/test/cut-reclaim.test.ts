import { readdirSync } from 'node:fs';
import { sweep } from '@mp/core/internal';
import { LifoQueue, Queue } from '@mp/queue';
import { type Cut, cutAtEveryStore, freshName, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/*
 * One has leased an item and died. A second one finds that, and is killed after any of its stores. Then a third one
 * finds the item once, whole, with the number of its delivery.
 */
const HOLDER = new URL('./fixtures/lease-and-die.mjs', import.meta.url);
const SECOND = new URL('./fixtures/cut-reclaim.mjs', import.meta.url);
const CLASSES = { LifoQueue, Queue };

async function cut(
  className: keyof typeof CLASSES,
  what: 'lease' | 'letter',
  { item, maxAttempts = Infinity }: { item: Buffer; maxAttempts?: number },
  check: (queue: Queue<Buffer>, cut: Cut) => void,
): Promise<void> {
  let queue: Queue<Buffer> | undefined;
  const satellites = () =>
    readdirSync(process.env.MP_DIR as string).filter((file) => file.startsWith(`n-${queue?.name}+`));
  let files: string[] = [];
  const stores = await cutAtEveryStore(
    SECOND,
    async () => {
      queue = new CLASSES[className]<Buffer>({ name: freshName(), maxAttempts });
      // The store has all of its satellites before.
      queue.putSync(Buffer.alloc(item.length));
      queue.leaseSync().ack();
      files = satellites();
      queue.putSync(item);
      const { signal } = await spawnFixture(HOLDER, { args: [className, queue.name as string] }).exited;
      expect(signal).toBe('SIGKILL');
      return [className, queue.name as string, what];
    },
    (moment) => {
      const left = queue as Queue<Buffer>;
      check(left, moment);
      expect([left.size, left.deadLetters.size, left.deadLetters.tryGet()]).toEqual([0, 0, undefined]);
      expect(left.tryLease()).toBeUndefined();
      expect(satellites()).toEqual(files);
      // With nothing in it and nothing leased, it goes with its last user, and nothing stays.
      left.close();
      sweep();
      expect(satellites()).toEqual([]);
      expect(readdirSync(process.env.MP_DIR as string)).not.toContain(`n-${left.name}`);
    },
  );
  // With fewer, the copies did not count them.
  expect(stores).toBeGreaterThan(20);
}

test.each([
  ['Queue', 'small', 100],
  ['Queue', 'large', 5 << 20],
  ['LifoQueue', 'large', 5 << 20],
] as const)('a %s, a %s item: delivered to the third', async (name, _size, bytes) => {
  const item = Buffer.alloc(bytes, 7);
  const attempts: number[] = [];
  await cut(name, 'lease', { item }, (queue, { completed, lines }) => {
    const lease = queue.leaseSync({ timeout: 20_000 });
    expect(lease.value.equals(item)).toBe(true);
    attempts.push(lease.attempt);
    lease.ack();
    if (completed) expect([lines, lease.attempt]).toEqual([['2'], 3]);
  });
  // Before a certain store the second one did not have it, and from then on it did.
  expect(attempts).toEqual(attempts.slice().sort());
  expect(new Set(attempts)).toEqual(new Set([2, 3]));
});

test('the last attempt: a dead letter, for the second or the third', async () => {
  const item = Buffer.alloc(100, 7);
  const taken: boolean[] = [];
  await cut('Queue', 'letter', { item, maxAttempts: 1 }, (queue, { completed, lines }) => {
    const letter = queue.deadLetters.tryGet();
    taken.push(letter === undefined);
    if (letter !== undefined) expect(letter.equals(item)).toBe(true);
    if (completed) expect([lines, letter]).toEqual([['100'], undefined]);
  });
  expect(taken).toEqual(taken.slice().sort());
  expect(new Set(taken)).toEqual(new Set([false, true]));
});
