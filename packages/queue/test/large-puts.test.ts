import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Queue } from '@mp/queue';
import { leakCheck } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

leakCheck();

const LARGE = Buffer.alloc(1 << 20);
/** With one core, nobody makes space while this thread tries. */
const triesAgain = availableParallelism() > 1;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let queue: Queue<unknown>;
const waiting: Promise<unknown>[] = [];

beforeEach(() => {
  queue = new Queue({ maxSize: 1 });
  queue.putSync(0);
});
afterEach(async () => {
  queue.close();
  await Promise.allSettled(waiting.splice(0));
});

/** How often a call looks at the clock before it returns; the clock goes on by 10 µs for each. */
function looksOf(call: () => Promise<unknown>): number {
  let now = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 0.01;
    return now;
  });
  waiting.push(call());
  const looks = clock.mock.calls.length;
  clock.mockRestore();
  return looks;
}

/** Takes what is there, and puts that wait here enter: the queue is full again. */
async function letIn(): Promise<void> {
  queue.tryGet();
  await waiting[0];
  waiting.length = 0;
}

describe('a put that finds no space', () => {
  test('of a large message tries again before it copies, four times in a row', async () => {
    const looks: boolean[] = [];
    for (let round = 0; round < 6; round++) {
      looks.push(looksOf(() => queue.put(LARGE)) > 8);
      await letIn();
    }
    expect(looks).toEqual([...Array(4).fill(triesAgain), false, false]);
  });

  test('of a small message does not', () => {
    expect(looksOf(() => queue.put('small'))).toBeLessThan(5);
  });

  test('of several messages does not: they are copied already', () => {
    expect(looksOf(() => queue.putMany([LARGE]))).toBeLessThan(5);
  });

  test('that must not wait does not, and it is no try in vain', async () => {
    for (let round = 0; round < 5; round++) {
      await expect(queue.put(LARGE, { timeout: 0 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    }
    expect(looksOf(() => queue.put(LARGE)) > 8).toBe(triesAgain);
  });
});

test.each([
  ['alone', (bytes: Buffer) => bytes],
  ['in something', (bytes: Buffer) => [bytes]],
])('bytes that were put %s are not kept', async (_, itemOf) => {
  const puts = (): WeakRef<ArrayBuffer> => {
    const bytes = Buffer.alloc(1 << 20);
    queue.getSync();
    queue.putSync(itemOf(bytes));
    return new WeakRef(bytes.buffer);
  };
  const put = puts();
  for (let round = 0; round < 100 && put.deref() !== undefined; round++) {
    await new Promise(setImmediate);
    collect();
  }
  expect(put.deref() === undefined).toBe(true);
});
