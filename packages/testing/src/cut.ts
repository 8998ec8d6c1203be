import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { cutCopyOf } from './cut-copies.ts';
import { type Fixture, spawnFixture } from './fixture.ts';
import { sampler } from './sample.ts';

/*
 * A structure that survives a kill must survive it after every single store. This runs a fixture again and again, with
 * copies of the built packages in which each store to memory or to the segment directory is counted, and kills it with
 * SIGKILL right after the first, the second, … store of the operation that it performs between `cutAfter(n)` and
 * `cutNever()`, until it was not killed any more: then every store was the last one once. `npm test` takes a sample of
 * the stores, see `sample.ts`.
 */

/** More stores than any operation has: a fixture that never gets through is an error. */
const MOST = 2_000;

/** What is told after each run. */
export interface Cut {
  /** After which store it was killed. */
  store: number;
  /** Whether it got through without being killed: the last run. */
  completed: boolean;
  /** What it had printed. */
  lines: string[];
}

/**
 * Runs `program` with `args` and the number of the store at which it has to die, for each store in turn.
 *
 * @param before makes the objects of one run; what it answers is added to the arguments
 * @param check looks at what the dead one left; called for each run
 * @param during what the test does while the fixture runs
 * @returns how many stores there were; a few more when only a sample of them was taken
 */
export async function cutAtEveryStore(
  program: URL,
  before: () => readonly string[] | Promise<readonly string[]>,
  check: (cut: Cut) => void | Promise<void>,
  during: (fixture: Fixture) => void | Promise<void> = () => {},
): Promise<number> {
  const copy = await cutCopyOf(program);
  const register = fileURLToPath(new URL('./cut-register.js', import.meta.url));
  const next = sampler(`${program} ${expect.getState().currentTestName}`);
  for (let store = 1; store <= MOST; store = next(store)) {
    const fixture = spawnFixture(copy, {
      args: [...(await before()), String(store)],
      execArgv: ['--import', register],
    });
    await during(fixture);
    const lines = await fixture.rest();
    const { code, signal } = await fixture.exited;
    if (signal !== 'SIGKILL' && code !== 0)
      throw new Error(`The fixture failed at store ${store}: ${fixture.stderr}`);
    await check({ store, completed: code === 0, lines });
    if (code === 0) return store - 1;
  }
  throw new Error(`The fixture was killed ${MOST} times and never got through`);
}
