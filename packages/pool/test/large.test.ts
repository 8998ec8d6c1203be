import { leakCheck } from '@mp/testing';
import { expect, it } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

/** As many as a small machine has memory for. */
const MANY = { process: 16, thread: 40 };

it.each(KINDS)('a pool of many workers of kind %s', async (kind) => {
  const { lines, stderr } = await run('large.mjs', { kind, args: ['many workers', `${MANY[kind]}`] });
  expect(stderr).toBe('');
  expect(lines).toEqual([MANY[kind], 332_833_500, true]);
});

const ends = (...values: number[]) => values.map((value) => [LARGE, value, value]);
const LARGE = 5 << 20;

it.each(KINDS)('a large argument of a pool of kind %s is as it was at the call', async (kind) => {
  const { lines, stderr } = await run('large.mjs', { kind, args: ['changed arguments'] });
  expect(stderr).toBe('');
  const rounds = [1, 2, 3].map((round) => [
    [LARGE, round, round],
    [7, 'b', 'n'],
    [LARGE / 8, round / 4, round / 4],
    [6, 'b', 'd'],
  ]);
  expect(lines).toEqual([rounds, [true, LARGE / 8, 9, 'whole'], ends(9), [], true]);
});

it('a large argument of a job that is sent at once is not copied in its own process', async () => {
  const { lines, stderr } = await run('large.mjs', { args: ['not copied here'] });
  const length = 16 * LARGE;
  expect([stderr, lines]).toEqual([
    '',
    [
      true,
      [
        [length, 1, 1],
        [length - 3, 1, 1],
      ],
      true,
    ],
  ]);
});

it('a large argument goes to another worker when the first dies before it has begun', async () => {
  const { lines, stderr } = await run('large.mjs', { args: ['not begun'] });
  expect([stderr, lines]).toEqual(['', ['ERR_MP_WORKER_DIED', ends(1), [], true]]);
});

it.each(KINDS)('large arguments that a pool of kind %s takes back', async (kind) => {
  const { lines, stderr } = await run('large.mjs', { kind, args: ['taken back'] });
  expect([stderr, lines]).toEqual([
    '',
    [[1, 2, 3, 4].map((round) => ends(round)), ['slow', 'short'], [], true],
  ]);
});

it('a large argument is let go of when its worker has it', async () => {
  const { lines, stderr } = await run('large.mjs', { args: ['let go'] });
  expect([stderr, lines]).toEqual(['', [true, 'let go', true]]);
});

it.each(KINDS)('a pool of kind %s keeps neither arguments nor results', async (kind) => {
  const execArgv = ['--expose-gc'];
  const { lines, stderr } = await run('large.mjs', { kind, args: ['nothing is kept'], execArgv });
  expect([stderr, lines]).toEqual(['', [true, true]]);
});
