import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, isRunning, leakCheck, runsAll } from '@mp/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from './program.ts';

leakCheck();

const folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function scene(name: string) {
  const { lines, stderr, code } = await run('deaths.mjs', { args: [name, join(folder, name)] });
  expect(code, stderr).toBe(0);
  return { lines, stderr };
}

describe('a worker that dies', () => {
  it('takes exactly the task with it that it ran; all others run once', async () => {
    const { lines, stderr } = await scene('in a task');
    const [error, ...rest] = lines;
    expect(error).toMatchObject({
      class: 'WorkerDiedError',
      code: 'ERR_MP_WORKER_DIED',
      signal: 'SIGKILL',
      task: 'dieBy',
      message: `The worker with pid ${error.pid} was killed by SIGKILL while it ran dieBy`,
    });
    expect(error).not.toHaveProperty('exitCode');
    expect(rest).toEqual([true, true, [2000, 1], false]);
    expect(stderr).toBe('');
  });

  it('is replaced as often as needed', async () => {
    const { lines } = await scene('in several tasks');
    expect(lines[0]).toEqual(Array.from({ length: 40 }, (_, i) => (i % 10 === 5 ? 'SIGTERM' : i * i)));
    expect(lines[1]).toBe(2);
  });

  it('by process.exit() or an uncaught exception is told with its code and that error', async () => {
    const { lines, stderr } = await scene('by exit');
    expect(lines[0].error).toMatchObject({ code: 'ERR_MP_WORKER_DIED', exitCode: 3, task: 'exitWith' });
    expect(lines[0].error.message).toMatch(/exited with code 3 while it ran exitWith/);
    expect(lines[1].error).toMatchObject({ code: 'ERR_MP_WORKER_DIED', exitCode: 0 });
    expect(lines[2].error).toMatchObject({
      exitCode: 1,
      cause: { class: 'RangeError', message: 'in a timer' },
    });
    expect(lines[3]).toBe(9);
    expect(stderr).toMatch(/^PoolWorker-\d:\n.*RangeError: in a timer/s);
  });

  it('rejects its map, and ends its loop', async () => {
    const [map, imap, usable] = (await scene('in a map')).lines;
    expect(map.error).toMatchObject({ code: 'ERR_MP_WORKER_DIED', task: 'dieBy' });
    expect(imap).toEqual([[0, 2], 'ERR_MP_WORKER_DIED']);
    expect(usable).toEqual([1, 4]);
  });

  it('costs nothing when it was idle, or had not begun', async () => {
    expect((await scene('idle')).lines).toEqual([[0, 1, 4, 9, 16, 25, 36, 49], false]);
    expect((await scene('as it starts')).lines).toEqual([20, 20]);
  });

  it('is replaced in a closed pool as long as there is work', async () => {
    expect((await scene('while it closes')).lines).toEqual(['SIGKILL', [0, 1, 2, 3, 0, 1, 2, 3]]);
  });

  it('leaves no file in the segment directory, not even until the next sweep', async () => {
    expect((await scene('terminated')).lines).toEqual([2, []]);
  });

  it('again and again, leaves every job settled and none run twice', async () => {
    const kills = runsAll ? 300 : 40;
    const args = ['a stream of kills', join(folder, 'kills'), String(kills)];
    const { lines, code, stderr } = await run('deaths.mjs', { args });
    expect(code, stderr).toBe(0);
    expect(lines).toEqual([[true, true, 1, true], true, 25]);
  });
});

describe('a worker that is stopped', () => {
  it('does not stop the others', async () => {
    expect((await scene('stopped')).lines).toEqual([[1, 4], 60, [60, 1]]);
  });
});

it('no worker is left when its program is killed, busy or not', async () => {
  const { lines, signal } = await run('deaths.mjs', { args: ['the parent is killed', ''] });
  expect(signal).toBe('SIGKILL');
  const [pids] = lines as [number[]];
  expect(pids).toHaveLength(2);
  await eventually('the workers are gone', () => !pids.some((pid) => isRunning(pid)));
});

describe('a pool whose workers cannot start', () => {
  const BROKEN = { class: 'BrokenPoolError', code: 'ERR_MP_BROKEN_POOL' };
  it.each([
    ['--no-such-flag', 'exited with code 9', '--no-such-flag is not allowed in NODE_OPTIONS'],
    [`--import=${new URL('fixtures/die-at-once.mjs', import.meta.url)}`, 'was killed by SIGKILL', ''],
  ])('because of %s says so and gives up', async (options, how, said) => {
    const { lines, code, stderr } = await run('no-start.mjs', { args: [options] });
    expect(code).toBe(0);
    const [apply, map, later, stats, joined] = lines;
    expect(apply).toMatchObject(BROKEN);
    const message = `The pool cannot start workers, the last one ${how} before it was up`;
    if (said === '') {
      expect(apply.message).toBe(message);
      expect(apply.stderr).toBeUndefined();
    } else {
      expect(apply.message.slice(0, message.length + 2)).toBe(`${message}: `);
      expect(apply.message).toContain(said);
      expect(apply.stderr).toContain(said);
      // Nothing of any worker is withheld.
      expect(stderr.split(said).length - 1).toBeGreaterThanOrEqual(3);
    }
    expect(map).toMatchObject(BROKEN);
    expect(later).toMatchObject({ code: 'ERR_MP_BROKEN_POOL' });
    expect(stats.pending).toBe(0);
    expect(joined).toBe(true);
  });
});
