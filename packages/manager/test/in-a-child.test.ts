import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { run } from './program.ts';

leakCheck();

test('a child uses a container of each type, and queues; its parent sees the change', async () => {
  const { stderr, ...said } = await run('in-a-child.mjs', 'use');
  expect(said, stderr).toEqual({
    exitCode: 0,
    list: ['of the child'],
    dict: [['by', 'the child']],
    set: [5, 6],
    value: 2,
    array: [7, 1],
    x: 8,
    size: 0,
    code: 0,
  });
});
