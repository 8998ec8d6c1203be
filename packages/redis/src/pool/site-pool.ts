import { ClosedError, type WaitOptions } from '@mp/core';
import { AheadLoop, checkOptions, deadlineIn, deadlineOf, UnseenErrors, watchAbort } from '@mp/core/internal';
import { toBytes } from '../message.ts';
import { checkPriority, whole } from '../queue/queue-options.ts';
import type { Session } from '../session.ts';
import { Giver } from './giver.ts';
import { SiteResult } from './site-result.ts';
import { taskId } from './task-id.ts';

/** How one call, or all calls of a map, are done. */
export interface SiteCallOptions {
  /** Cancels it. */
  signal?: AbortSignal | undefined;
  /** ms that it may run on its machine; the time in which it waits is not counted. */
  taskTimeout?: number | undefined;
  /** Lower is served first; one step counts like a second of waiting, so that nothing starves. Default: 0. */
  priority?: number | undefined;
  /** How often it is tried again after an error or the death of its worker. Only for tasks with `idempotent: true`. */
  retries?: number | undefined;
}

/** How {@link SitePool.apply} does its call. */
export interface SiteApplyOptions extends SiteCallOptions {
  /** Gets what the task gives to `currentTask().progress()`. What it throws fails the call. */
  onProgress?: ((value: unknown) => void) | undefined;
}

/** How {@link SitePool.map} does its calls. */
export interface SiteMapOptions extends SiteCallOptions {
  /** Called after each call. What it throws fails the map. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** How {@link SitePool.imap} does its calls. */
export interface SiteImapOptions extends SiteCallOptions {
  /** Items that are taken ahead of what was yielded, 1 to 2³⁰. Default: 64. */
  buffer?: number | undefined;
}

type Task<A extends readonly unknown[], R> = (...args: A) => R;

/** What travels to the machine that does it: arguments, then `taskTimeout`, `retries`, whether progress is wanted. */
export type CallRecord = readonly [
  args: readonly unknown[],
  limit: number,
  retries: number,
  isHeard: boolean,
];

const CALL_OPTIONS = ['signal', 'taskTimeout', 'priority', 'retries'] as const;
const VISIBILITY_MS = 30_000;

/**
 * Work for all machines that serve a pool of that name: what `Pool` of `@mp/pool` is for the workers of one. See `serveTasks()`.
 *
 * - A call waits until a machine has its task: the same function, of the same text, in the same module of the same package. So two
 *   versions of a program can be under way at the same time, and never run each other's functions.
 * - A machine that dies gives its calls to another one when their task is idempotent, up to three times; else they are rejected
 *   with `WorkerDiedError`, as of a worker that dies.
 * - A call is cancelled when its giver closes its site. When the giver dies, its calls are done all the same.
 * - There is no `key`, no `chunkSize` and no blocking call. Each item of a map is a call of its own.
 *
 * @example
 * ```js
 * import { isMain, Pool, task } from '@mp/pool';
 * import { connectRedis, serveTasks } from '@mp/redis';
 *
 * export const square = task(import.meta, (x) => x * x);
 *
 * if (isMain(import.meta)) {
 *   const site = await connectRedis(process.env.REDIS_URL, { namespace: 'example' });
 *   const pool = new Pool({ workers: 2 });
 *   const server = serveTasks(site, 'squares', { pool, tasks: [square] }); // on every machine
 *   console.log(await site.pool('squares').map(square, [1, 2, 3])); // [ 1, 4, 9 ]
 *   await server.close();
 *   await site.close();
 *   pool.close();
 *   await pool.join();
 * }
 * ```
 */
export class SitePool {
  /** By which all machines find it. */
  readonly name: string;
  readonly #session: Session;
  readonly #giver: Giver;
  readonly #unseen = new UnseenErrors();
  readonly #forget: () => void;
  #isClosed = false;

  /** @internal Made by `site.pool()`. */
  constructor(session: Session, name: string) {
    this.name = name;
    this.#session = session;
    this.#giver = new Giver(session, name, VISIBILITY_MS);
    this.#forget = session.onClose(() => this.#leave());
  }

  /**
   * Runs one call on some machine.
   *
   * @param fn a task of a module, see `task()` of `@mp/pool`
   * @param args its arguments; they are copied now
   * @throws TypeError when `fn` is not a task, or on bad options; ClosedError `ERR_MP_CLOSED` after `close()`
   * @returns rejects with the task's own error, with `WorkerDiedError` when its worker or its machine died, with `TimeoutError` after
   * `taskTimeout`, with `SerializationError` when an argument or the result cannot be sent
   */
  apply<A extends readonly unknown[], R>(
    fn: Task<A, R>,
    args: A,
    options?: SiteApplyOptions,
  ): SiteResult<Awaited<R>>;
  apply<R>(fn: Task<[], R>, args?: readonly [], options?: SiteApplyOptions): SiteResult<Awaited<R>>;
  apply<R>(
    fn: Task<never, R>,
    args: readonly unknown[] = [],
    options: SiteApplyOptions = {},
  ): SiteResult<Awaited<R>> {
    checkOptions(options, 'apply()', [...CALL_OPTIONS, 'onProgress']);
    if (!Array.isArray(args)) throw new TypeError(`args must be an array, not a ${typeof args}`);
    checkListener(options.onProgress);
    return this.#apply<Awaited<R>>(fn, args, options);
  }

  /**
   * Calls a task for each item, and waits for all of them, also when one fails: the error of the first item that failed is then
   * thrown.
   *
   * @returns the results in the order of the items
   */
  map<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I>,
    options: SiteMapOptions = {},
  ): SiteResult<Awaited<R>[]> {
    const all = Array.from(items, (item) => [item]);
    return this.#map(fn as Task<never, R>, all, options, 'map()');
  }

  /** Like {@link SitePool.map} for a task of several parameters: each item is an array of its arguments. */
  starmap<A extends readonly unknown[], R>(
    fn: Task<A, R>,
    items: Iterable<Readonly<A>>,
    options: SiteMapOptions = {},
  ): SiteResult<Awaited<R>[]> {
    return this.#map(fn as Task<never, R>, [...items], options, 'starmap()');
  }

  /**
   * Calls a task for each item and yields results in the order of the items. Items are taken only a little ahead of what was yielded,
   * so the iterable may be endless. Leaving the loop cancels what is under way. An error of a task ends the loop.
   *
   * @param items any iterable, also an async one
   */
  imap<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I> | AsyncIterable<I>,
    options: SiteImapOptions = {},
  ): AsyncIterableIterator<Awaited<R>, void, undefined> {
    return this.#iterate(fn, items, options, true, 'imap()');
  }

  /** Like {@link SitePool.imap}, but yields each result as it comes. */
  imapUnordered<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I> | AsyncIterable<I>,
    options: SiteImapOptions = {},
  ): AsyncIterableIterator<Awaited<R>, void, undefined> {
    return this.#iterate(fn, items, options, false, 'imapUnordered()');
  }

  /** Takes no more calls here; those that were given are done. The machines serve others. Safe to call again. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Waits until all calls that were given here have ended.
   *
   * @returns `false` when they have not after `timeout` ms
   * @throws TypeError before `close()`
   */
  async join(options?: WaitOptions): Promise<boolean> {
    const deadline = deadlineOf(options);
    if (!this.#isClosed) throw new TypeError('Cannot join a pool that takes work: close() it first');
    const ended = new SiteResult<true>(this.#unseen, () => {});
    void this.#giver.idle().then(() => ended.settle(true));
    if (deadline === -Infinity) return this.#giver.pending === 0;
    return ended.wait(options);
  }

  /** Closes and joins. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.join();
    this.#forget();
    await this.#leave();
  }

  #leave(): Promise<void> {
    this.#isClosed = true;
    return this.#giver.close(new ClosedError(`The pool "${this.name}" of the site was closed here`));
  }

  #apply<R>(fn: unknown, args: readonly unknown[], options: SiteApplyOptions): SiteResult<R> {
    if (this.#isClosed) throw new ClosedError(`Cannot use the pool "${this.name}": it was closed here`);
    const task = taskId(fn, 'fn');
    const { signal, taskTimeout, retries = 0, onProgress } = options;
    const priority = checkPriority(options.priority);
    if (deadlineIn(taskTimeout, 'taskTimeout') === -Infinity)
      throw new RangeError(`taskTimeout must be more than 0 ms, not ${taskTimeout}`);
    if (whole('retries', retries, 0, 1_000_000) > 0 && !task.isIdempotent)
      throw new TypeError(
        'retries are only for tasks that may run twice: task(import.meta, fn, { idempotent: true })',
      );
    let number: number | undefined;
    const result = new SiteResult<R>(this.#unseen, () => number !== undefined && this.#giver.cancel(number));
    result.follow(signal);
    if (result.ready) return result;
    const record: CallRecord = [args, taskTimeout ?? 0, retries, onProgress !== undefined];
    let bytes: Buffer;
    try {
      bytes = toBytes(this.#session, record, 'call');
    } catch (error) {
      result.fail(renamed(error));
      return result;
    }
    number = this.#giver.give({
      task,
      bytes,
      priority,
      settle: (value) => result.settle(value as R),
      fail: (error) => result.fail(error),
      progress: (value) => onProgress?.(value),
    });
    return result;
  }

  #map<R>(
    fn: Task<never, R>,
    all: readonly (readonly unknown[])[],
    options: SiteMapOptions,
    what: string,
  ): SiteResult<Awaited<R>[]> {
    checkOptions(options, what, [...CALL_OPTIONS, 'onProgress']);
    const { onProgress, signal, ...how } = options;
    checkListener(onProgress);
    taskId(fn, 'fn');
    const results: SiteResult<Awaited<R>>[] = [];
    const mapped = new SiteResult<Awaited<R>[]>(this.#unseen, (reason) => {
      for (const each of results) each.cancel(reason);
    });
    mapped.follow(signal);
    if (mapped.ready) return mapped;
    let done = 0;
    for (const args of all) {
      const result = this.#apply<Awaited<R>>(fn, args, how);
      results.push(result);
      const tell = () => {
        done++;
        if (mapped.ready) return;
        try {
          onProgress?.({ done, total: all.length });
        } catch (error) {
          mapped.cancel(error);
        }
      };
      result.then(tell, tell);
    }
    void Promise.allSettled(results).then((outcomes) => {
      const failed = outcomes.find(({ status }) => status === 'rejected');
      if (failed !== undefined) mapped.fail((failed as PromiseRejectedResult).reason);
      else mapped.settle(outcomes.map((each) => (each as PromiseFulfilledResult<Awaited<R>>).value));
    });
    return mapped;
  }

  #iterate<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I> | AsyncIterable<I>,
    options: SiteImapOptions,
    isOrdered: boolean,
    what: string,
  ): AsyncIterableIterator<Awaited<R>, void, undefined> {
    checkOptions(options, what, [...CALL_OPTIONS, 'buffer']);
    const { buffer = 64, ...how } = options;
    whole('buffer', buffer, 1, 2 ** 30);
    const run = (item: I, stop: AbortSignal) => {
      const result = this.#apply<Awaited<R>>(fn, [item], how);
      const unwatch = watchAbort(stop, () => result.cancel());
      result.then(unwatch, unwatch);
      return result;
    };
    return new AheadLoop({ items, isOrdered, buffer, run });
  }
}

function checkListener(onProgress: unknown): void {
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new TypeError(`onProgress must be a function, not a ${typeof onProgress}`);
}

/** The error for what cannot be sent names it as the caller does: `args[0].callback`. */
function renamed(error: unknown): unknown {
  if (error instanceof Error) {
    error.message = error.message.replaceAll('call[0]', 'args');
    if ('path' in error && typeof error.path === 'string')
      Object.defineProperty(error, 'path', { value: error.path.replace('call[0]', 'args') });
  }
  return error;
}
