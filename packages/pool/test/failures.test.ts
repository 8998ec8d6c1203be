import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck } from '@mp/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

const DIED = 'ERR_MP_WORKER_DIED';

describe.each(KINDS)('a job in a pool of kind %s', (kind) => {
  async function scene(name: string) {
    const folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { lines, stderr, code } = await run('failures.mjs', { kind, args: [name, folder] });
    expect(code, stderr).toBe(0);
    return lines;
  }

  it('fails alone, wherever on its way something breaks', async () => {
    expect(await scene('matrix')).toEqual([
      ['ERR_MP_SERIALIZATION', 'encode'],
      ['ERR_MP_SERIALIZATION', 'decode'],
      [DIED, 'none'],
      ['ERR_MP_SERIALIZATION', 'encode'],
      [DIED, 'none'],
      ['ERR_MP_SERIALIZATION', 'decode'],
      true,
      true,
    ]);
  });

  it('with arguments larger than any pipe does not hang when its worker dies', async () => {
    expect(await scene('large arguments')).toEqual([9, true]);
  });

  it('whose worker ends is told how', async () => {
    expect(await scene('ends')).toEqual([
      [DIED, 3, 'exitWith', 'none'],
      [DIED, 0, 'exitWith', 'none'],
      [DIED, 1, 'throwInTimer', 'in a timer'],
      9,
      true,
    ]);
  });

  it('takes only itself along when it ends its worker; the others run once', async () => {
    expect(await scene('among many')).toEqual([Array(10).fill('exitWith'), [590, 590], true]);
  });

  it('that ends its worker while the pool closes does not stop the others', async () => {
    expect(await scene('as it closes')).toEqual([[DIED, 9, [0, 1, 4, 9, 16]], true]);
  });

  it('throws an error with its class, its own properties, its cause and its stack', async () => {
    expect(await scene('errors')).toEqual([[true, 'deep', { facts: 1 }, true], [true, true], true]);
  });

  it('waits for a worker while there are no more', async () => {
    expect(await scene('saturation')).toEqual([[2, 28, 30], 1, true]);
  });

  it('may be cancelled just before the pool closes', async () => {
    expect(await scene('cancelled before the end')).toEqual([[40, 10], true]);
  });

  it('is done before a program ends that never closed its pool', async () => {
    expect((await scene('not closed at the end')).toSorted()).toEqual(['done', 2].toSorted());
  });
});
