/** The shortest lease: a renewal takes a round trip, and a busy machine is late by some tens of ms. */
const LEAST_MS = 100;
const MOST_MS = 24 * 3_600_000;

/**
 * @param what needs it, as in `the lock "a"`
 * @throws TypeError, RangeError unless it is a number of ms from 100 to a day
 */
export function checkTtl(ttl: unknown, what: string): asserts ttl is number {
  if (typeof ttl !== 'number')
    throw new TypeError(
      `${what} needs a ttl, in ms: how long it stays with a holder that is dead or cut off, as in { ttl: 10_000 }`,
    );
  if (!(ttl >= LEAST_MS && ttl <= MOST_MS))
    throw new RangeError(`ttl must be ${LEAST_MS} to ${MOST_MS} ms, not ${ttl}`);
}
