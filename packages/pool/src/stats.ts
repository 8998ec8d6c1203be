import { createHistogram, type Histogram } from 'node:perf_hooks';
import { memoryOf } from './liveness.ts';
import type { PoolWorker } from './pool-worker.ts';

/** What a pool is doing, and what it has done. */
export interface PoolStats {
  /** Its live workers. */
  workers: WorkerStats[];
  /** Jobs that wait, or are with a worker. A chunk of a map is one job. */
  pending: number;
  /** Jobs that wait for a worker. */
  queued: number;
  /** Jobs that a worker has begun. */
  running: number;
  /** Jobs that ended well. */
  done: number;
  /** Jobs that ended with an error. */
  failed: number;
  /** Part of their time in which workers ran tasks, those that have ended too: 0 to 1. */
  utilisation: number;
  /** How long jobs ran, in µs. */
  run: Histogram;
  /** How long jobs waited until they began, in µs. */
  wait: Histogram;
}

/** One worker of a pool. */
export interface WorkerStats {
  pid: number | undefined;
  /** Jobs that it answered. */
  done: number;
  /** The name of the task that it runs. */
  running: string | undefined;
  /** Bytes of memory that its process has; `undefined` for a thread, and where that is not known. */
  memory: number | undefined;
}

/** Times are put into the histograms so many at a time: each is a call into native code. */
const BATCH = 1024;

/** Counts what became of jobs. */
export class Tally {
  done = 0;
  failed = 0;
  readonly #run = createHistogram();
  readonly #wait = createHistogram();
  readonly #times = new Float64Array(2 * BATCH);
  #count = 0;
  /** µs that jobs ran which were answered. */
  #busy = 0;
  /** ms that the workers lived that have ended. */
  #lived = 0;

  /**
   * @param took µs that a job ran
   * @param passed ms since it was given
   */
  answered(took: number, passed: number): void {
    const at = 2 * this.#count++;
    this.#times[at] = took;
    this.#times[at + 1] = passed * 1000 - took;
    this.#busy += took;
    if (this.#count === BATCH) this.#flush();
  }

  over(isDone: boolean): void {
    if (isDone) this.done++;
    else this.failed++;
  }

  /** This worker has ended: what it lived counts on. */
  ended(worker: PoolWorker): void {
    this.#lived += performance.now() - worker.born;
  }

  /** @param queued how many jobs no worker has */
  read(live: Iterable<PoolWorker>, queued: number, kind: 'process' | 'thread'): PoolStats {
    this.#flush();
    const now = performance.now();
    let pending = queued;
    let running = 0;
    let busy = this.#busy / 1000;
    let lived = this.#lived;
    const workers = Array.from(live, (worker) => {
      pending += worker.load + worker.reserved.size;
      lived += now - worker.born;
      if (worker.running !== undefined) {
        running++;
        busy += now - worker.runningSince;
      }
      const { pid } = worker.child;
      const memory = kind === 'thread' || pid === undefined ? undefined : memoryOf(pid);
      return { pid, done: worker.answered, running: worker.running, memory };
    });
    const { done, failed } = this;
    const utilisation = lived === 0 ? 0 : Math.min(1, busy / lived);
    return {
      workers,
      pending,
      queued: pending - running,
      running,
      done,
      failed,
      utilisation,
      run: this.#run,
      wait: this.#wait,
    };
  }

  #flush(): void {
    for (let at = 0; at < 2 * this.#count; at += 2) {
      this.#run.record(Math.max(1, Math.round(this.#times[at])));
      this.#wait.record(Math.max(1, Math.round(this.#times[at + 1])));
    }
    this.#count = 0;
  }
}
