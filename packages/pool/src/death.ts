import { readFileSync } from 'node:fs';
import { WorkerDiedError } from '@mp/core';
import type { Ending } from '@mp/process/internal';
import { lastLines } from './stderr-tail.ts';

/** How a worker ended, and what is known of why. */
export interface Death {
  readonly pid: number;
  readonly ending: Ending;
  /** What ended it, as its process or thread tells it. */
  readonly error: unknown;
  /** The end of what it wrote to standard error; empty when that was not captured. */
  readonly stderr: string;
  readonly isOutOfMemory: boolean;
}

/** What V8 writes before it aborts a process whose heap is full. */
const HEAP_IS_FULL = /FATAL ERROR: .*(heap out of memory|heap limit|Allocation failed)/s;

/** @param killsBefore {@link oomKills} when it was started */
export function isOutOfMemory(ending: Ending, stderr: string, killsBefore: number): boolean {
  const { code } = (ending.error ?? {}) as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return true;
  if (ending.signal === 'SIGKILL') return oomKills() > killsBefore;
  return HEAP_IS_FULL.test(stderr);
}

/** How many processes of this control group the kernel has killed for want of memory; 0 where that is not known. */
export function oomKills(): number {
  try {
    const group = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
    const events = readFileSync(`/sys/fs/cgroup${group === '/' ? '' : group}/memory.events`, 'utf8');
    return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** @param what the worker and what it did: `The worker with pid 3` */
export function endOf({ exitCode, signal }: Ending): string {
  return signal === undefined ? `exited with code ${exitCode}` : `was killed by ${signal}`;
}

export function diedIn(
  task: string | undefined,
  { pid, ending, error, stderr, isOutOfMemory }: Death,
): WorkerDiedError {
  const { exitCode, signal } = ending;
  const when = task === undefined ? '' : ` while it ran ${task}`;
  const why = isOutOfMemory ? ', out of memory' : '';
  const said = stderr === '' ? '' : `. The end of its standard error:\n${lastLines(stderr)}`;
  return new WorkerDiedError(
    `The worker with pid ${pid} ${endOf(ending)}${why}${when}${said}`,
    {
      pid,
      exitCode: signal === undefined ? exitCode : undefined,
      signal,
      task,
      ...(isOutOfMemory && { oom: true }),
      ...(stderr !== '' && { stderr }),
    },
    { cause: error },
  );
}
