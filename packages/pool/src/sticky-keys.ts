import type { PoolWorker } from './pool-worker.ts';

/** When so many keys have been without jobs, those that were so before them are forgotten. */
const IDLE_MOST = 32_768;

interface Home {
  worker: PoolWorker | undefined;
  /** Jobs of this key that are not settled. */
  jobs: number;
}

/** Which worker had a key last. */
export class StickyKeys {
  /** Keys of jobs that are not settled: their order depends on their worker. */
  readonly #busy = new Map<unknown, Home>();
  #idle = new Map<unknown, PoolWorker>();
  /** Keys that are idle for longer. */
  #older = new Map<unknown, PoolWorker>();

  /** A job of this key was given. */
  hold(key: unknown): void {
    const home = this.#busy.get(key);
    if (home !== undefined) {
      home.jobs++;
      return;
    }
    this.#busy.set(key, { worker: this.#idle.get(key) ?? this.#older.get(key), jobs: 1 });
    this.#idle.delete(key);
    this.#older.delete(key);
  }

  /** A job of this key is settled. */
  release(key: unknown): void {
    const home = this.#busy.get(key);
    if (home === undefined || --home.jobs > 0) return;
    this.#busy.delete(key);
    if (home.worker === undefined) return;
    this.#idle.set(key, home.worker);
    if (this.#idle.size < IDLE_MOST) return;
    this.#older = this.#idle;
    this.#idle = new Map();
  }

  /** @param key that of a job which is held */
  workerOf(key: unknown): PoolWorker | undefined {
    const worker = this.#busy.get(key)?.worker;
    // One that leaves still has jobs of this key, perhaps: what comes after them waits until it has ended.
    return worker?.isLeaving && worker.isIdle ? undefined : worker;
  }

  /** @param worker does the jobs of this key from now on */
  keep(key: unknown, worker: PoolWorker): void {
    const home = this.#busy.get(key);
    if (home !== undefined) home.worker = worker;
  }

  forget(worker: PoolWorker): void {
    for (const home of this.#busy.values()) if (home.worker === worker) home.worker = undefined;
    for (const idle of [this.#idle, this.#older])
      for (const [key, each] of idle) if (each === worker) idle.delete(key);
  }
}
