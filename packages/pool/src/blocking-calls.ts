import { TimeoutError, WorkerDiedError } from '@mp/core';
import type { Job, Outcome } from './job.ts';
import type { PoolPlan } from './pool-options.ts';
import type { PoolWorker } from './pool-worker.ts';
import { cannotStart, FAILED_STARTS_MOST, type WorkerSet } from './worker-set.ts';

/** Makes a job that ends in this way; a job that cannot be made has failed already. */
export type MakeJob = (outcome: Outcome) => Job | undefined;

/** What blocking calls ask of their scheduler. */
export interface BlockingHost {
  /** A job is given now, and not to the backlog: no turn of the event loop would move it on from there. */
  begin(job: Job): void;
  send(worker: PoolWorker, job: Job): void;
  /** A job that this worker has not begun is not its own any more. */
  reclaim(worker: PoolWorker, job: Job): void;
  abort(job: Job, error: unknown): void;
}

/** Calls that block this thread until they are settled. */
export class BlockingCalls {
  readonly #plan: PoolPlan;
  readonly #workers: WorkerSet;
  readonly #host: BlockingHost;
  #underWay = 0;

  constructor(plan: PoolPlan, workers: WorkerSet, host: BlockingHost) {
    this.#plan = plan;
    this.#workers = workers;
    this.#host = host;
  }

  /**
   * Does jobs and blocks this thread until they are settled, or the deadline is over.
   *
   * @returns their values
   * @throws the first error of them, once all have ended
   */
  run(makers: readonly MakeJob[], deadline: number): unknown[] {
    this.#underWay++;
    try {
      return this.#run(makers, deadline);
    } finally {
      this.#underWay--;
    }
  }

  /** Whether this thread blocks: no tick comes then. */
  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  #run(makers: readonly MakeJob[], deadline: number): unknown[] {
    // What was sent before waits for a tick to be rung for.
    for (const worker of this.#workers) worker.wake();
    const values: unknown[] = [];
    const failures: { error: unknown }[] = [];
    const given = makers.map((make, index) => {
      const job = make({
        settle: (value) => {
          values[index] = value;
        },
        fail: (error) => failures.push({ error }),
      });
      if (job === undefined) return undefined;
      this.#host.begin(job);
      const worker = this.#give(job, deadline);
      return worker && { job, worker };
    });
    for (const each of given) if (each !== undefined) this.#wait(each.job, each.worker, deadline);
    const [failure] = failures;
    if (failure !== undefined) throw failure.error;
    return values;
  }

  /** @returns the worker that does the job; `undefined` when the deadline is over before, or no worker can be made */
  #give(job: Job, deadline: number): PoolWorker | undefined {
    try {
      const worker = this.#choose(deadline);
      if (worker === undefined) this.#late(job);
      else this.#host.send(worker, job);
      return worker;
    } catch (error) {
      this.#host.abort(job, error);
      return undefined;
    }
  }

  /** The worker with the fewest jobs, or a new one if all are busy and there may be more. */
  #choose(deadline: number): PoolWorker | undefined {
    for (;;) {
      let best: PoolWorker | undefined;
      let next: PoolWorker | undefined;
      let count = 0;
      for (const worker of this.#workers) {
        if (!worker.isLeaving) count++;
        if (worker.willAccept) next = worker;
        if (worker.accepts && (best === undefined || worker.load < best.load)) best = worker;
      }
      if (best !== undefined && (best.load === 0 || count >= this.#plan.max)) return best;
      if (next === undefined || count < this.#plan.max) return this.#workers.start();
      // Jobs were taken back from each of them, and may be given again when that is done.
      const revoked = next;
      if (revoked.waitSync(() => revoked.accepts, deadline) === 'late') return undefined;
    }
  }

  #late(job: Job): void {
    const what = `${job.task.name} did not end before the timeout of the blocking call`;
    this.#host.abort(job, new TimeoutError(what));
  }

  #wait(job: Job, first: PoolWorker, deadline: number): void {
    let worker: PoolWorker | undefined = first;
    for (let failedStarts = 0; worker !== undefined && !job.isSettled; ) {
      const end = worker.waitSync(() => job.isSettled, deadline);
      if (end === 'late') this.#late(job);
      else if (end === 'gone' && worker.hasBegun(job)) {
        // How it ended is known here only when the event loop turns.
        const { pid = 0 } = worker.child;
        const { name: task } = job.task;
        job.fail(new WorkerDiedError(`The worker with pid ${pid} died while it ran ${task}`, { pid, task }));
      } else if (end === 'gone' && !worker.ready && ++failedStarts === FAILED_STARTS_MOST) {
        const { initError } = worker;
        job.fail(
          initError === undefined
            ? cannotStart('the last one ended before it was up', undefined)
            : cannotStart('their init task failed', initError.error),
        );
      } else if (end === 'gone') {
        this.#host.reclaim(worker, job);
        worker = this.#give(job, deadline);
      }
    }
  }
}
