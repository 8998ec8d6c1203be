import { checkOptions, deadlineIn } from '@mp/core/internal';
import { isIdempotent } from '@mp/process/internal';
import { whole } from './pool-options.ts';

/** How one call, or all calls of a map, are done. */
export interface CallOptions {
  /** Cancels it, as `AsyncResult.cancel()` does. */
  signal?: AbortSignal | undefined;
  /**
   * ms that a call may run. Then it is rejected with `TimeoutError`, its task is asked to stop by `currentTask().signal`,
   * and its worker is killed after the pool's `grace`. A chunk may run as long as its calls together.
   */
  taskTimeout?: number | undefined;
  /** Lower is served first; one step is worth a second of waiting, so that nothing starves. Default: 0. */
  priority?: number | undefined;
  /** How often it is tried again after an error or the death of its worker. Only for tasks with `idempotent: true`. */
  retries?: number | undefined;
  /** Calls with the same key run in the same worker, one after the other, in the order they were given. */
  key?: unknown;
  /** A W3C trace context that `currentTask().traceparent` tells. */
  traceparent?: string | undefined;
}

/** How {@link Pool.apply} does its call. */
export interface ApplyOptions extends CallOptions {
  /** Gets what the task gives to `currentTask().progress()`. What it throws fails the call. */
  onProgress?: ((value: unknown) => void) | undefined;
}

/** How {@link Pool.map} and {@link Pool.starmap} hand out their items. */
export interface MapOptions extends CallOptions {
  /**
   * Items that travel together, from 1. Default: by the measured time of the task, about half a millisecond each; 1 with
   * `taskTimeout`.
   */
  chunkSize?: number | undefined;
  /** Called after each chunk with the number of items that are done, and of all. What it throws fails the map. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** How {@link Pool.imap} and {@link Pool.imapUnordered} hand out their items. */
export interface ImapOptions extends CallOptions {
  /** Items that travel together, from 1. Default: 1. */
  chunkSize?: number | undefined;
  /** Chunks that are taken from the iterable ahead of what was yielded. Default: four for each worker. */
  buffer?: number | undefined;
}

/** The names of {@link CallOptions}. */
export const CALL_OPTIONS = ['signal', 'taskTimeout', 'priority', 'retries', 'key', 'traceparent'] as const;

const MOST_RETRIES = 1_000_000;

/**
 * @returns a copy of them: what was checked is what counts
 * @throws TypeError, RangeError when something in them is not what it should be
 */
export function checkCall<O extends CallOptions>(
  given: O,
  what: string,
  own: readonly (keyof O & string)[],
  fn: unknown,
): O {
  checkOptions<O>(given, what, [...(CALL_OPTIONS as readonly (keyof O & string)[]), ...own]);
  const options = { ...given };
  const { signal, taskTimeout, priority, retries, traceparent } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TypeError(`signal must be an AbortSignal, not ${signal === null ? 'null' : typeof signal}`);
  if (deadlineIn(taskTimeout, 'taskTimeout') === -Infinity)
    throw new RangeError(`taskTimeout must be more than 0 ms, not ${taskTimeout}`);
  if (priority !== undefined && typeof priority !== 'number')
    throw new TypeError(`priority must be a number, not a ${typeof priority}`);
  if (priority !== undefined && !Number.isFinite(priority))
    throw new RangeError(`priority must be a finite number, not ${priority}`);
  if (traceparent !== undefined && typeof traceparent !== 'string')
    throw new TypeError(`traceparent must be a string, not a ${typeof traceparent}`);
  if (retries !== undefined) whole('retries', retries, MOST_RETRIES, 0);
  if (retries !== undefined && retries > 0 && !isIdempotent(fn))
    throw new TypeError(
      'retries are only for tasks that may run twice: task(import.meta, fn, { idempotent: true })',
    );
  return options;
}

/** Like {@link checkCall} for what is given to `onProgress`. */
export function checkListener(onProgress: unknown): void {
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new TypeError(`onProgress must be a function, not a ${typeof onProgress}`);
}

/** Items that may travel together. */
export const MOST_ITEMS = 2 ** 30;

/** @throws TypeError unless they are an array, or missing */
export function checkArgs(args: unknown): void {
  if (args !== undefined && !Array.isArray(args))
    throw new TypeError(`args must be an array, not a ${typeof args}`);
}

/** @returns `items` @throws TypeError unless they can be iterated in one of these ways */
export function iterable<T>(items: T, ways: readonly symbol[]): T {
  const found = items as Record<symbol, unknown> | null | undefined;
  if (ways.some((way) => typeof found?.[way] === 'function')) return items;
  if (typeof found?.[Symbol.asyncIterator] === 'function')
    throw new TypeError(
      'items must be iterable at once; for an async iterable there are imap() and imapUnordered()',
    );
  throw new TypeError(`items must be iterable; ${items === null ? 'null' : `a ${typeof items}`} is not`);
}
