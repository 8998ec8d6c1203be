import { leakCheck } from '@mp/testing';
import { expect, it } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

/** As many as a small machine has memory for. */
const MANY = { process: 16, thread: 40 };

it.each(KINDS)('a pool of many workers of kind %s', { timeout: 120_000 }, async (kind) => {
  const { lines, stderr } = await run('large.mjs', { kind, args: ['many workers', `${MANY[kind]}`] });
  expect(stderr).toBe('');
  expect(lines).toEqual([MANY[kind], 332_833_500, true]);
});

it.each(KINDS)('a pool of kind %s keeps neither arguments nor results', async (kind) => {
  const execArgv = ['--expose-gc'];
  const { lines, stderr } = await run('large.mjs', { kind, args: ['nothing is kept'], execArgv });
  expect([stderr, lines]).toEqual(['', [true, true]]);
});
