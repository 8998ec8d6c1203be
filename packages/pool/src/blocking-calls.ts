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
  give(worker: PoolWorker, job: Job): void;
  send(worker: PoolWorker, job: Job): void;
  abort(job: Job, error: unknown): void;
}

/** Calls that block this thread until they are settled. */
export class BlockingCalls {
  readonly #plan: PoolPlan;
  readonly #workers: WorkerSet;
  readonly #host: BlockingHost;

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
      const worker = this.#choose();
      this.#host.give(worker, job);
      return { job, worker };
    });
    for (const each of given) if (each !== undefined) this.#wait(each.job, each.worker, deadline);
    const [failure] = failures;
    if (failure !== undefined) throw failure.error;
    return values;
  }

  /** The worker with the fewest jobs, or a new one if all are busy and there may be more. */
  #choose(): PoolWorker {
    let best: PoolWorker | undefined;
    let count = 0;
    for (const worker of this.#workers) {
      if (!worker.isLeaving) count++;
      if (worker.accepts && (best === undefined || worker.load < best.load)) best = worker;
    }
    return best !== undefined && (best.load === 0 || count >= this.#plan.max) ? best : this.#workers.start();
  }

  #wait(job: Job, first: PoolWorker, deadline: number): void {
    let worker = first;
    for (let failedStarts = 0; !job.isSettled; ) {
      const end = worker.waitSync(job, deadline);
      if (end === 'late') {
        const what = `${job.task.name} did not end before the timeout of the blocking call`;
        this.#host.abort(job, new TimeoutError(what));
      } else if (end === 'gone' && worker.hasBegun(job)) {
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
        worker = this.#choose();
        this.#host.send(worker, job);
      }
    }
  }
}
