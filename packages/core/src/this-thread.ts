import { readlinkSync } from 'node:fs';
import { singleton } from './thread-state.ts';

/** Which of its process's threads a thread is. */
export interface ThisThread {
  readonly isMain: boolean;
  /** `threadId` of `node:worker_threads`: 0 = the main thread. */
  readonly number: number;
}

/**
 * Which thread this is. `node:worker_threads` knows, but loading it takes a main thread 2 to 3 ms, a tenth of what a
 * child costs, so it is asked only where it is loaded anyway: the main thread has the number of its process.
 */
export function thisThread(): ThisThread {
  return singleton('this-thread', () => {
    if (hasNumberOfProcess()) return { isMain: true, number: 0 };
    const { isMainThread, threadId } = process.getBuiltinModule('node:worker_threads');
    return { isMain: isMainThread, number: threadId };
  });
}

function hasNumberOfProcess(): boolean {
  try {
    const [pid, , thread] = readlinkSync('/proc/thread-self').split('/');
    return pid === thread;
  } catch {
    return false;
  }
}
