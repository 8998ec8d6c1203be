import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck } from '@mp/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

const squares = (count: number) => Array.from({ length: count }, (_, i) => i * i);

describe.each(KINDS)('a thread that blocks for a %s', (kind) => {
  async function scene(name: string) {
    const folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { lines, stderr, code } = await run('blocking.mjs', { kind, args: [name, folder] });
    expect(code, stderr.slice(-2000)).toBe(0);
    expect(lines.pop()).toBe(true);
    return { lines, stderr };
  }

  it('may be that of a listener', async () => {
    const { lines } = await scene('in a listener');
    expect(lines).toEqual(['told', 16, 25, 'told', [1, 4, 9], 36]);
  });

  it('gets what a task answers', async () => {
    const { lines } = await scene('values');
    expect(lines).toEqual([49, 49, true, squares(10), squares(10), [], [1, 4], 3 << 20]);
  });

  it('gets what it throws, and what is wrong with the call', async () => {
    expect((await scene('errors')).lines).toEqual([
      'no x',
      'odd: 3',
      'ERR_MP_SERIALIZATION',
      'TypeError',
      'TypeError',
      'TypeError',
      'RangeError',
      4,
      'ERR_MP_CLOSED',
    ]);
  });

  it('goes on at its deadline, and a deaf worker costs the next call only the grace', async () => {
    expect((await scene('timeouts')).lines).toEqual([
      {
        name: 'TimeoutError',
        code: 'ERR_MP_TIMEOUT',
        message: expect.stringContaining('did not end before the timeout'),
      },
      'ERR_MP_TIMEOUT',
      'ERR_MP_TIMEOUT',
      9,
      'ERR_MP_TIMEOUT',
    ]);
  });

  it('hears of a death, and what had not begun runs elsewhere', async () => {
    expect((await scene('deaths')).lines).toEqual([
      ['ERR_MP_WORKER_DIED', true],
      9,
      'ERR_MP_WORKER_DIED',
      [0, 1, 4, 9, 16],
      20,
      true,
      3,
    ]);
  });

  it('does not disturb calls that wait, nor a pool within a task', async () => {
    expect((await scene('among others')).lines).toEqual([2500, 50, 25]);
  });

  it('reads what the worker writes to standard error meanwhile', async () => {
    const { lines, stderr } = await scene('a task that writes much to standard error');
    expect(lines).toEqual([1 << 20]);
    expect(stderr).toBe(`${'x'.repeat(1 << 20)}\n`);
  });

  it('learns that workers cannot come up, or that one did not', async () => {
    expect((await scene('init')).lines).toEqual(['set', ['ERR_MP_BROKEN_POOL', 'of init'], 16, 25]);
  });

  it('starts no more workers than there may be because jobs were taken back', async () => {
    expect((await scene('after a call was taken back')).lines).toEqual(['ERR_MP_TIMEOUT', 16, 1, 4]);
  });

  it('starts a worker when there is none', async () => {
    expect((await scene('as soon as it is made')).lines).toEqual([0, 9, true, 1]);
  });
});
