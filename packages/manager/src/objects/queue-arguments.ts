/* Checks of what a queue gets of a client. */

const LARGEST = 2 ** 30;

/** @throws TypeError, RangeError */
export function limitOf(name: string, value: unknown): number {
  if (value === undefined || value === null || value === Infinity) return Infinity;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not a ${typeof value}`);
  if (Number.isInteger(value) && value >= 1 && value <= LARGEST) return value;
  throw new RangeError(
    `${name} must be a whole number from 1 to ${LARGEST}, not ${value}; leave it out for no limit`,
  );
}

/** A limit that is asked for of a queue that exists; `undefined` = whatever it has. @throws TypeError, RangeError */
export function askedLimit(name: string, value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : limitOf(name, value);
}

/** @throws RangeError */
export function checkMost(most: unknown): asserts most is number {
  if (Number.isInteger(most) && (most as number) >= 1 && (most as number) <= LARGEST) return;
  throw new RangeError(`most must be a whole number from 1 to 2^30, not ${String(most)}`);
}
