import { leakCheck } from '@mp/testing';
import { expect, it } from 'vitest';
import { run } from './program.ts';

leakCheck();

it('fifty children leave no descriptor, no zombie, no file and no mapping behind', async () => {
  const { lines, stderr } = await run('fifty.mjs', { args: ['50'], execArgv: ['--expose-gc'] });
  expect(lines, stderr).toHaveLength(1);
  const [before, after] = lines[0];
  expect(after).toEqual(before);
  expect(after.children).toBe(0);
});
