import { TimeoutError, type WaitOptions } from '@mp/core';
import { AheadLoop, checkOptions } from '@mp/core/internal';
import type { CallOptions, PoolOptions, PoolStats } from '@mp/pool';
import { taskRef } from '@mp/process/internal';
import { itemsOf } from '../entries.ts';
import { StandardProxy } from './standard-proxy.ts';

/** What a pool in a server may be told: the options of a `Pool`, but those of its processes. */
export type RemotePoolOptions = Omit<PoolOptions, 'childOptions'>;

/** How one call, or all calls of a map, are done; and how long it is waited for. Giving up cancels the call. */
export interface RemoteCallOptions extends WaitOptions, Omit<CallOptions, 'signal'> {}

/** How {@link RemotePool.map} hands out its items. */
export interface RemoteMapOptions extends RemoteCallOptions {
  /** Items that travel together to a worker, from 1. Default: by the measured time of the task. */
  chunkSize?: number | undefined;
}

/** How {@link RemotePool.imap} hands out its items. */
export interface RemoteImapOptions extends Omit<CallOptions, 'signal'> {
  /** Ends the loop. */
  signal?: AbortSignal | undefined;
  /** Items that are taken from the iterable ahead of what was yielded, from 1. Default: 64. */
  buffer?: number | undefined;
}

/** Times of a pool, in µs. */
export interface TimesSummary {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly p50: number;
  readonly p99: number;
}

/** What a pool of a server is doing, and what it has done. */
export interface RemotePoolStats extends Omit<PoolStats, 'run' | 'wait'> {
  /** How long jobs ran. */
  readonly run: TimesSummary;
  /** How long jobs waited until they began. */
  readonly wait: TimesSummary;
}

type Task<A extends readonly unknown[], R> = (...args: A) => R;

/**
 * A pool of workers in the server: `Manager().Pool()` of Python. Several clients can share it.
 *
 * The server finds a task as it does for `update(task)`. Results are copies. `close()` is that of the pool, as in Python;
 * `using`, and the garbage collector, let go of the proxy. With its last proxy, or with the server, the pool is terminated.
 *
 * @example
 * ```js
 * // squares.mjs
 * import { isMain, Manager, task } from '@mp/manager';
 *
 * export const square = task(import.meta, (x) => x * x);
 *
 * if (isMain(import.meta)) {
 *   const manager = await Manager.start();
 *   const pool = await manager.pool({ workers: 2 });
 *   console.log(await pool.map(square, [1, 2, 3])); // [ 1, 4, 9 ]
 *   await pool.close();
 *   await pool.join();
 *   await manager.close();
 * }
 * ```
 */
export class RemotePool extends StandardProxy {
  /**
   * Runs one call in a worker.
   *
   * @throws TypeError when `fn` is not a task
   * @returns rejects as `Pool.apply()` does, and with `TimeoutError` after `timeout` ms: the task is then asked to stop
   */
  apply<A extends readonly unknown[], R>(
    fn: Task<A, R>,
    args: A,
    options?: RemoteCallOptions,
  ): Promise<Awaited<R>>;
  apply<R>(fn: Task<[], R>, args?: readonly [], options?: RemoteCallOptions): Promise<Awaited<R>>;
  apply<R>(
    fn: Task<never, R>,
    args: readonly unknown[] = [],
    options: RemoteCallOptions = {},
  ): Promise<Awaited<R>> {
    return this.#give('apply', fn, args, options);
  }

  /** Calls a task for each item. @returns the results in the order of the items, when all have ended */
  map<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I>,
    options: RemoteMapOptions = {},
  ): Promise<Awaited<R>[]> {
    return this.#give('map', fn, itemsOf(items), options);
  }

  /** Like {@link RemotePool.map} for a task of several parameters: each item is an array of its arguments. */
  starmap<A extends readonly unknown[], R>(
    fn: Task<A, R>,
    items: Iterable<A>,
    options: RemoteMapOptions = {},
  ): Promise<Awaited<R>[]> {
    return this.#give('starmap', fn, itemsOf(items), options);
  }

  /**
   * Calls a task for each item and yields results in the order of the items. Items are taken only a little ahead of what was
   * yielded, so the iterable may be endless. Leaving the loop cancels what is under way. Each item is a call of its own.
   *
   * An error of a task ends the loop, where a local pool's `next()` goes on behind it.
   *
   * @param items any iterable, also an async one
   */
  imap<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I> | AsyncIterable<I>,
    options: RemoteImapOptions = {},
  ): AsyncIterableIterator<Awaited<R>, void, undefined> {
    return this.#iterate('imap()', true, fn, items, options);
  }

  /** Like {@link RemotePool.imap}, but yields each result as it comes. */
  imapUnordered<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I> | AsyncIterable<I>,
    options: RemoteImapOptions = {},
  ): AsyncIterableIterator<Awaited<R>, void, undefined> {
    return this.#iterate('imapUnordered()', false, fn, items, options);
  }

  /** What it is doing now. */
  stats(options?: WaitOptions): Promise<RemotePoolStats> {
    return this.call('stats', [], options);
  }

  /** The pool takes no more work; what was given is done, then its workers end. It does not let go of the proxy. */
  override close(options?: WaitOptions): Promise<void> {
    return this.call('close', [], options);
  }

  /**
   * Waits until the workers have ended, after `close()` or `terminate()`.
   *
   * @returns `false` when they have not after `timeout` ms
   * @throws TypeError before `close()` or `terminate()`
   */
  async join(options?: WaitOptions): Promise<boolean> {
    try {
      await this.call('join', [], options);
      return true;
    } catch (error) {
      if (error instanceof TimeoutError && options?.timeout !== undefined) return false;
      throw error;
    }
  }

  /**
   * Ends the workers in the middle of what they do, and rejects everything pending with `ERR_MP_CLOSED`.
   *
   * @param options `grace`: milliseconds between SIGTERM and SIGKILL. Default: 1000
   */
  terminate({ grace }: { grace?: number | undefined } = {}): Promise<void> {
    return this.call('terminate', grace === undefined ? [] : [grace]);
  }

  /** Lets go of the proxy. */
  override [Symbol.dispose](): void {
    super.close();
  }

  /** Closes and joins the pool, and lets go of the proxy. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.join();
    super.close();
  }

  #give<R>(
    method: string,
    fn: unknown,
    args: readonly unknown[],
    { timeout, signal, ...how }: RemoteMapOptions,
  ): Promise<R> {
    return this.call(method, [taskRef(fn, 'fn'), args, how], { timeout, signal });
  }

  #iterate<I, R>(
    what: string,
    isOrdered: boolean,
    fn: Task<[item: I], R>,
    items: Iterable<I> | AsyncIterable<I>,
    options: RemoteImapOptions,
  ): AsyncIterableIterator<Awaited<R>, void, undefined> {
    const { buffer = 64, signal, ...how } = options;
    checkOptions(options, what, [
      'buffer',
      'signal',
      'taskTimeout',
      'priority',
      'retries',
      'key',
      'traceparent',
    ]);
    if (!Number.isInteger(buffer) || buffer < 1)
      throw new RangeError(`buffer must be a whole number of at least 1, not ${buffer}`);
    const ref = taskRef(fn, 'fn');
    const run = (item: I, stop: AbortSignal) =>
      this.call<Awaited<R>>('apply', [ref, [item], how], { signal: stop });
    return new AheadLoop({ items, isOrdered, buffer, signal, run });
  }
}

/** What the server is told of a pool. */
export function poolOrder({ init, ...plan }: RemotePoolOptions): object {
  if (init === undefined) return plan;
  if (!Array.isArray(init))
    throw new TypeError(`init must be an array like [task, arg], not a ${typeof init}`);
  return { ...plan, init: [taskRef(init[0], 'init[0]'), ...init.slice(1)] };
}
