import { checkOptions } from '@mp/core/internal';
import { assertGuarded } from './import-scope.ts';
import { spareProcesses } from './process.ts';
import { spareThreads } from './thread.ts';

/** How many spares {@link keepSpares} keeps. */
export interface SpareCounts {
  /** Default: 0. */
  processes?: number | undefined;
  /** Default: 0. */
  threads?: number | undefined;
}

/**
 * Keeps this many processes and threads ready from now on: started, with everything loaded but the module of a task.
 * `start()` then takes one of them and costs milliseconds; it is replaced a moment later. What Python's `forkserver`
 * does with a process to fork from, as Node cannot fork.
 *
 * A spare is not a child yet: it does not keep this process alive, and ends with this process or thread, however that
 * ends. It is used for children without options of their own (`env`, `execArgv`, `cwd`, `stdio`, `resourceLimits`),
 * as long as this process has the environment and the directory that it had when the spare was started; others are
 * started as always. An idle spare takes the memory of a child that does nothing, and looks up 40 times a second.
 *
 * @param counts how many of each; what is left out is 0: `keepSpares({})` ends all of them
 * @throws TypeError, RangeError when a count is no whole number from 0
 * @throws MpError `ERR_MP_NO_SPACE` when the segment directory is full, `ERR_MP_UNGUARDED_MAIN` when a child calls it
 * while it still imports the module of its task
 *
 * @example
 * ```js
 * import { isMain, keepSpares, Process, task } from '@mp/process';
 *
 * export const work = task(import.meta, () => {});
 *
 * if (isMain(import.meta)) {
 *   keepSpares({ processes: 1 });
 *   const child = new Process({ target: work });
 *   child.start();
 *   await child.join();
 *   console.log(child.exitCode); // 0
 * }
 * ```
 */
export function keepSpares(counts: SpareCounts): void {
  checkOptions(counts, 'keepSpares()', ['processes', 'threads']);
  const processes = checkCount('processes', counts.processes);
  const threads = checkCount('threads', counts.threads);
  assertGuarded('spares');
  spareProcesses().keep(processes);
  spareThreads().keep(threads);
}

function checkCount(what: string, count = 0): number {
  if (typeof count !== 'number') throw new TypeError(`${what} must be a number, not a ${typeof count}`);
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RangeError(`${what} must be a whole number from 0, not ${count}`);
  return count;
}
