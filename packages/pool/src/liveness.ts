import { readFileSync } from 'node:fs';
import { childHasEnded, thisAgent } from '@mp/core/internal';

/** A thread that blocks learns in no other way that a thread ended before it began: it takes no longer to begin. */
const START_MS = 60_000;

/**
 * Whether a worker has died, for a thread that blocks and so hears of no exit.
 *
 * @param agent of the worker, 0 before it is up
 * @param born when it was started, as `performance.now()`
 */
export function isDead(
  kind: 'process' | 'thread',
  pid: number | undefined,
  agent: number,
  born: number,
): boolean {
  if (agent !== 0) return !thisAgent().isAlive(agent);
  if (kind === 'thread') return performance.now() > born + START_MS;
  return pid !== undefined && childHasEnded(pid);
}

/** Bytes of memory that a process has; `undefined` where that is not known. */
export function memoryOf(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return undefined;
  }
}
