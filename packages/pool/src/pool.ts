import { availableParallelism } from 'node:os';
import type { WaitOptions } from '@mp/core';
import { checkOptions, deadlineIn, deadlineOf, REFUSE, timeLeft } from '@mp/core/internal';
import { taskName, taskRef } from '@mp/process/internal';
import { AsyncResult } from './async-result.ts';
import { inOrderOfArrival } from './imap.ts';
import type { Job, PoolTask } from './job.ts';
import { CALL, MAP } from './protocol.ts';
import { Scheduler } from './scheduler.ts';
import type { PoolStats } from './stats.ts';
import { UnseenErrors } from './unseen-errors.ts';

/** What a new {@link Pool} may be told. */
export interface PoolOptions {
  /** Processes that run tasks, 1 to 1024. Default: as many as the machine has processors. */
  workers?: number;
}

/** How {@link Pool.map} hands out its items. */
export interface MapOptions {
  /** Items that travel together, from 1. Default: a quarter of an even share for each worker. */
  chunkSize?: number;
  /** Called after each chunk with the number of items that are done, and of all. What it throws fails the map. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** How {@link Pool.imapUnordered} hands out its items. */
export interface ImapOptions {
  /** Items that travel together, from 1. Default: 1. */
  chunkSize?: number;
  /** Chunks that are taken from the iterable ahead of what was yielded. Default: four for each worker. */
  buffer?: number;
}

type Task<A extends readonly unknown[], R> = (...args: A) => R;

/**
 * A pool of processes that run tasks: `multiprocessing.Pool` of Python.
 *
 * It differs where a process dies: the task that ran there is rejected with its pid, signal and name, all others go
 * on, and a new worker takes the place (Python's pool waits without end). An idle pool does not keep the program alive.
 *
 * @example
 * ```js
 * import { isMain, Pool, task } from '@mp/pool';
 *
 * export const square = task(import.meta, (x) => x * x);
 *
 * if (isMain(import.meta)) {
 *   const pool = new Pool({ workers: 2 });
 *   console.log(await pool.map(square, [1, 2, 3])); // [ 1, 4, 9 ]
 *   pool.close();
 *   await pool.join();
 * }
 * ```
 */
export class Pool {
  readonly #scheduler: Scheduler;
  readonly #unseen = new UnseenErrors();
  readonly #tasks = new WeakMap<object, PoolTask>();
  #tasksSeen = 0;

  /**
   * Starts the workers.
   *
   * @throws TypeError, RangeError on bad options
   * @throws MpError `ERR_MP_NO_SPACE` when the segment directory is full, `ERR_MP_UNGUARDED_MAIN` when a child makes a
   * pool while it still imports the module of its task
   */
  constructor(options: PoolOptions = {}) {
    checkOptions(options, 'Pool', ['workers']);
    const { workers = availableParallelism() } = options;
    this.#scheduler = new Scheduler(whole('workers', workers, 1024));
  }

  /**
   * Runs one call in a worker.
   *
   * @param fn a task, see `task()`
   * @param args its arguments; they are copied now, so a later change of them is not seen by the task
   * @throws TypeError when `fn` is not a task
   * @throws MpError `ERR_MP_TASK_NOT_FOUND` when it stands in a program without a file (`node -e`)
   * @throws ClosedError `ERR_MP_CLOSED` after `close()` or `terminate()`
   * @returns rejects with the task's own error, with `WorkerDiedError` when its worker died, or with
   * `SerializationError` when an argument or the result cannot be sent
   */
  apply<R>(fn: Task<[], R>, args?: readonly []): AsyncResult<Awaited<R>>;
  apply<A extends readonly unknown[], R>(fn: Task<A, R>, args: A): AsyncResult<Awaited<R>>;
  apply<A extends readonly unknown[], R>(fn: Task<A, R>, args?: A): AsyncResult<Awaited<R>> {
    if (args !== undefined && !Array.isArray(args))
      throw new TypeError(`args must be an array, not a ${typeof args}`);
    const task = this.#task(fn);
    const result = new AsyncResult<Awaited<R>>(this.#unseen);
    const job = this.#job(task, CALL, args ?? [], result as AsyncResult<unknown>);
    if (job !== undefined) this.#scheduler.submit(job);
    return result;
  }

  /**
   * Calls a task for each item, and waits for all of them, also when one fails: the first error is then thrown.
   *
   * @param fn a task of one parameter
   * @param items read at once; an error of the iterable rejects the result
   * @returns the results in the order of the items
   */
  map<I, R>(fn: Task<[item: I], R>, items: Iterable<I>, options: MapOptions = {}): AsyncResult<Awaited<R>[]> {
    const task = this.#task(fn as Task<readonly unknown[], R>);
    checkOptions(options, 'map()', ['chunkSize', 'onProgress']);
    const { chunkSize, onProgress } = options;
    if (chunkSize !== undefined) whole('chunkSize', chunkSize, MOST_ITEMS);
    if (onProgress !== undefined && typeof onProgress !== 'function') {
      throw new TypeError(`onProgress must be a function, not a ${typeof onProgress}`);
    }
    iterable(items, [Symbol.iterator]);
    const result = new AsyncResult<Awaited<R>[]>(this.#unseen);
    let all: I[];
    try {
      all = Array.isArray(items) ? items : [...items];
    } catch (error) {
      result.fail(error);
      return result;
    }
    const total = all.length;
    const size = chunkSize ?? Math.max(1, Math.ceil(total / (this.#scheduler.size * 4)));
    const values: unknown[] = new Array(total);
    const jobs: Job[] = [];
    let done = 0;
    let failure: { error: unknown } | undefined;
    const end = (count: number) => {
      done += count;
      try {
        onProgress?.({ done, total });
      } catch (error) {
        failure ??= { error };
      }
      if (done < total) return;
      if (failure !== undefined) result.fail(failure.error);
      else result.settle(values as Awaited<R>[]);
    };
    if (total === 0) result.settle([]);
    for (let from = 0; from < total; from += size) {
      const chunk = all.slice(from, from + size);
      const job = this.#job(task, MAP, chunk, {
        settle: (part) => {
          for (let index = 0; index < chunk.length; index++)
            values[from + index] = (part as unknown[])[index];
          end(chunk.length);
        },
        fail: (error) => {
          failure ??= { error };
          end(chunk.length);
        },
      });
      if (job !== undefined) jobs.push(job);
    }
    for (const job of jobs) this.#scheduler.submit(job);
    return result;
  }

  /**
   * Calls a task for each item and yields results as they come. Items are taken only a little ahead of what was
   * yielded, so the iterable may be endless. Leaving the loop leaves the rest undone. A loop that has begun before
   * `close()` goes on to its end.
   *
   * @param fn a task of one parameter
   * @param items any iterable, also an async one
   * @throws TypeError, RangeError at once on bad parameters
   * @returns yields results; throws the first error of a task after the results that came before it, the error of the
   * iterable after all results, and `ClosedError` when it begins after `close()`
   */
  imapUnordered<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I> | AsyncIterable<I>,
    options: ImapOptions = {},
  ): AsyncGenerator<Awaited<R>, void, undefined> {
    const task = this.#task(fn as Task<readonly unknown[], R>);
    checkOptions(options, 'imapUnordered()', ['chunkSize', 'buffer']);
    const { chunkSize = 1, buffer = this.#scheduler.size * 4 } = options;
    let feedAll = () => {};
    return inOrderOfArrival({
      items: iterable(items, [Symbol.iterator, Symbol.asyncIterator]),
      chunkSize: whole('chunkSize', chunkSize, MOST_ITEMS),
      buffer: whole('buffer', buffer, MOST_ITEMS),
      begin: (readOn) => {
        feedAll = readOn;
        this.#scheduler.beginFeeding(feedAll);
      },
      run: (chunk: I[], arrive) => {
        const job = this.#job(task, MAP, chunk, {
          settle: (values) => arrive({ values: values as unknown[] }),
          fail: (error) => arrive({ error }),
        });
        if (job !== undefined) this.#scheduler.submit(job);
      },
      end: () => this.#scheduler.endFeeding(feedAll),
    }) as AsyncGenerator<Awaited<R>, void, undefined>;
  }

  /** What it is doing now. */
  stats(): PoolStats {
    return this.#scheduler.stats();
  }

  /** Takes no more work; what was given is done, then the workers end. Safe to call again. */
  close(): void {
    this.#scheduler.close();
  }

  /**
   * Waits until the workers have ended, after `close()` or `terminate()`. The items of a loop over `imapUnordered` that has
   * begun are done first, also when nobody takes its results: they are kept for the loop, without the limit of `buffer`.
   * A loop over an endless source has to be left, by `break` or by `return()` of its iterator.
   *
   * @returns `false` when they have not after `timeout` ms
   * @throws TypeError before `close()` or `terminate()` (Python raises `ValueError`)
   */
  async join(options?: WaitOptions): Promise<boolean> {
    const deadline = deadlineOf(options);
    if (!this.#scheduler.closing)
      throw new TypeError('Cannot join a pool that takes work: close() or terminate() it first');
    this.#scheduler.feedAll();
    for (;;) {
      const [child] = this.#scheduler.processes;
      if (child === undefined) break;
      const timeout = deadline === Infinity ? undefined : timeLeft(deadline);
      if (!(await child.join({ timeout, signal: options?.signal }))) return false;
    }
    return true;
  }

  /**
   * Ends the workers in the middle of what they do, and rejects everything pending with `ERR_MP_CLOSED`.
   *
   * @param options `grace`: milliseconds between SIGTERM and SIGKILL. Default: 1000
   * @returns resolves when all of them have ended
   */
  async terminate(options: { grace?: number } = {}): Promise<void> {
    checkOptions(options, 'terminate()', ['grace']);
    const { grace = 1000 } = options;
    deadlineIn(grace, 'grace');
    this.#unseen.mute();
    this.#scheduler.terminate(grace);
    await this.join();
  }

  /** Closes and joins: what was given is done first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.join();
  }

  /** @internal */
  get [REFUSE](): string {
    return 'a Pool belongs to the process that made it; send a Queue for its work instead';
  }

  #job(
    task: PoolTask,
    kind: number,
    values: readonly unknown[],
    to: Pick<Job, 'settle' | 'fail'>,
  ): Job | undefined {
    try {
      const { bytes, pins } = this.#scheduler.encode(values, kind === CALL ? 'args' : 'items');
      return {
        task,
        kind,
        bytes,
        pins,
        settle: (value) => to.settle(value),
        fail: (error) => to.fail(error),
      };
    } catch (error) {
      to.fail(error);
      return undefined;
    }
  }

  #task(fn: unknown): PoolTask {
    this.#scheduler.assertOpen();
    const known = this.#tasks.get(fn as object);
    if (known !== undefined) return known;
    const ref = taskRef(fn, 'fn');
    const made: PoolTask = { number: ++this.#tasksSeen, ref, name: taskName(ref) };
    this.#tasks.set(fn as object, made);
    return made;
  }
}

const MOST_ITEMS = 2 ** 30;

function iterable<T>(items: T, ways: readonly symbol[]): T {
  const found = items as Record<symbol, unknown> | null | undefined;
  if (ways.some((way) => typeof found?.[way] === 'function')) return items;
  if (typeof found?.[Symbol.asyncIterator] === 'function')
    throw new TypeError('items must be iterable at once; for an async iterable there is imapUnordered()');
  throw new TypeError(`items must be iterable; ${items === null ? 'null' : `a ${typeof items}`} is not`);
}

function whole(name: string, value: number, most: number): number {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, not ${value === null ? 'null' : typeof value}`);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from 1 to ${most}, not ${value}`);
}
