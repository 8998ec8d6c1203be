import type { Fixture } from '@mp/testing';
import { expect, test } from 'vitest';

/** A program that gives work to a pool, for one test: with all that it needs it ends with that. */
export interface Given extends AsyncDisposable {
  readonly giver: Fixture;
}

/**
 * What every pool promises, of one machine or of many. Most of these tests run side by side.
 *
 * @param give starts `site-pool/giver.mjs` with a pool that works: of two workers, or of so many
 */
export function poolSuite(give: (what: string, workers?: number) => Promise<Given>): void {
  async function said(what: string, workers?: number): Promise<unknown> {
    await using given = await give(what, workers);
    const { giver } = given;
    const found = JSON.parse(await giver.line());
    expect([await giver.exited, giver.stderr]).toEqual([{ code: 0, signal: null }, '']);
    return found;
  }

  test.concurrent('apply, map, starmap and loops', async () => {
    expect(await said('calls')).toMatchObject({
      applied: 3,
      mapped: [1, 4, 9],
      starmapped: [3, 7],
      many: 41_541_750,
      done: [1, 2, 3].map((done) => ({ done, total: 3 })),
      some: [0, 1, 4, 9, 16],
      unordered: [1, 4, 9],
      early: [false, 5, true],
    });
  });

  test.concurrent('errors, limits, retries', async () => {
    expect(await said('failures')).toMatchObject({
      thrown: { name: 'RangeError', message: '-1 is negative', x: -1, isRange: true },
      mapped: { message: '-2 is negative' },
      late: { code: 'ERR_MP_TIMEOUT' },
      argument: { code: 'ERR_MP_SERIALIZATION', path: 'args[1].f' },
      retries: { name: 'TypeError' },
      flaky: 3,
      tries: 3,
      after: 2,
    });
  });

  test.concurrent('progress; what a listener throws fails the call', async () => {
    expect(await said('progress')).toMatchObject({
      value: 5,
      seen: [1, 2, 3, 4, 5],
      failed: { message: 'enough' },
    });
  });

  test.concurrent('a call that is cancelled is rejected at once, and its task is told', async () => {
    expect(await said('cancel')).toMatchObject({
      cancelled: [true, false],
      error: { message: 'changed my mind' },
      lines: ['begun', 'stopped AbortError'],
      aborted: { message: 'stop' },
      after: 2,
    });
  });

  // The first call is to compute still when the others come: no other test may take the processor.
  test('of calls that wait, that of the lowest priority is done first', async () => {
    expect(await said('priorities', 1)).toEqual({ order: ['first', 'middle', 'last'] });
  });
}
