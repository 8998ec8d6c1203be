import { EventEmitter } from 'node:events';
import type { SyncWaitOptions, WaitOptions, WorkerDiedError } from '@mp/core';
import {
  checkOptions,
  deadlineIn,
  deadlineOf,
  deadlineOfSync,
  REFUSE,
  timeLeft,
  UnseenErrors,
} from '@mp/core/internal';
import { AsyncResult } from './async-result.ts';
import type { MakeJob } from './blocking-calls.ts';
import {
  type ApplyOptions,
  checkArgs,
  checkCall,
  checkListener,
  type ImapOptions,
  iterable,
  type MapOptions,
  MOST_ITEMS,
} from './call-options.ts';
import { MapRun } from './chunks.ts';
import { type ChunkOutcome, PoolIterator } from './imap.ts';
import type { Job, Outcome } from './job.ts';
import { JobMaker } from './job-maker.ts';
import { listened } from './listened.ts';
import { type PoolOptions, planOf, whole } from './pool-options.ts';
import { CALL, MAP, STARMAP } from './protocol.ts';
import { Scheduler } from './scheduler.ts';
import type { PoolStats } from './stats.ts';

/** What a {@link Pool} emits. */
export interface PoolEventMap {
  /** A worker came up. */
  worker: [worker: { pid: number | undefined; name: string }];
  /** A worker ended in the middle of a task, or by a signal or an error. */
  death: [error: WorkerDiedError];
  /** Nothing is left to do. */
  drain: [];
}

/** What {@link Pool.mapSync} may be told. */
export type SyncMapOptions = SyncWaitOptions & Pick<MapOptions, 'chunkSize'>;

type Task<A extends readonly unknown[], R> = (...args: A) => R;

/**
 * A pool of processes or threads that run tasks: `multiprocessing.Pool` of Python, and its `ThreadPool`.
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
export class Pool extends EventEmitter<PoolEventMap> {
  readonly #scheduler: Scheduler;
  readonly #unseen = new UnseenErrors();
  readonly #jobs: JobMaker;

  /**
   * Starts the workers.
   *
   * @throws TypeError, RangeError on bad options
   * @throws MpError `ERR_MP_NO_SPACE` when the segment directory is full, `ERR_MP_UNGUARDED_MAIN` when a child makes a
   * pool while it still imports the module of its task
   */
  constructor(options: PoolOptions = {}) {
    super();
    this.#scheduler = new Scheduler(planOf(options), {
      worker: (worker) => this.#tell('worker', worker),
      death: (error) => this.#tell('death', error),
      drain: () => this.#tell('drain'),
    });
    this.#jobs = new JobMaker(this.#scheduler);
  }

  /**
   * Runs one call in a worker.
   *
   * @param fn a task, see `task()`
   * @param args its arguments; they are copied now, so a later change of them is not seen by the task
   * @throws TypeError when `fn` is not a task, or on bad options
   * @throws MpError `ERR_MP_TASK_NOT_FOUND` when it stands in a program without a file (`node -e`)
   * @throws ClosedError `ERR_MP_CLOSED` after `close()` or `terminate()`
   * @returns rejects with the task's own error, with `WorkerDiedError` when its worker died, with `TimeoutError` after
   * `taskTimeout`, or with `SerializationError` when an argument or the result cannot be sent
   */
  apply<R>(fn: Task<[], R>, args?: readonly [], options?: ApplyOptions): AsyncResult<Awaited<R>>;
  apply<A extends readonly unknown[], R>(
    fn: Task<A, R>,
    args: A,
    options?: ApplyOptions,
  ): AsyncResult<Awaited<R>>;
  apply<A extends readonly unknown[], R>(
    fn: Task<A, R>,
    args?: A,
    options?: ApplyOptions,
  ): AsyncResult<Awaited<R>> {
    checkArgs(args);
    const task = this.#jobs.task(fn);
    const checked = options === undefined ? undefined : checkCall(options, 'apply()', ['onProgress'], fn);
    const onProgress = checked?.onProgress;
    checkListener(onProgress);
    let job: Job | undefined;
    const abort = (reason: unknown) => job && this.#scheduler.abort(job, reason);
    const result = new AsyncResult<Awaited<R>>(this.#unseen, abort);
    const outcome = onProgress === undefined ? (result as Outcome) : listened(result, onProgress, abort);
    if (checked?.signal?.aborted !== true) {
      job = this.#jobs.make(task, CALL, args ?? [], checked, outcome);
      if (job !== undefined) this.#scheduler.submit(job);
    }
    result.follow(checked?.signal);
    return result;
  }

  /**
   * Like {@link Pool.apply}, but blocks this thread until the result is there, also in a program that has no event loop to
   * spare. Other results of the same worker are settled on the way; everything else of this thread stands still, so a
   * task that needs it (a server of this thread) never ends: give a `timeout` then.
   *
   * @param options `timeout` in ms
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it is not done in time: its task is asked to stop, its worker killed if it does not
   * @throws the error of the task
   */
  applySync<R>(fn: Task<[], R>, args?: readonly [], options?: SyncWaitOptions): Awaited<R>;
  applySync<A extends readonly unknown[], R>(fn: Task<A, R>, args: A, options?: SyncWaitOptions): Awaited<R>;
  applySync<A extends readonly unknown[], R>(
    fn: Task<A, R>,
    args?: A,
    options: SyncWaitOptions = {},
  ): Awaited<R> {
    checkArgs(args);
    const task = this.#jobs.task(fn);
    const deadline = deadlineOfSync(options);
    const make: MakeJob = (outcome) => this.#jobs.make(task, CALL, args ?? [], undefined, outcome);
    return this.#scheduler.blocking.run([make], deadline)[0] as Awaited<R>;
  }

  /**
   * Calls a task for each item, and waits for all of them, also when one fails: the error that came first is then
   * thrown.
   *
   * @param fn a task of one parameter
   * @param items read at once; an error of the iterable rejects the result. Each is copied when its chunk is made: leave
   * them as they are until the result is there
   * @returns the results in the order of the items
   */
  map<I, R>(fn: Task<[item: I], R>, items: Iterable<I>, options: MapOptions = {}): AsyncResult<Awaited<R>[]> {
    return this.#map('map()', MAP, fn as Task<readonly unknown[], R>, items, options) as AsyncResult<
      Awaited<R>[]
    >;
  }

  /** Like {@link Pool.map} for a task of several parameters: each item is an array of its arguments. */
  starmap<A extends readonly unknown[], R>(
    fn: Task<A, R>,
    items: Iterable<Readonly<A>>,
    options: MapOptions = {},
  ): AsyncResult<Awaited<R>[]> {
    return this.#map('starmap()', STARMAP, fn as Task<never, R>, items, options) as AsyncResult<Awaited<R>[]>;
  }

  /**
   * Like {@link Pool.map}, but blocks this thread, as {@link Pool.applySync} does.
   *
   * @param options `timeout` in ms for all of it, `chunkSize` (default: an even share for each worker)
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it is not done in time
   */
  mapSync<I, R>(fn: Task<[item: I], R>, items: Iterable<I>, options: SyncMapOptions = {}): Awaited<R>[] {
    const task = this.#jobs.task(fn as Task<readonly unknown[], R>);
    const deadline = deadlineOfSync(options, ['chunkSize']);
    const { chunkSize } = options;
    const all = [...iterable(items, [Symbol.iterator])];
    const even = Math.max(1, Math.ceil(all.length / this.#scheduler.plan.max));
    const size = chunkSize === undefined ? even : whole('chunkSize', chunkSize, MOST_ITEMS);
    const makers: MakeJob[] = [];
    for (let from = 0; from < all.length; from += size) {
      const chunk = all.slice(from, from + size);
      makers.push((outcome) => this.#jobs.make(task, MAP, chunk, undefined, outcome));
    }
    const values = this.#scheduler.blocking.run(makers, deadline);
    return values.flat(1) as Awaited<R>[];
  }

  /**
   * Calls a task for each item and yields results in the order of the items. Items are taken only a little ahead of what
   * was yielded, so the iterable may be endless. Leaving the loop leaves the rest undone. A loop that has begun before
   * `close()` goes on to its end.
   *
   * @param fn a task of one parameter
   * @param items any iterable, also an async one
   * @throws TypeError, RangeError at once on bad parameters
   * @returns yields results. The error of a task stands in the place of its result: a `for await` loop ends there, while
   * `next()` goes on behind it and loses nothing. Then come the error of the iterable, if any, and `ClosedError` when it
   * begins after `close()`
   */
  imap<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I> | AsyncIterable<I>,
    options: ImapOptions = {},
  ): PoolIterator<Awaited<R>> {
    return this.#iterate('imap()', true, fn as Task<readonly unknown[], R>, items, options);
  }

  /** Like {@link Pool.imap}, but yields each result as it comes. */
  imapUnordered<I, R>(
    fn: Task<[item: I], R>,
    items: Iterable<I> | AsyncIterable<I>,
    options: ImapOptions = {},
  ): PoolIterator<Awaited<R>> {
    return this.#iterate('imapUnordered()', false, fn as Task<readonly unknown[], R>, items, options);
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
      const [child] = this.#scheduler.children;
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

  /** What a listener throws is the program's own uncaught exception, and does not hit the pool in the middle of its work. */
  #tell<K extends keyof PoolEventMap>(event: K, ...told: PoolEventMap[K]): void {
    if (this.listenerCount(event) > 0) process.nextTick(() => (this as EventEmitter).emit(event, ...told));
  }

  #map(
    what: string,
    kind: number,
    fn: Task<never, unknown>,
    items: Iterable<unknown>,
    given: MapOptions,
  ): AsyncResult<unknown[]> {
    const task = this.#jobs.task(fn);
    const options = checkCall(given, what, ['chunkSize', 'onProgress'], fn);
    const { chunkSize, onProgress, signal, taskTimeout } = options;
    if (chunkSize !== undefined) whole('chunkSize', chunkSize, MOST_ITEMS);
    checkListener(onProgress);
    iterable(items, [Symbol.iterator]);
    let run: MapRun<unknown> | undefined;
    const result = new AsyncResult<unknown[]>(this.#unseen, (reason) => {
      run?.stop();
      for (const job of [...(run?.underWay ?? [])]) this.#scheduler.abort(job, reason);
    });
    if (signal?.aborted === true) {
      result.follow(signal);
      return result;
    }
    let all: readonly unknown[];
    try {
      all = [...items];
    } catch (error) {
      result.fail(error);
      return result;
    }
    const feed = () => {};
    this.#scheduler.beginFeeding(feed);
    const give = (chunk: unknown[], outcome: Outcome) => {
      const job = this.#jobs.make(task, kind, chunk, options, outcome);
      if (job !== undefined) this.#scheduler.submit(job);
      return job;
    };
    run = new MapRun(
      {
        items: all,
        task,
        workers: this.#scheduler.plan.max,
        chunkSize: chunkSize ?? (taskTimeout === undefined ? undefined : 1),
        onProgress,
        give,
        end: () => this.#scheduler.endFeeding(feed),
      },
      result,
    );
    result.follow(signal);
    return result;
  }

  #iterate<I, R>(
    what: string,
    isOrdered: boolean,
    fn: Task<readonly unknown[], R>,
    items: Iterable<I> | AsyncIterable<I>,
    given: ImapOptions,
  ): PoolIterator<Awaited<R>> {
    const task = this.#jobs.task(fn);
    const options = checkCall(given, what, ['chunkSize', 'buffer'], fn);
    const { chunkSize = 1, buffer = this.#scheduler.plan.max * 4, signal } = options;
    const underWay = new Set<Job>();
    const iterator = new PoolIterator<Awaited<R>, I>({
      items: iterable(items, [Symbol.iterator, Symbol.asyncIterator]),
      isOrdered,
      chunkSize: whole('chunkSize', chunkSize, MOST_ITEMS),
      buffer: whole('buffer', buffer, MOST_ITEMS),
      begin: (readOn) => {
        signal?.throwIfAborted();
        this.#scheduler.beginFeeding(readOn);
      },
      run: (chunk, arrive) => {
        let job: Job | undefined;
        const end = (outcome: ChunkOutcome) => {
          if (job !== undefined) underWay.delete(job);
          arrive(outcome);
        };
        job = this.#jobs.make(task, MAP, chunk, options, {
          settle: (values) => end({ values: values as unknown[] }),
          settlePartly: (values, errors) => end({ values, errors }),
          fail: (error) => end({ error }),
        });
        if (job === undefined) return;
        underWay.add(job);
        this.#scheduler.submit(job);
      },
      end: (readOn) => this.#scheduler.endFeeding(readOn),
      leave: (reason) => {
        for (const job of [...underWay]) this.#scheduler.abort(job, reason);
      },
    });
    if (signal !== undefined) iterator.follow(signal);
    return iterator;
  }
}
