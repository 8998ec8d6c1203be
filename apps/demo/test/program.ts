import { type Fixture, spawnFixture } from '@mp/testing';
import { MAIN } from './tour.ts';

/** What is changed in the environment of a program. */
type Environment = Record<string, string | undefined>;

/** Runs a command of the demo to its end. */
export async function demo(args: readonly string[], env: Environment = {}) {
  const run = spawnFixture(MAIN, { args, env });
  const lines = await run.rest();
  const { code } = await run.exited;
  return { code, lines, stderr: run.stderr };
}

/** Begins a command as a terminal does: in a process group of its own, see {@link ctrlC}. */
export function inTerminal(args: readonly string[], env: Environment = {}): Fixture {
  return spawnFixture(MAIN, { args, env, prefix: ['setsid'] });
}

/** Tells every process of the group to end, as a terminal does. How it ended says whether it was there to be told. */
export async function ctrlC(run: Fixture) {
  try {
    process.kill(-run.pid, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  return run.exited;
}

/** Reads lines until one matches. @returns what was found */
export async function lineLike(run: Fixture, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = pattern.exec(await run.line());
    if (found !== null) return found;
  }
}
