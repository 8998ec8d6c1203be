import { constants, PerformanceObserver } from 'node:perf_hooks';
import { Manager } from '@mp/manager';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { MemoryGuard } from '../src/memory-guard.ts';
import { errorOf } from './here.ts';
import { Besieged } from './under-attack.ts';

leakCheck();

/* What clients with the key store is bounded, so that the server stays there for all. */

const MIB = 1 << 20;
const PROGRAM = new URL('fixtures/store-server.mjs', import.meta.url);

/** Puts in until it is refused. @returns how often, and the error */
async function fill(put: () => Promise<unknown>): Promise<[times: number, error: Error & { code?: string }]> {
  for (let times = 0; times < 5_000; times++) {
    try {
      await put();
    } catch (error) {
      return [times, error as Error];
    }
  }
  throw new Error('It was never refused');
}

test('bytes beyond the limit are refused, with figures, until something was taken out', async () => {
  const server = await Besieged.start({ limits: { memoryBytes: 200 * MIB } });
  const { manager } = server;
  const [list, queue, dict] = [
    await manager.list<Buffer>(),
    await manager.queue({ name: 'known' }),
    await manager.dict(),
  ];
  await queue.put('kept');
  const [times, error] = await fill(() => list.push(Buffer.alloc(MIB, 1)));
  expect(times).toBeGreaterThan(100);
  expect(times).toBeLessThan(260);
  expect(error).toMatchObject({ code: 'ERR_MP_LIMIT' });
  expect(error.message).toMatch(
    new RegExp(`the server has \\d{9} bytes in memory, and may have ${200 * MIB}`),
  );
  // Also what is short, if it puts something in or makes an object; what reads or takes out goes on.
  const puts = [
    () => queue.put(1),
    () => dict.set('a', 1),
    () => list.push(Buffer.alloc(1)),
    () => list.splice(0, 0, Buffer.alloc(1)),
    () => manager.list([1]),
    () => manager.queue({ name: 'another' }),
  ];
  for (const put of puts) expect((await errorOf(put())).code).toBe('ERR_MP_LIMIT');
  expect([await list.length, await queue.get(), await dict.get('a')]).toEqual([times, 'kept', undefined]);
  expect(await (await manager.queue({ name: 'known' })).size).toBe(0);
  await list.clear();
  await eventually('there is room', async () => (await list.push(Buffer.alloc(MIB, 1))) > 0);
  await dict.set('a', 1);
  await server.end();
});

test('what only goes through a server is never refused', async () => {
  const server = await Besieged.start({ limits: { memoryBytes: 200 * MIB } });
  const queue = await server.manager.queue<Buffer | string[]>();
  const texts = Array.from({ length: 20_000 }, (_, index) => `text ${index}`);
  for (let round = 0; round < 300; round++) {
    await queue.put(round % 2 === 0 ? Buffer.alloc(2 * MIB, round) : texts);
    await queue.get();
  }
  await server.end();
});

test('of garbage that comes again and again, more is let be each time before it is collected', async () => {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries())
      if ((detail as { flags: number }).flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) collections++;
  });
  observer.observe({ entryTypes: ['gc'] });
  // It is full, so it collects what there is.
  expect(new MemoryGuard(1).refusal('put', MIB)).toMatchObject({ code: 'ERR_MP_LIMIT' });
  const { heapUsed, external } = process.memoryUsage();
  const limit = heapUsed + external + 4 * MIB;
  const guard = new MemoryGuard(limit);
  for (let round = 0; round < 800; round++) {
    Array.from({ length: 10_000 }, (_, index) => ({ index, round, text: `text ${index}` }));
    guard.refusal('put', MIB);
  }
  // The first one was before all of these, and is told of like them.
  await eventually('collections are told of', () => collections > 0);
  observer.disconnect();
  // With the margin that it begins with there are more than 60.
  expect(collections).toBeLessThan(30);
});

test.each([
  ['', ['--max-old-space-size=200']],
  [', also when much of it is for young objects', ['--max-old-space-size=256', '--max-semi-space-size=64']],
])('without a limit, a server does not die of a full heap%s', async (_, execArgv) => {
  const order = { address: { host: '127.0.0.1', port: 0 }, options: { authKey: 'key' } };
  const server = spawnFixture(PROGRAM, {
    args: [JSON.stringify(order)],
    execArgv,
  });
  const manager = await Manager.connect(JSON.parse(await server.line()), { authKey: 'key' });
  const list = await manager.list<object[]>();
  const items = Array.from({ length: 5_000 }, (_, index) => ({ index, text: `text ${index}` }));
  const [times, error] = await fill(() => list.push(items));
  expect(error).toMatchObject({ code: 'ERR_MP_LIMIT' });
  expect(await list.length).toBe(times);
  await manager.shutdown();
  expect(await server.exited).toEqual({ code: 0, signal: null });
});
