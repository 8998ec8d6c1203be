import { availableParallelism } from 'node:os';
import { thisThread } from '@mp/core/internal';
import { type Child, runningChildren } from './child.ts';
import type { ParentProcess } from './parent-process.ts';
import { processState } from './state.ts';

/** What is known of a process from inside or from its child. */
export interface ProcessInfo {
  /** The name that its parent gave it, like `Process-1`; `MainProcess` in the first process. */
  readonly name: string;
  /** Its process id; that of the process in a thread. */
  readonly pid: number;
  /** 0 in the main thread of a process. */
  readonly threadId: number;
  /** Whether it ends with its parent instead of being waited for, and so do its children unless they are told otherwise. */
  readonly daemon: boolean;
}

/**
 * This process, or thread. In a child its `name` is what the parent gave it.
 *
 * @example
 * ```js
 * import { currentProcess } from '@mp/process';
 *
 * console.log(currentProcess().name); // MainProcess
 * ```
 */
export function currentProcess(): ProcessInfo {
  const { name, daemon } = processState();
  return { name, pid: process.pid, threadId: thisThread().number, daemon };
}

/**
 * The process or thread that started this one by `@mp`, or `undefined` in the main process: its name and pid, whether it lives,
 * and a way to wait for its end.
 *
 * @example
 * ```js
 * import { parentProcess } from '@mp/process';
 *
 * console.log(parentProcess()); // undefined
 * ```
 */
export function parentProcess(): ParentProcess | undefined {
  return processState().parent;
}

/**
 * The children of this thread that run.
 *
 * @example
 * ```js
 * import { activeChildren, isMain, Process, task } from '@mp/process';
 *
 * export const work = task(import.meta, () => {});
 *
 * if (isMain(import.meta)) {
 *   const child = new Process({ target: work });
 *   child.start();
 *   console.log(activeChildren().length); // 1
 *   await child.join();
 *   console.log(activeChildren().length); // 0
 * }
 * ```
 */
export function activeChildren(): Child[] {
  return [...runningChildren()];
}

/**
 * How many processes can run at the same time here: what Python calls `os.process_cpu_count()`.
 *
 * @returns at least 1
 *
 * @example
 * ```js
 * import { cpuCount } from '@mp/process';
 *
 * console.log(cpuCount() >= 1); // true
 * ```
 */
export function cpuCount(): number {
  return availableParallelism();
}
