/*
 * Exhaustive tests take long: `npm test` runs a sample of their cases, another one each time, and `.ci/run` all of them.
 *
 *   MP_TEST_ALL=1    every case
 *   MP_TEST_SEED=n   the sample of an earlier run, which printed `n`
 */

/** Whether every case is run: only then a test may expect that one of them was of a rare kind. */
export const runsAll = process.env.MP_TEST_ALL === '1';

/** So many cases at the beginning are always run: they differ most from each other, and most tests have no more. */
const FIRST = 8;
/** Of those that follow, one in four is run, on average. */
const GAP_MOST = 7;

/**
 * Tells which case to run after `index`.
 *
 * @param what names the test, so that tests of one run do not all leave out the same cases
 * @returns the next case of the sample: `index + 1` at least
 */
export function sampler(what: string): (index: number) => number {
  if (runsAll) return (index) => index + 1;
  let state = seedOf(what);
  return (index) => {
    if (index < FIRST) return index + 1;
    state = mixed(state);
    return index + 1 + ((state >>> 8) % GAP_MOST);
  };
}

/**
 * About half of some cases, and one at least, each of which takes long; all of them where every case is run.
 *
 * @param nameOf names a case: it decides whether this run's seed takes it
 */
export function sampled<T>(cases: readonly T[], nameOf: (each: T) => string): T[] {
  if (runsAll) return [...cases];
  const taken = cases.filter((each) => ((seedOf(nameOf(each)) >>> 8) & 1) === 0);
  return taken.length > 0 ? taken : cases.slice(0, 1);
}

/** A number that the seed of the run and a text make. */
function seedOf(what: string): number {
  let state = Number(process.env.MP_TEST_SEED ?? 0);
  for (const character of what) state = mixed(state + (character.codePointAt(0) as number));
  return state;
}

/** One step of a generator of pseudo-random numbers (a xorshift after a multiplication). */
function mixed(state: number): number {
  let next = Math.imul(state | 1, 0x9e3779b1) + 0x7f4a7c15;
  next ^= next << 13;
  next ^= next >>> 17;
  return next ^ (next << 5);
}
