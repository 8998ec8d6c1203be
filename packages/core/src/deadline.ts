import { unknownOption } from './options.ts';

/** What every waiting method takes. */
export interface WaitOptions {
  /** How long to wait at most, in milliseconds. Absent or `Infinity`: no limit. 0 or less: try once, do not wait. */
  timeout?: number | undefined;
  /** Ends the wait when aborted; the wait then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
}

/** What every method ending in `Sync` takes: it blocks the thread, so nothing is left that could abort it. */
export interface SyncWaitOptions {
  /** How long to wait at most, in milliseconds. Absent or `Infinity`: no limit. 0 or less: try once, do not wait. */
  timeout?: number | undefined;
}

/**
 * Turns a timeout into a moment of the monotonic clock, once, at the entry of a wait.
 *
 * @param timeout milliseconds from now; `undefined` = never
 * @param what how messages call it
 * @returns milliseconds on `performance.now()`'s clock; `Infinity` = never; `-Infinity` = try once
 * @throws TypeError when it is not a number, RangeError when it is NaN
 */
export function deadlineIn(timeout: number | undefined, what = 'timeout'): number {
  if (timeout === undefined || timeout === Infinity) return Infinity;
  if (typeof timeout !== 'number') {
    throw new TypeError(`${what} must be a number of milliseconds, not ${describe(timeout)}`);
  }
  if (Number.isNaN(timeout)) throw new RangeError(`${what} must be a number of milliseconds, not NaN`);
  return timeout <= 0 ? -Infinity : performance.now() + timeout;
}

/** The names of no more options than a wait has anyway. */
const NO_MORE: readonly string[] = [];

/**
 * Checks what a waiting method was given, once, at its entry.
 *
 * @param also the names of options that the method has besides
 * @returns the deadline, as of {@link deadlineIn}
 * @throws TypeError or RangeError when the options are not of their types, or have other names; `signal.reason` when
 * it is aborted already
 */
export function deadlineOf(options: WaitOptions | undefined, also: readonly string[] = NO_MORE): number {
  if (options === undefined) return Infinity;
  checkObject(options);
  for (const name in options) {
    if (name !== 'timeout' && name !== 'signal' && !also.includes(name) && Object.hasOwn(options, name))
      throw unknownOption('A wait', name, ['timeout', 'signal', ...also]);
  }
  const { timeout, signal } = options;
  if (signal !== undefined) {
    if (typeof signal?.aborted !== 'boolean') {
      throw new TypeError(`signal must be an AbortSignal, not ${describe(signal)}`);
    }
    signal.throwIfAborted();
  }
  return deadlineIn(timeout);
}

/** Like {@link deadlineOf} for a method that blocks the thread: while it does, no signal can be aborted. */
export function deadlineOfSync(
  options: SyncWaitOptions | undefined,
  also: readonly string[] = NO_MORE,
): number {
  if (options === undefined) return Infinity;
  checkObject(options);
  for (const name in options) {
    if (name !== 'timeout' && !also.includes(name) && Object.hasOwn(options, name))
      throw unknownOption('A wait that blocks the thread', name, ['timeout', ...also]);
  }
  return deadlineIn(options.timeout);
}

function checkObject(options: object): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object like { timeout: 500 }, not ${describe(options)}`);
}

/** Milliseconds left until `deadline`, never negative. */
export function timeLeft(deadline: number): number {
  if (deadline === Infinity || deadline === -Infinity) return deadline < 0 ? 0 : Infinity;
  return Math.max(0, deadline - performance.now());
}

/** The longest delay a Node timer takes; a longer wait re-arms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Calls `run` at `deadline`, however far away, and never before it: a timer of Node may be early by less than a millisecond, and a
 * waiter that compares the time with its deadline would go on to wait, with nothing left to end it.
 *
 * @returns how to cancel it
 */
export function atDeadline(deadline: number, run: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = () => {
    const left = timeLeft(deadline);
    timer = setTimeout(left > LONGEST_TIMER ? arm : onTimer, Math.min(Math.ceil(left), LONGEST_TIMER));
  };
  const onTimer = () => {
    const left = timeLeft(deadline);
    // With more left, a test has timers of its own beside the real clock: then they decide.
    if (left > 0 && left < 1) arm();
    else run();
  };
  arm();
  return () => clearTimeout(timer);
}

function describe(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}
