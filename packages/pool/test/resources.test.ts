import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

describe.each(KINDS)('shared objects, workers of kind %s,', (kind) => {
  it.each([
    ['arguments', [Array(4).fill('hello, too')]],
    ['closed at once', [4]],
    ['results', [['one', 'two', 'three']]],
    ['tried again', ['hello, too']],
    ['dropped', ['ERR_MP_WORKER_DIED', 'ERR_MP_SERIALIZATION', 'ERR_MP_CLOSED']],
  ])('in work: %s; nothing of them is left', async (scene, said) => {
    const { lines, stderr } = await run('handles.mjs', { kind, args: [scene] });
    expect(lines, stderr).toEqual([...said, []]);
  });
});

it('a full segment directory rejects what does not fit, and the pool stays usable', async ({ skip }) => {
  const { lines, stderr } = await run('in-small-directory.mjs');
  if (lines[0]?.cannotMount !== undefined) {
    console.warn(
      `NOT TESTED: a pool in a full directory, for this machine lets nobody mount one: ${lines[0].cannotMount}`,
    );
    skip();
  }
  expect(lines, stderr).toEqual([
    4,
    'ERR_MP_NO_SPACE',
    ['ERR_MP_NO_SPACE', 'none'],
    'ERR_MP_NO_SPACE',
    'ERR_MP_NO_SPACE',
    [10, 20],
    'ERR_MP_NO_SPACE',
    'ERR_MP_NO_SPACE',
    0,
    [],
  ]);
});

describe('a script without a guard', () => {
  it.each(['at once', 'later'])(
    'is refused in the workers of its pool when it makes a pool %s',
    async (when) => {
      const { lines, code } = await run('unguarded.mjs', { env: { WHEN: when } });
      expect(code).toBe(0);
      expect(lines.filter((line) => line === 'makes a pool').length).toBeLessThanOrEqual(3);
      const { error } = lines.at(-1);
      const found = when === 'at once' ? error : error.cause;
      expect(found).toMatchObject({
        code: 'ERR_MP_UNGUARDED_MAIN',
        message: expect.stringContaining('isMain(import.meta)'),
      });
    },
  );
});
