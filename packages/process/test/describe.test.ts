import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('the line to a spare tells who keeps it, and whether it is up', async () => {
  const program = spawnFixture(new URL('fixtures/spare-described.mjs', import.meta.url));
  const { agent, first, last } = JSON.parse(await program.line());
  const keeper = { agent, role: 'keeper', count: 1 };
  expect(first).toMatchObject({ state: 'starting', holders: [keeper] });
  expect(last).toMatchObject({
    state: 'ready',
    holders: [keeper, { agent: expect.any(Number), role: 'spare', count: 1 }],
    waiters: [{ agent: last.holders[1].agent, for: 'receive orders' }],
  });
  expect((await program.exited).code).toBe(0);
});
