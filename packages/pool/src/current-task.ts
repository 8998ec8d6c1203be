import { singleton } from '@mp/core/internal';

/** The task that runs, as it sees itself: {@link currentTask}. */
export interface CurrentTask {
  /**
   * Aborts when the pool asks the task to stop: its call was cancelled, its `signal` aborted, or it ran longer than its
   * `taskTimeout`. Read it anew in a loop that does not let the event loop turn: each reading looks for the question.
   */
  readonly signal: AbortSignal;
  /** 1 at first, 2 at the first retry. */
  readonly attempt: number;
  /** The W3C trace context that came with the call. */
  readonly traceparent: string | undefined;
  /** Hands a value to the `onProgress` of the call. It is copied; what cannot be sent is refused here. */
  progress(value: unknown): void;
}

const NEVER = new AbortController().signal;

/** For a task that is called as the plain function it is. */
const OUTSIDE: CurrentTask = { signal: NEVER, attempt: 1, traceparent: undefined, progress() {} };

const running = singleton('pool-current-task', () => ({ task: OUTSIDE }));

/**
 * What a task may know of its call, and tell its caller. A worker runs one task at a time; outside of a worker it is a
 * first attempt that nobody stops and nobody listens to, so that a task may also be called as the plain function it is.
 *
 * @example
 * ```js
 * import { currentTask, isMain, Pool, task } from '@mp/pool';
 *
 * export const count = task(import.meta, (to) => {
 *   let i = 0;
 *   for (; i < to && !currentTask().signal.aborted; i++) if (i % 1_000_000 === 0) currentTask().progress(i / to);
 *   return i;
 * });
 *
 * if (isMain(import.meta)) {
 *   const pool = new Pool({ workers: 1 });
 *   const seen = [];
 *   await pool.apply(count, [3_000_000], { onProgress: (part) => seen.push(part) });
 *   console.log(seen.length); // 3
 *   pool.close();
 *   await pool.join();
 * }
 * ```
 */
export function currentTask(): CurrentTask {
  return running.task;
}

/** @internal The worker says what runs from now on; without one, nothing does. */
export function setCurrentTask(task: CurrentTask = OUTSIDE): void {
  running.task = task;
}
