import { leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

describe.each(KINDS)('a worker that is a %s', (kind) => {
  test('tells whose it is, and what it has begun and ended', async () => {
    const { lines, stderr, code } = await run('described.mjs', { kind });
    expect([code, stderr]).toEqual([0, '']);
    const [{ agent, idle, busy }] = lines;
    const roles = [
      { agent, role: 'pool', count: 1 },
      { agent: expect.any(Number), role: 'worker', count: 1 },
    ];
    expect(idle).toMatchObject({
      state: 'idle',
      holders: roles,
      counters: { begun: 1, ended: 1 },
      details: { pool: 1, takenBack: false },
    });
    expect(busy).toMatchObject({ state: 'busy', holders: roles, counters: { begun: 2, ended: 1 } });
  });
});
