import { descendantsOf, eventually, isRunning, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { run } from './program.ts';

leakCheck();

test('a server that is killed rejects calls under way, and those that wait for them, at once', async () => {
  const { ends, took, later, closed } = await run('deaths.mjs', 'server');
  for (const end of [...ends, later])
    expect(end).toMatchObject({ name: 'ClosedError', code: 'ERR_MP_CLOSED' });
  expect(took).toBeLessThan(2_000);
  expect(closed).toBe(true);
});

test('a parent that is killed takes the server, and the workers of its pools, with it', async () => {
  const parent = spawnFixture(new URL('fixtures/deaths.mjs', import.meta.url), { args: ['parent'] });
  const { pids } = JSON.parse(await parent.line());
  expect(pids.filter((pid: number) => isRunning(pid))).toHaveLength(2);
  const all = [...new Set([...pids, ...descendantsOf(parent.pid)])];
  await parent.kill();
  await eventually('no process of it runs', () => !all.some((pid) => isRunning(pid)), { within: 4_000 });
});

test('MGR-2: a manager is started, and gone when its block is left', async () => {
  expect(await run('deaths.mjs', 'block')).toMatchObject({
    stats: { objects: 0, clients: 1 },
    closed: true,
    late: ['ERR_MP_CLOSED', 'ERR_MP_CLOSED'],
    again: {},
    code: 0,
    stderr: '',
  });
});

test('MGR-7: init runs once, in the server, before the first client; when it fails, start() rejects with its error', async () => {
  const { first, second, failed, noTask, notCallable, noList, code } = await run('deaths.mjs', 'init');
  expect([first, second]).toEqual([
    [['once'], 'Manager-1'],
    [['once'], 'Manager-1'],
  ]);
  expect(failed).toMatchObject({ name: 'RangeError', message: 'init failed' });
  expect([noTask, notCallable, noList, code]).toEqual(['TypeError', 'TypeError', 'TypeError', 0]);
});
