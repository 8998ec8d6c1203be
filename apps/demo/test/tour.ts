import { spawnFixture } from '@mp/testing';

/** The demo as it is built. */
export const MAIN = new URL('../dist/main.js', import.meta.url);

/** Runs the tour as `npm run demo -- tour …` does. */
export async function tour(...args: string[]) {
  const run = spawnFixture(MAIN, { args: ['tour', ...args] });
  const lines = await run.rest();
  const { code } = await run.exited;
  return { code, lines, stderr: run.stderr };
}
