import type { Child } from './child.ts';
import { processState } from './state.ts';

/** What is known of a process from inside or from its child. */
export interface ProcessInfo {
  readonly name: string;
  readonly pid: number;
  readonly daemon: boolean;
}

/**
 * This process. In a child its `name` is what the parent gave it.
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
  return { name, pid: process.pid, daemon };
}

/** The process that started this one by `@mp`, or `undefined` in the main process. */
export function parentProcess(): { readonly name: string; readonly pid: number } | undefined {
  return processState().parent;
}

/** The children of this thread that run. */
export function activeChildren(): Child[] {
  return [...processState().children];
}
