import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

const squares = (count: number) => Array.from({ length: count }, (_, i) => i * i);

describe.each(KINDS)('a pool of workers of kind %s', (kind) => {
  /** Runs a scene. @returns what it printed, once it has ended well */
  async function scene(name: string) {
    const { lines, stderr, code } = await run('results.mjs', { kind, args: [name] });
    expect(code, stderr).toBe(0);
    expect(stderr).toBe('');
    expect(lines.pop()).toBe(true);
    return lines;
  }

  it('apply() answers what the task answers, and takes its arguments at once', async () => {
    expect(await scene('apply')).toEqual([49, 49, [], [1, 'two', [3]], true, true, null, [1]]);
  });

  it('objects of some shapes come as they were, also by way of workers that start later', async () => {
    expect(await scene('shapes')).toEqual([true, true, 300]);
  });

  it('map() answers in the order of the items, in whatever chunks', async () => {
    const sum = squares(20_000).reduce((total, x) => total + x, 0);
    expect(await scene('map')).toEqual([
      squares(10),
      squares(100),
      squares(7),
      squares(3),
      [1, 4, 9],
      [true, true],
      [null, [null], 'x'],
      { done: 5, total: 5 },
      3,
      sum,
    ]);
  });

  it('imapUnordered() answers each item once', async () => {
    expect(await scene('imap')).toEqual([squares(10), squares(50), squares(5), 1000]);
  });

  it('has nothing to do for empty iterables', async () => {
    expect(await scene('empty')).toEqual([[], [], [], []]);
  });

  it('rejects with the error of an iterable, after what came before it, and stays usable', async () => {
    const error = expect.objectContaining({ class: 'RangeError', message: 'of the iterable' });
    const lines = await scene('throwing iterables');
    for (const { found } of lines) found?.sort();
    expect(lines).toEqual([
      { error },
      { found: [], error },
      { error },
      { found: [0, 1, 2], error },
      { found: [0, 1, 2, 3, 4, 5, 6], error },
      { found: [], error: expect.objectContaining({ message: 'at once' }) },
      {
        found: [],
        error: expect.objectContaining({ class: 'TypeError', message: expect.stringMatching(/answered 5/) }),
      },
      4,
    ]);
  });

  it('takes and gives values of any size', async () => {
    expect(await scene('large')).toEqual([9 << 20, true, Array(6).fill(3 << 20), true]);
  });

  it('refuses at once what is no task and no list of items, and stays usable', async () => {
    const lines = await scene('refused');
    expect(lines.pop()).toBe(4);
    const messages = [
      /TypeError fn must be a task: another process cannot see the function/,
      /TypeError fn must be a task, not undefined/,
      /TypeError args must be an array, not a string/,
      /TypeError args must be an array, not a object/,
      /TypeError items must be iterable; a number is not/,
      /TypeError items must be iterable; a undefined is not/,
      /RangeError chunkSize must be a whole number from 1 to 1073741824, not 0/,
      /RangeError chunkSize .* not 1\.5/,
      /TypeError chunkSize must be a number, not string/,
      /TypeError options must be an object/,
      /TypeError onProgress must be a function, not a number/,
      /TypeError items must be iterable at once; for an async iterable there are imap\(\) and imapUnordered\(\)/,
      /TypeError items must be iterable; null is not/,
      /RangeError buffer .* not NaN/,
      /TypeError fn must be a task/,
    ];
    expect(lines).toHaveLength(messages.length);
    for (const [index, { name, message }] of lines.entries())
      expect(`${name} ${message}`).toMatch(messages[index]);
  });
});
