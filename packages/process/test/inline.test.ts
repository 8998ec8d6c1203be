import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { KINDS, runKind } from './program.ts';

leakCheck();

describe.each(KINDS)('a function sent as text to a %s', (kind) => {
  const scene = async (name: string) => (await runKind(kind)('inline.mjs', { args: [name] })).lines;

  it('runs with its arguments, and what it imports itself', async () => {
    expect(await scene('runs')).toEqual([['arrow', { of: 1 }], ['b', 'named'], true]);
  });

  it('sees nothing of what is around it here', async () => {
    expect(await scene('sees nothing')).toEqual([[1, 'ReferenceError', 'there is not defined']]);
  });
});

it('what cannot be sent as text is refused', async () => {
  const { lines } = await runKind('Process')('inline.mjs', { args: ['refused'] });
  const onlyThese = 'only an arrow function, or one made with "function", can be sent as text';
  expect(lines).toEqual([
    'Cannot inline A: a class needs its module; use task()',
    `Cannot inline method: ${onlyThese}`,
    `Cannot inline get answer: ${onlyThese}`,
    `Cannot inline bound method: ${onlyThese}`,
    `Cannot inline max: ${onlyThese}`,
    'inline() needs a function, not string',
    'inline() needs a function, not null',
    'inline() needs a function, not undefined',
  ]);
});
