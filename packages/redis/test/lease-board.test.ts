import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { connectRedis } from '@mp/redis';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { LeaseBoard, LookTimes, SLOTS } from '../src/lease-board.ts';
import { describeRedis } from './with-redis.ts';

const SOURCE = new URL('../src/lease-board.ts', import.meta.url);

/** The module, as a thread of Node can import it. */
function compiled(): string {
  const compilerOptions = { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(readFileSync(SOURCE, 'utf8'), { compilerOptions });
  return `data:text/javascript,${encodeURIComponent(outputText)}`;
}

test('a slot says what was posted, until it is cleared, and has another version for each lease', () => {
  const board = new LeaseBoard();
  const seen = new LeaseBoard(board.memory);
  expect(seen.read(3)).toBeUndefined();
  const version = board.post(3, 1_000n, '["a"]');
  expect(seen.read(3)).toEqual({ version, order: '["a"]' });
  expect([seen.until(3), seen.version(3)]).toEqual([1_000n, version]);
  expect([seen.read(2), seen.read(4)]).toEqual([undefined, undefined]);
  board.clear(3);
  expect(seen.read(3)).toBeUndefined();
  expect(seen.until(3)).toBe(0n);
  expect(board.post(3, 2_000n, '["bc"]')).toBeGreaterThan(version);
  expect(seen.read(3)?.order).toBe('["bc"]');
  expect(board.post(SLOTS - 1, 5n, 'x'.repeat(1000))).toBe(2n);
  expect(seen.read(SLOTS - 1)?.order).toHaveLength(1000);
  expect(() => board.post(0, 1n, 'x'.repeat(1001))).toThrow(RangeError);
});

test('what the holder has found over is not renewed any more', () => {
  const board = new LeaseBoard();
  board.post(0, 1_000n, '[]');
  expect(board.replace(0, 1_000n, 2_000n)).toBe(true);
  board.end(0);
  expect(board.replace(0, 2_000n, 3_000n)).toBe(false);
  expect(board.until(0)).toBe(0n);
});

test('only a lease that is due before the next look has to call for one, and only one does', () => {
  const looks = new LookTimes();
  const seen = new LookTimes(looks.memory);
  expect(looks.changed(Infinity)).toBe(false);
  expect(looks.changed(5_000)).toBe(true);
  expect(looks.changed(10)).toBe(false);
  const { changes } = seen;
  expect(changes).toBe(3n);
  seen.next(4_999.5);
  expect(looks.changed(5_000)).toBe(false);
  expect(looks.changed(4_999)).toBe(true);
  seen.next(Infinity);
  expect(looks.changed(1e12)).toBe(true);
});

test('a slot is read whole or not at all while it is written in another thread', async () => {
  const board = new LeaseBoard();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const writer = new Worker(
    `const { workerData } = require('node:worker_threads');
     import(workerData.module).then(({ LeaseBoard }) => {
       const board = new LeaseBoard(workerData.memory);
       for (let i = 0; Atomics.load(workerData.stop, 0) === 0; i++) {
         board.post(0, 1n, String.fromCharCode(97 + (i % 26)).repeat(1 + (i % 400)));
         // Reads take about as long as a post: without a pause hardly any of them would be whole.
         for (let n = (i % 64) * 100; n > 0; n--) Atomics.load(workerData.stop, 0);
       }
     });`,
    { eval: true, workerData: { memory: board.memory, stop, module: compiled() } },
  );
  try {
    let reads = 0;
    let last = 0n;
    while (reads < 1_000) {
      const posted = board.read(0);
      if (posted === undefined || posted.version === last) {
        // The writer may not have begun, or have no core.
        await new Promise(setImmediate);
        continue;
      }
      last = posted.version;
      reads++;
      // A slot that was written so often has that post's version.
      const post = Number(posted.version / 2n) - 1;
      expect(posted.order).toBe(String.fromCharCode(97 + (post % 26)).repeat(1 + (post % 400)));
    }
  } finally {
    Atomics.store(stop, 0, 1);
    await new Promise((resolve) => writer.once('exit', resolve));
  }
});

describeRedis('a site with the longest names', {}, (redis) => {
  test('takes leases of all kinds', async () => {
    const name = 'x'.repeat(100);
    await using site = await connectRedis(redis.server.url, { namespace: name });
    const ttl = 60_000;
    const queue = site.queue<string>(name, { visibility: ttl });
    await queue.put('a');
    const held = [
      await site.lock(name, { ttl }).acquire(),
      await site.semaphore(name, { value: 1, ttl }).acquire(),
      await queue.lease(),
    ];
    expect(held.map(({ isHeld }) => isHeld)).toEqual([true, true, true]);
  });
});
