import { leakCheck } from '@mp/testing';
import { expect, it } from 'vitest';
import { KINDS, runKind } from './program.ts';

leakCheck();

it.each(KINDS)(
  'fifty children (%s) leave no descriptor, no zombie, no file and no mapping behind',
  async (kind) => {
    const { lines, stderr } = await runKind(kind)('fifty.mjs', { args: ['50'], execArgv: ['--expose-gc'] });
    expect(lines, stderr).toHaveLength(1);
    const [before, after] = lines[0];
    expect(after).toEqual(before);
    expect(after.children).toBe(0);
  },
);
