import { type BrokenPoolError, ClosedError } from '@mp/core';
import { Backlog } from './backlog.ts';
import { BlockingCalls } from './blocking-calls.ts';
import { type Death, diedIn } from './death.ts';
import type { PoolEvents, PoolWorkerEvents } from './events.ts';
import { Hold } from './hold.ts';
import type { Job } from './job.ts';
import { Loads } from './loads.ts';
import { Pace } from './pace.ts';
import type { PoolPlan } from './pool-options.ts';
import type { PoolWorker } from './pool-worker.ts';
import { type PoolStats, Tally } from './stats.ts';
import { StickyKeys } from './sticky-keys.ts';
import { traceJob } from './tracing.ts';
import { WorkerSet } from './worker-set.ts';

/** How often an idle worker may look for jobs that another has not begun. */
const SHARE_MS = 5;

/** So many jobs may be settled in a backlog before it is looked through for them. */
const SWEEP_LEAST = 256;

/** Which worker of a pool does which job. */
export class Scheduler implements PoolWorkerEvents<PoolWorker> {
  readonly plan: PoolPlan;
  /** Calls that block this thread. */
  readonly blocking: BlockingCalls;
  /** What its jobs carry. */
  readonly loads = new Loads();
  readonly #events: PoolEvents;
  readonly #workers: WorkerSet;
  readonly #backlog: Backlog;
  readonly #keys = new StickyKeys();
  readonly #tally = new Tally();
  #state: 'open' | 'closing' | 'terminated' = 'open';
  #broken: BrokenPoolError | undefined;
  /** Jobs that are not settled. */
  #pending = 0;
  /** Jobs that were settled while they waited, of which some wait still. */
  #cancelled = 0;
  /** Iterations that will give more jobs: each is told by a call to give all of them, whether results are taken or not. */
  readonly #feeders = new Set<() => void>();
  readonly #pace = new Pace();
  #sharing: NodeJS.Timeout | undefined;
  readonly #alive = new Hold();

  constructor(plan: PoolPlan, events: PoolEvents) {
    this.plan = plan;
    this.#events = events;
    this.#backlog = new Backlog(plan.isLifo);
    this.#workers = this.#makeWorkers();
    this.blocking = new BlockingCalls(plan, this.#workers, {
      begin: (job) => {
        this.#pending++;
        traceJob('start', job);
      },
      send: (worker, job) => this.#send(worker, job),
      reclaim: (worker, job) => {
        this.#reclaim(worker, job);
        this.#dispatch();
      },
      abort: (job, error) => this.abort(job, error),
    });
    try {
      this.#workers.fill();
    } catch (error) {
      this.terminate(0);
      throw error;
    }
  }

  get closing(): boolean {
    return this.#state !== 'open';
  }

  /** The processes or threads of its workers. */
  get children(): PoolWorker['child'][] {
    return [...this.#workers].map((worker) => worker.child);
  }

  submit(job: Job): void {
    const refusal = this.#broken ?? (this.#state === 'terminated' ? terminated() : undefined);
    this.#pending++;
    if (job.plan.key !== undefined) this.#keys.hold(job.plan.key);
    if (refusal !== undefined) {
      this.#drop(job, refusal);
      return;
    }
    traceJob('start', job);
    if (this.#backlog.size === 0 && job.plan.key === undefined) {
      const worker = this.#workers.freest(this.#pace.ahead);
      if (worker !== undefined) {
        this.#send(worker, job);
        return;
      }
    }
    job.load = this.loads.keep(job.load);
    this.#backlog.push(job);
    this.#dispatch();
  }

  /** Told by each job once, when it is settled. */
  readonly over = (job: Job, failure: { error: unknown } | undefined): void => {
    this.#pending--;
    if (job.plan.key !== undefined) this.#keys.release(job.plan.key);
    this.#tally.over(failure === undefined);
    traceJob(failure === undefined ? 'end' : 'error', job, failure?.error);
    if (this.#pending === 0) this.#events.drain();
  };

  /** Settles a job with this error; a worker that has not begun it never will, and one that has is asked to stop. */
  abort(job: Job, error: unknown): void {
    if (job.isSettled) return;
    const worker = [...this.#workers].find((each) => each.has(job));
    if (worker === undefined) {
      // It waits in a backlog, or for the worker of its key: what is settled is skipped.
      this.#drop(job, error);
      if (++this.#cancelled >= SWEEP_LEAST && this.#cancelled * 2 > this.#backlog.size) this.#sweep();
      return;
    }
    if (this.#reclaim(worker, job)) this.#drop(job, error);
    else {
      job.fail(error);
      worker.ask(job);
    }
    this.#dispatch();
  }

  /** Jobs will come, also after {@link close}, until {@link endFeeding}. */
  beginFeeding(feedAll: () => void): void {
    this.assertOpen();
    this.#feeders.add(feedAll);
  }

  endFeeding(feedAll: () => void): void {
    this.#feeders.delete(feedAll);
    if (this.#state === 'closing') this.#endIdle();
  }

  /** Somebody waits for the end of a closed pool: that must not depend on those that take results. */
  feedAll(): void {
    if (this.#state === 'closing') for (const feedAll of this.#feeders) feedAll();
  }

  assertOpen(): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#state !== 'open')
      throw new ClosedError(
        `Cannot give work to the pool: it was ${this.#state === 'closing' ? 'closed' : 'terminated'}`,
      );
  }

  close(): void {
    if (this.#state === 'open') this.#state = 'closing';
    this.#endIdle();
  }

  terminate(grace: number): void {
    this.#state = 'terminated';
    this.#stopLooking();
    this.#rejectWaiting(terminated());
    for (const worker of this.#workers) worker.terminate(grace);
  }

  stats(): PoolStats {
    if (this.#cancelled > 0) this.#sweep();
    return this.#tally.read(this.#workers, this.#backlog.size, this.plan.worker.kind);
  }

  answered(
    worker: PoolWorker,
    job: Job,
    took: number,
    value: unknown,
    errors: Map<number, unknown> | undefined,
  ): void {
    this.#pace.took(took);
    const { task } = job;
    const each = took / job.calls;
    task.usual = task.usual === undefined ? each : (task.usual + each) / 2;
    worker.answeredAt = performance.now();
    this.#tally.answered(took, worker.answeredAt - job.given);
    if (errors !== undefined && job.mayRetry) this.#retryJob(job);
    else if (errors === undefined) job.settle(value);
    else if (errors.has(-1)) job.fail(errors.get(-1));
    else job.settlePartly(value as unknown[], errors);
    if (worker.load === 0 && worker.isLeaving) worker.end();
  }

  cameUp(worker: PoolWorker): void {
    this.#workers.cameUp();
    this.#events.worker({ pid: worker.child.pid, name: worker.child.name });
  }

  progress(): void {
    this.#dispatch();
    if (this.#state === 'closing' || this.#broken !== undefined) this.#endIdle();
  }

  ended(worker: PoolWorker, begun: Job[], unbegun: Job[], death: Death): void {
    const wasTerminated = this.#state === 'terminated';
    this.#keys.forget(worker);
    this.#tally.ended(worker);
    for (const job of begun) {
      if (wasTerminated) this.#drop(job, terminated());
      else if (job.mayRetry) this.#retryJob(job);
      else this.#drop(job, diedIn(job.task.name, death));
    }
    this.#backlog.giveBack(unbegun);
    if (!wasTerminated && (begun.length > 0 || death.ending.exitCode !== 0))
      this.#events.death(diedIn(begun[0]?.task.name, death));
    if (wasTerminated) this.#workers.remove(worker);
    else this.#workers.lost(worker, death);
    if (wasTerminated) this.#rejectWaiting(terminated());
    else if (this.#broken !== undefined) this.#rejectWaiting(this.#broken);
    else this.#workers.refill();
    this.#dispatch();
    if (this.#state === 'closing') this.#endIdle();
    this.#letGo();
  }

  #makeWorkers(): WorkerSet {
    const scheduler = this;
    return new WorkerSet(this.plan, this, {
      shapes: this.loads.shapes,
      get wantsWorkers() {
        return scheduler.#wantsWorkers;
      },
      get waiting() {
        return scheduler.#backlog.size;
      },
      grown: () => this.#dispatch(),
      broke: (error) => {
        this.#broken = error;
        this.#rejectWaiting(error);
        this.#endIdle();
      },
    });
  }

  get #wantsWorkers(): boolean {
    if (this.#state === 'terminated' || this.#broken !== undefined) return false;
    return this.#state === 'open' || this.#backlog.size > 0 || this.#feeders.size > 0;
  }

  /** The job is tried again, behind what waits. */
  #retryJob(job: Job): void {
    job.attempt++;
    if (job.plan.reload !== undefined && job.hasHandles) {
      // The first worker has received them: a second needs handles of its own.
      this.loads.drop(job.load);
      try {
        job.load = job.plan.reload();
      } catch (error) {
        job.fail(error);
        return;
      }
    }
    this.#backlog.push(job);
  }

  #send(worker: PoolWorker, job: Job): void {
    if (job.plan.key !== undefined) this.#keys.keep(job.plan.key, worker);
    const isLarge = (job.load.loose ?? job.load.segment) !== undefined;
    // The directory has space for what was read only when it is let go of.
    if (isLarge) for (const each of this.#workers) each.unloadBegun();
    try {
      worker.send(job);
    } catch (error) {
      this.#drop(job, error);
      return;
    }
    if (this.blocking.isUnderWay) worker.wake();
    this.#watch(isLarge);
  }

  #drop(job: Job, error: unknown): void {
    this.loads.drop(job.load);
    job.fail(error);
  }

  /** Lets go of jobs that were settled while they waited. */
  #sweep(): void {
    this.#cancelled = 0;
    this.#backlog.sweep();
    for (const { reserved } of this.#workers) reserved.keep((job) => !job.isSettled);
  }

  /** Takes a job out of what a worker has not begun. @returns whether it was there */
  #reclaim(worker: PoolWorker, job: Job): boolean {
    const jobs = worker.takeBack(true);
    this.#giveBack(
      worker,
      jobs.filter((each) => each !== job),
    );
    return jobs.includes(job);
  }

  /** Jobs that a worker had not begun: those with a key stay with it. */
  #giveBack(worker: PoolWorker, jobs: Job[]): void {
    const kept = jobs.filter((job) => job.plan.key !== undefined);
    if (kept.length > 0) worker.reserved.unshift(kept);
    this.#backlog.giveBack(kept.length === 0 ? jobs : jobs.filter((job) => job.plan.key === undefined));
  }

  #dispatch(): void {
    const { ahead } = this.#pace;
    for (const worker of this.#workers) {
      while (worker.reserved.size > 0 && worker.accepts && worker.load < ahead) {
        const job = worker.reserved.shift() as Job;
        if (!job.isSettled) this.#send(worker, job);
      }
    }
    while (this.#backlog.size > 0) {
      const worker = this.#workers.freest(this.#pace.ahead);
      if (worker === undefined) break;
      const job = this.#backlog.shift();
      if (job === undefined) break;
      const keeper = job.plan.key === undefined ? undefined : this.#keys.workerOf(job.plan.key);
      if (keeper === undefined || (keeper.accepts && keeper.load < ahead && keeper.reserved.size === 0))
        this.#send(keeper ?? worker, job);
      else keeper.reserved.push(job);
    }
    if (this.#backlog.size > 0) this.#workers.grow();
    this.#keepAlive();
  }

  /** Jobs that no worker has got keep the program alive, as those do that a worker has. */
  #keepAlive(): void {
    let waits = this.#backlog.size > 0;
    for (const worker of this.#workers) if (worker.reserved.size > 0) waits = true;
    this.#alive.set(waits);
  }

  /**
   * Watches that no job waits, behind a slow one or for a worker that stands still, while somebody is idle; and that what a
   * large job carries is let go of when that has begun.
   */
  #watch(isLarge: boolean): void {
    // A single worker has nobody to share with.
    if (this.plan.max > 1 || isLarge) this.#sharing ??= setInterval(() => this.#shareNow(), SHARE_MS).unref();
  }

  #shareNow(): void {
    let ahead = false;
    let idle = false;
    for (const worker of this.#workers) {
      if (worker.load > 1 || (worker.load === 1 && worker.running === undefined)) ahead = true;
      if (worker.load === 0 && worker.ready && worker.accepts) idle = true;
      worker.unloadBegun();
    }
    if (!ahead) {
      clearInterval(this.#sharing);
      this.#sharing = undefined;
      return;
    }
    if (!idle) return;
    for (const worker of this.#workers) {
      if (worker.load === 0) continue;
      const jobs = worker.takeBack();
      if (jobs.length === 0) continue;
      this.#pace.forget();
      this.#giveBack(worker, jobs);
      this.#dispatch();
      return;
    }
  }

  #endIdle(): void {
    if (this.#backlog.size > 0 || (this.#feeders.size > 0 && this.#broken === undefined)) return;
    for (const worker of this.#workers) if (worker.isIdle) worker.end();
  }

  #rejectWaiting(error: Error): void {
    for (const job of this.#backlog.clear()) this.#drop(job, error);
    for (const worker of this.#workers) for (const job of worker.reserved.clear()) this.#drop(job, error);
  }

  /** The last worker of a closed pool is gone: nobody needs the pins any more. */
  #letGo(): void {
    if (this.#workers.size > 0 || this.#state === 'open') return;
    this.#stopLooking();
    this.loads.close();
  }

  #stopLooking(): void {
    clearInterval(this.#sharing);
    this.#alive.stop();
    this.#workers.stop();
  }
}

function terminated(): ClosedError {
  return new ClosedError('The pool was terminated before this task was done');
}
