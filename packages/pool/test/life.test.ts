import { Pool } from '@mp/pool';
import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

const CLOSED = expect.objectContaining({
  name: 'ClosedError',
  message: 'Cannot give work to the pool: it was closed',
});

describe.each(KINDS)('workers of kind %s:', (kind) => {
  async function scene(name: string, code = 0) {
    const said = await run('life.mjs', { kind, args: [name] });
    expect(said.code, said.stderr).toBe(code);
    expect(said.stderr).toBe('');
    return said.lines;
  }

  describe('a pool that is closed', () => {
    it('does what it was given, takes no more, and can be joined then', async () => {
      expect(await scene('closed')).toEqual([
        'Cannot join a pool that takes work: close() or terminate() it first',
        CLOSED,
        CLOSED,
        CLOSED,
        false,
        'TimeoutError',
        ['a', 'b', [1, 2, 3]],
        true,
        true,
        expect.objectContaining({ workers: [], pending: 0, queued: 0, running: 0 }),
      ]);
    });

    it('ends at once when there is nothing to do', async () => {
      expect(await scene('close with nothing to do')).toEqual([true]);
    });

    it('goes on for a loop that has begun, and not for one that has not', async () => {
      expect(await scene('close within a loop')).toEqual([78, 'ERR_MP_CLOSED', true]);
    });

    it('by the end of its scope has done everything', async () => {
      expect(await scene('disposed')).toEqual([[true, true, 'done'], 'ERR_MP_CLOSED']);
    });
  });

  describe('a pool that is terminated', () => {
    it('rejects everything and ends its workers, whatever is queued', async () => {
      expect(await scene('terminated')).toEqual([
        'grace must be a number of milliseconds, not a string',
        ['ERR_MP_CLOSED'],
        'ERR_MP_CLOSED',
        expect.objectContaining({ message: 'Cannot give work to the pool: it was terminated' }),
        true,
        expect.objectContaining({ workers: [], pending: 0, queued: 0, running: 0 }),
      ]);
    });

    it('does so while its workers start', async () => {
      expect(await scene('terminated while it starts')).toEqual(['ERR_MP_CLOSED']);
    });

    it('ends a loop whose source was slow', async () => {
      expect(await scene('terminated in a loop over a slow source')).toEqual([1, 'ERR_MP_CLOSED']);
    });
  });

  describe('a program', () => {
    it('ends when it never closes its pool', async () => {
      expect(await scene('never closed')).toEqual([[1, 4, 9]]);
      expect(await scene('never used')).toEqual([]);
    });

    it('ends in the middle of work when it says so', async () => {
      expect(await scene('exits with work under way', 3)).toEqual([]);
    });

    it('does not end before its work is done', async () => {
      expect(await scene('is waited for')).toEqual(['slept']);
    });
  });

  it('a pool has the workers it was told to have, and tells of them', async () => {
    expect(await scene('workers')).toEqual([
      3,
      3,
      ['PoolWorker-1', 'PoolWorker-2', 'PoolWorker-3'],
      true,
      true,
      [['sleep'], 1],
    ]);
  });

  it('a task may have a pool of its own, and a child too', async () => {
    expect(await scene('nested')).toEqual([[5, 25]]);
    expect(await scene('in a child')).toEqual([[1, 4], 0]);
  });

  describe('imapUnordered()', () => {
    it('reads an endless source only a little ahead, and leaves it with the loop', async () => {
      expect(await scene('left loops')).toEqual([[20, true, true], { done: false, value: [1] }]);
    });

    it('does not keep join() waiting when nobody takes its results, and loses none', async () => {
      expect(await scene('an iteration that nobody goes on with')).toEqual([true, true]);
    });

    it('yields results while its source waits', async () => {
      expect(await scene('a source that waits for results')).toEqual([10]);
    });
  });

  it('an AsyncResult tells whether it is ready, waits, and answers as often as asked', async () => {
    expect(await scene('results')).toEqual([
      false,
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('not ready') }),
      false,
      false,
      'ERR_MP_TIMEOUT',
      expect.objectContaining({ name: 'TimeoutError', message: 'The result is not ready after 5 ms' }),
      'TimeoutError',
      'why',
      'TypeError',
      'slept',
      [true, true, true, 'slept', 'slept'],
      true,
      false,
      'no x',
      'finally',
      'rejected',
    ]);
  });
});

describe('Pool() refuses', () => {
  it.each([
    [0, RangeError],
    [-1, RangeError],
    [0.5, RangeError],
    [Number.NaN, RangeError],
    [Infinity, RangeError],
    [1025, RangeError],
    ['12', TypeError],
    [null, TypeError],
    [true, TypeError],
  ])('%o workers', (workers, kind) => {
    expect(() => new Pool({ workers } as never)).toThrow(kind);
    expect(() => new Pool({ workers } as never)).toThrow(/^workers must be a (whole )?number/);
  });

  it.each([[null], [4], [() => {}]])('%o as options', (options) => {
    expect(() => new Pool(options as never)).toThrow(/options must be an object/);
  });
});

it('the workers of a pool end with its thread, though the process lives on', async () => {
  const { lines, stderr } = await run('pool-in-thread.mjs');
  expect(lines, stderr).toEqual([2, 'gone']);
});
