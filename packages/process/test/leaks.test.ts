import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { KINDS, runKind } from './program.ts';

leakCheck();

/** More for a long run: MP_TEST_CHILDREN=1000 npm test -- packages/process/test/leaks */
const COUNT = process.env.MP_TEST_CHILDREN ?? '50';

describe.each(KINDS)(`children (%s, ${COUNT} of them)`, (kind) => {
  it.each(['0', '2'])(
    'leave no descriptor, no zombie, no file and no mapping behind, with %s spares',
    async (spares) => {
      const args = [COUNT, spares];
      const { lines, stderr } = await runKind(kind)('many.mjs', { args, execArgv: ['--expose-gc'] });
      expect(lines, stderr).toHaveLength(1);
      const [before, after] = lines[0];
      expect(after).toEqual(before);
      expect(after.children).toBe(0);
    },
    Number(COUNT) * 1_000 + 30_000,
  );
});
