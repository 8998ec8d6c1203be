import type { PoolWorker } from './pool-worker.ts';

/** So many keys are remembered. The ones used longest ago go first. */
const KEYS_MOST = 65_536;

/** Which worker had a key last. */
export class StickyKeys {
  readonly #workers = new Map<unknown, PoolWorker>();

  workerOf(key: unknown): PoolWorker | undefined {
    const worker = this.#workers.get(key);
    // One that leaves still has jobs of this key, perhaps: what comes after them waits until it has ended.
    if (worker === undefined || !worker.isLeaving || worker.load > 0) return worker;
    this.#workers.delete(key);
    return undefined;
  }

  /** @param worker does the jobs of this key from now on */
  keep(key: unknown, worker: PoolWorker): void {
    this.#workers.delete(key);
    this.#workers.set(key, worker);
    if (this.#workers.size <= KEYS_MOST) return;
    for (const [old, { load, reserved }] of this.#workers) {
      // A key with jobs under way keeps its worker: their order depends on it.
      if (load > 0 || reserved.size > 0) continue;
      this.#workers.delete(old);
      return;
    }
  }

  forget(worker: PoolWorker): void {
    for (const [key, each] of this.#workers) if (each === worker) this.#workers.delete(key);
  }
}
