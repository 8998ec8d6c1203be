import { setTimeout as delay } from 'node:timers/promises';
import { PATIENCE } from './patience.ts';

const EVERY_MS = 5;

/**
 * Waits until `check` answers something truthy, and answers that. For what no event announces.
 *
 * @param what what is waited for, as the failure will name it: `'the lock is free'`
 * @param check asked every few milliseconds; what it throws counts as "not yet"
 * @param options `within`: milliseconds until the test fails, default 10,000; `MP_TEST_PATIENCE` multiplies it
 * @throws Error naming `what` and the last answer
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  { within = 10_000 }: { within?: number } = {},
): Promise<T> {
  const limit = within * PATIENCE;
  const end = performance.now() + limit;
  for (;;) {
    let last: unknown;
    let cause: unknown;
    try {
      const answer = await check();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      cause = error;
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`Not within ${limit} ms: ${what}. The last answer was ${String(last)}`, { cause });
    }
    await delay(EVERY_MS);
  }
}
