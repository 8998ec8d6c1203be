import { UnseenErrors, WorkResult } from '@mp/core/internal';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('errors of one pool that nobody looks at are one warning, which has the stack of the first', async () => {
  const program = spawnFixture(new URL('./fixtures/unseen.mjs', import.meta.url), {
    execArgv: ['--no-warnings'],
  });
  const [seen, warning] = await program.rest();
  expect((await program.exited).code).toBe(0);
  expect([seen, JSON.parse(warning)]).toEqual([
    'no 2',
    {
      code: 'MP_UNSEEN_ERROR',
      message: 'Nobody looked at the error of a pool result (and 1 more): RangeError: no 1',
      hasStack: true,
    },
  ]);
});

test('a result that follows a signal ends with its reason, and gives the work up once', async () => {
  const reasons: unknown[] = [];
  const stop = new AbortController();
  const made = () => new WorkResult<number>(new UnseenErrors(), (reason) => reasons.push(reason));
  const [early, late] = [made(), made()];
  early.follow(stop.signal);
  stop.abort(new Error('enough'));
  late.follow(stop.signal);
  for (const each of [early, late]) {
    expect([each.ready, each.cancel()]).toEqual([true, false]);
    await expect(each).rejects.toBe(stop.signal.reason);
  }
  expect(reasons).toEqual([stop.signal.reason, stop.signal.reason]);
  expect(await early.wait()).toBe(true);
});
