import { gc, snapshot } from '@mp/cli';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { mp } from './actor.ts';

leakCheck();

test('a half-dead tree: a pool whose thread is stopped, and of whose workers one was killed', async () => {
  const program = spawnFixture(new URL('fixtures/pool.mjs', import.meta.url));
  const workers: { pid: number; running: string | null }[] = JSON.parse(await program.line());
  const busy = workers.find(({ running }) => running !== null)!;
  const idle = workers.find(({ running }) => running === null)!;
  const seen = await eventually('the pool is seen at work', () => {
    const { pools } = snapshot();
    return pools.length === 1 && pools[0].workers.some(({ state }) => state === 'idle') && pools[0];
  });
  if (seen === false) return;
  expect(seen.owner).toMatchObject({ pid: program.pid, threadId: 0, alive: true });
  const states = Object.fromEntries(seen.workers.map(({ thread, state }) => [thread?.pid, state]));
  expect(states).toEqual({ [busy.pid]: 'busy', [idle.pid]: 'idle' });
  const jobs = Object.fromEntries(
    seen.workers.map(({ thread, begun, ended }) => [thread?.pid, [begun, ended]]),
  );
  // A job that was taken back from a worker before it began counts there, too.
  const [begun, ended] = jobs[idle.pid];
  expect(jobs).toEqual({ [busy.pid]: [1, 0], [idle.pid]: [begun, begun] });
  expect([begun >= 2, ended]).toEqual([true, begun]);

  // Also of the file that holds the lock which is in a job.
  expect(snapshot().objects.filter(({ problem }) => problem !== undefined)).toEqual([]);

  process.kill(program.pid, 'SIGSTOP');
  process.kill(busy.pid, 'SIGKILL');
  await eventually('its death is seen', () =>
    snapshot().pools[0].workers.some(({ state, thread }) => state === 'dead' && thread?.pid === busy.pid),
  );
  const { stdout, code } = await mp(['tree', '--all']);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^${program.pid} stopped node .*pool\\.mjs`, 'm'));
  expect(stdout).toMatch(new RegExp(`^[├└]─ ${busy.pid} zombie`, 'm'));
  expect(stdout).toMatch(new RegExp(`^[├└]─ ${idle.pid} (sleeping|running)`, 'm'));
  expect(stdout).toContain('has worker of a Pool');
  const { json } = await mp(['tree', '--json']);
  expect(json.processes.find(({ pid }: { pid: number }) => pid === busy.pid)).toMatchObject({ alive: false });
  await program.kill();
  await eventually('all of it is gone', () => {
    gc();
    return snapshot().agents.length === 0;
  });
});
