import { BrokenPoolError, WorkerDiedError } from '@mp/core';
import { type Death, endOf } from './death.ts';
import type { PoolWorkerEvents } from './events.ts';
import type { PoolPlan } from './pool-options.ts';
import { PoolWorker } from './pool-worker.ts';
import { lastLines } from './stderr-tail.ts';
import type { ToldShapes } from './told-shapes.ts';

/**
 * So many workers in a row that ended before they came up, and the pool gives up. After the first of them it starts
 * probes: workers without jobs, so that what kills a worker does not take jobs along. One that comes up makes room for a
 * worker.
 */
export const FAILED_STARTS_MOST = 3;

/** When a worker could not be made for want of memory, descriptors or processes, it is tried again after this. */
const RETRY_MS = 1_000;

/** What a set of workers asks of its scheduler. */
export interface WorkerSetHost {
  /** Whether a worker would have something to do, now or later. */
  readonly wantsWorkers: boolean;
  /** How many jobs wait for one. */
  readonly waiting: number;
  /** One was started after an attempt that failed: it can have a job. */
  grown(): void;
  /** Of objects in the jobs. */
  readonly shapes: ToldShapes;
  /** No more workers can be started. */
  broke(error: BrokenPoolError): void;
}

/** The workers of a pool: how many there are, and when one starts, is not needed any more, or cannot be had. */
export class WorkerSet implements Iterable<PoolWorker> {
  readonly #plan: PoolPlan;
  readonly #events: PoolWorkerEvents<PoolWorker>;
  readonly #host: WorkerSetHost;
  readonly #workers = new Set<PoolWorker>();
  #named = 0;
  #failedStarts = 0;
  #shrinking: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(plan: PoolPlan, events: PoolWorkerEvents<PoolWorker>, host: WorkerSetHost) {
    this.#plan = plan;
    this.#events = events;
    this.#host = host;
  }

  [Symbol.iterator](): Iterator<PoolWorker> {
    return this.#workers.values();
  }

  get size(): number {
    return this.#workers.size;
  }

  /** The worker with the fewest jobs, if one has less than so many. */
  freest(most: number): PoolWorker | undefined {
    let best: PoolWorker | undefined;
    for (const worker of this.#workers) {
      if (worker.load >= most || !worker.accepts) continue;
      if (best === undefined || worker.load < best.load) best = worker;
    }
    return best;
  }

  /** Starts those that are always there. */
  fill(): void {
    while (this.#workers.size < this.#plan.min) this.start();
  }

  start(): PoolWorker {
    const name = `PoolWorker-${++this.#named}`;
    const worker = new PoolWorker(
      name,
      this.#plan.worker,
      this.#host.shapes,
      this.#events,
      this.#failedStarts > 0,
    );
    this.#workers.add(worker);
    if (this.#workers.size > this.#plan.min) this.#shrinkLater();
    return worker;
  }

  /** One came up: workers can be had. */
  cameUp(): void {
    this.#failedStarts = 0;
  }

  /** Starts workers for what waits, if there may be more. */
  grow(): void {
    const shortage = this.#shortage();
    if (shortage === 0 || this.#failedStarts > 0 || !this.#host.wantsWorkers) return;
    this.#startUpTo(Math.min(this.#plan.max, this.#workers.size + shortage));
  }

  /** Takes the places of workers that are gone. */
  refill(): void {
    if (!this.#host.wantsWorkers) return;
    const least = this.#failedStarts > 0 ? Math.max(1, this.#plan.min) : this.#plan.min;
    this.#startUpTo(Math.max(least, Math.min(this.#plan.max, this.#workers.size + this.#shortage())));
  }

  /** @param death how one ended that no one had terminated */
  lost(worker: PoolWorker, death: Death): void {
    this.remove(worker);
    if (worker.ready || ++this.#failedStarts < FAILED_STARTS_MOST || !worker.isProbe) return;
    this.#host.broke(whyNone(worker, death));
  }

  remove(worker: PoolWorker): void {
    this.#workers.delete(worker);
  }

  /** Looks for no more. */
  stop(): void {
    clearInterval(this.#shrinking);
    clearTimeout(this.#retry);
  }

  /** How many more workers there is work for: those that start take one job each. */
  #shortage(): number {
    if (this.#plan.min === this.#plan.max) return 0;
    let starting = 0;
    for (const worker of this.#workers) if (!worker.ready && worker.load === 0) starting++;
    return Math.max(0, this.#host.waiting - starting);
  }

  #startUpTo(size: number): void {
    try {
      while (this.#workers.size < size) this.start();
    } catch (error) {
      // The others go on; there may be room for one later.
      if (this.#workers.size > 0) this.#retry ??= setTimeout(() => this.#startAgain(), RETRY_MS).unref();
      else this.#host.broke(cannotStart('there is none left', error));
    }
  }

  #startAgain(): void {
    this.#retry = undefined;
    this.refill();
    this.#host.grown();
  }

  /** Looks now and then for workers that have been idle for too long. */
  #shrinkLater(): void {
    const { idle } = this.#plan;
    if (idle === Infinity) return;
    this.#shrinking ??= setInterval(() => this.#shrink(), Math.min(2 ** 30, Math.max(10, idle / 2))).unref();
  }

  #shrink(): void {
    let count = this.#workers.size;
    const since = performance.now() - this.#plan.idle;
    for (const worker of this.#workers) {
      if (count <= this.#plan.min) break;
      if (!worker.isIdle || !worker.ready || worker.idleSince > since) continue;
      worker.end();
      count--;
    }
    if (this.#workers.size > this.#plan.min) return;
    clearInterval(this.#shrinking);
    this.#shrinking = undefined;
  }
}

/** Why a pool gives up after this worker, which did not come up. */
function whyNone({ initError, child }: PoolWorker, { ending, stderr }: Death): BrokenPoolError {
  if (initError !== undefined) return cannotStart('their init task failed', initError.error);
  return cannotStart(`the last one ${endOf(ending)} before it was up`, child.error, stderr);
}

export function cannotStart(how: string, cause: unknown, stderr = ''): BrokenPoolError {
  // That it ended, without more, is said already.
  const isKnown = cause instanceof Error && !(cause instanceof WorkerDiedError);
  const why = isKnown ? cause.message : lastLines(stderr);
  const message = `The pool cannot start workers, ${how}${why === '' ? '' : `: ${why}`}`;
  return new BrokenPoolError(message, { cause, stderr: stderr === '' ? undefined : stderr });
}
