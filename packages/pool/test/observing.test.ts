import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

describe.each(KINDS)('a pool of workers of kind %s', (kind) => {
  async function scene(name: string) {
    const { lines, stderr, code } = await run('observing.mjs', { kind, args: [name] });
    expect(code, stderr).toBe(0);
    expect(stderr).toBe('');
    return lines;
  }

  it('tells when a worker comes up, when one dies, and when nothing is left to do', async () => {
    expect(await scene('events')).toEqual([
      ['PoolWorker-1 number', 'PoolWorker-2 number', 'drain'],
      ['ERR_MP_WORKER_DIED 3 exitWith', 'PoolWorker-3 number', 'drain'],
      ['drain'],
      // A task set the exit code of its process: no death.
      ['drain'],
      [],
    ]);
  });

  it('is not hit by what a listener throws', async () => {
    expect((await scene('a listener that throws')).toSorted()).toEqual([4, 'of a listener', true]);
  });

  it('counts what it does and has done', async () => {
    expect(await scene('stats')).toEqual([
      [2, 0, 0, 0, 0, 0],
      [3, 1, 2, ['sleep', 'sleep']],
      [0, 5, 2, true],
      [7, true, 7, true],
      kind === 'process' ? [true, true] : ['unknown', 'unknown'],
    ]);
  });

  it('can be traced through diagnostics_channel', async () => {
    expect(await scene('tracing')).toEqual([
      [
        ['start', 'square', 1],
        ['asyncEnd', true, 1],
        ['start', 'failing', 1],
        ['error', 'no x'],
        ['asyncEnd', true, 1],
        ['start', 'same', 3],
        ['asyncEnd', true, 1],
      ],
      true,
    ]);
  });

  it('carries the stores that it was told to, and a traceparent', async () => {
    const nobody = ['nobody', 'nobody', 'none'];
    expect(await scene('context')).toEqual([
      nobody,
      [{ user: 'ada' }, 'nobody', '00-ab-cd-01'],
      nobody,
      [
        ['bob', 'nobody', 'none'],
        ['bob', 'nobody', 'none'],
      ],
      'ERR_MP_SERIALIZATION',
      nobody,
      [1, 2, 3, 4, 5],
      'TypeError',
      'TypeError',
      'TypeError',
      ['eve', 'nobody', 'none'],
    ]);
  });
});
