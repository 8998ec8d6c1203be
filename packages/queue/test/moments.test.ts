import { sweep } from '@mp/core/internal';
import { Queue, TimeoutError } from '@mp/queue';
import { type Fixture, freshName, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

/* What a call answers that meets another process in the middle of something. */
const HOLD_LATCH = new URL('./fixtures/hold-latch.mjs', import.meta.url);
const RETRY_LAST = new URL('./fixtures/retry-last.mjs', import.meta.url);
const ROUNDS = 20;

/** Such a call waits so long for the one that is inside. On a crowded machine that one may not run for longer. */
const PATIENCE_MS = 20;

const queues: Queue<unknown>[] = [];
const fixtures: Fixture[] = [];

/** @returns whether it did what it should; to give up is right only after its time */
async function isDone(call: () => unknown): Promise<boolean> {
  const since = performance.now();
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof TimeoutError && performance.now() - since >= PATIENCE_MS) return false;
    throw error;
  }
}

function make<T>(options: { maxAttempts?: number } = {}): Queue<T> {
  const queue = new Queue<T>({ name: freshName(), ...options });
  queues.push(queue as Queue<unknown>);
  return queue;
}

afterEach(async () => {
  await Promise.all(fixtures.splice(0).map((fixture) => fixture.kill()));
  for (const queue of queues.splice(0)) queue.unlink();
  sweep();
});

test.each(['get', 'put'] as const)(
  '%s with no time to wait is not told "empty" or "full" because somebody is inside',
  async (side) => {
    const queue = make<number>();
    const holder = spawnFixture(HOLD_LATCH, { args: [queue.name as string, side] });
    fixtures.push(holder);
    queue.putManySync([1, 2, 3]);
    const noTime = { timeout: 0 };
    const ways =
      side === 'put'
        ? [() => queue.putSync(7, noTime), () => queue.put(7, noTime)]
        : [() => queue.putSync(queue.getSync(noTime)), async () => queue.putSync(await queue.get(noTime))];
    let done = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const call of ways) {
        holder.say('go');
        expect(await holder.line()).toBe('inside');
        if (await isDone(call)) done++;
      }
    }
    expect(done).toBeGreaterThan(0);
    expect(queue.size).toBe(side === 'put' ? 3 + done : 3);
  },
);

test('the dead letter that the last lease leaves after a shutdown is not missed', async () => {
  const [names, leased] = [make<string>(), make<string>()];
  const other = spawnFixture(RETRY_LAST, { args: [names.name as string, leased.name as string] });
  fixtures.push(other);
  for (let round = 0; round < ROUNDS * 10; round++) {
    const queue = make<number>({ maxAttempts: 1 });
    queue.putSync(round);
    names.putSync(queue.name as string);
    leased.getSync({ timeout: 20_000 });
    queue.shutdown();
    let letter: number | undefined;
    while (letter === undefined) letter = queue.deadLetters.tryGet();
    expect(letter).toBe(round);
    expect(() => queue.deadLetters.tryGet()).toThrow(/there is none/);
    queue.close();
  }
  names.shutdown();
  // Only then nobody has one of them any more.
  expect((await other.exited).code, other.stderr).toBe(0);
});
