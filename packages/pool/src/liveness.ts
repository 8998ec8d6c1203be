import { readFileSync } from 'node:fs';
import { thisAgent } from '@mp/core/internal';

/**
 * Whether a worker has died, for a thread that blocks and so hears of no exit.
 *
 * @param agent of the worker, 0 before it is up
 */
export function isDead(kind: 'process' | 'thread', pid: number | undefined, agent: number): boolean {
  if (agent !== 0) return !thisAgent().isAlive(agent);
  if (kind === 'thread' || pid === undefined) return false;
  try {
    // Behind the name, which may contain anything. A dead child stays a zombie until the event loop takes it.
    return /^\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*(?=\) )/s, ''));
  } catch {
    return false;
  }
}

/** Bytes of memory that a process has; `undefined` where that is not known. */
export function memoryOf(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return undefined;
  }
}
