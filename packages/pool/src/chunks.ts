import type { AsyncResult } from './async-result.ts';
import type { Job, Outcome, PoolTask } from './job.ts';

/** A chunk of a map takes about so long: long enough for its own cost not to count, short enough for all to end together. */
const CHUNK_US = 500;

/** So many chunks of a map are under way for each worker: some begun or sent ahead, some to be shared. */
const CHUNKS_EACH = 8;

/** How the items of a map are done. */
export interface MapPlan<I> {
  readonly items: readonly I[];
  readonly task: PoolTask;
  readonly workers: number;
  readonly chunkSize: number | undefined;
  readonly onProgress: ((progress: { done: number; total: number }) => void) | undefined;
  /** Makes a job of a chunk and gives it to the pool. */
  give(chunk: I[], outcome: Outcome): Job | undefined;
  /** No more chunks will come. */
  end(): void;
}

/** Hands out the items of a map, chunk by chunk, and puts the results into their places. */
export class MapRun<I> {
  readonly #plan: MapPlan<I>;
  readonly #result: AsyncResult<unknown[]>;
  readonly #values: unknown[];
  readonly #underWay = new Set<Job>();
  #given = 0;
  #done = 0;
  #chunks = 0;
  #isGiving = false;
  #failure: { readonly at: number; readonly error: unknown } | undefined;

  constructor(plan: MapPlan<I>, result: AsyncResult<unknown[]>) {
    this.#plan = plan;
    this.#result = result;
    this.#values = new Array(plan.items.length);
    if (plan.items.length === 0) {
      result.settle([]);
      plan.end();
    } else this.#give();
  }

  /** Jobs that are with the pool. */
  get underWay(): Iterable<Job> {
    return this.#underWay;
  }

  /** Gives no more. */
  stop(): void {
    if (this.#given < this.#plan.items.length) this.#plan.end();
    this.#given = this.#plan.items.length;
  }

  #give(): void {
    // A job that cannot be made ends at once, in the middle of this.
    if (this.#isGiving) return;
    this.#isGiving = true;
    const { items, workers, give } = this.#plan;
    while (this.#given < items.length && this.#chunks < workers * CHUNKS_EACH) {
      const from = this.#given;
      const size = this.#size();
      const chunk = items.slice(from, from + size);
      this.#given += chunk.length;
      this.#chunks++;
      let job: Job | undefined;
      const end = () => {
        if (job !== undefined) this.#underWay.delete(job);
        this.#end(chunk.length);
      };
      job = give(chunk, {
        settle: (values) => {
          this.#keep(from, values as unknown[]);
          end();
        },
        settlePartly: (values, errors) => {
          this.#keep(from, values);
          for (const [index, error] of errors) this.#fail(from + index, error);
          end();
        },
        fail: (error) => {
          this.#fail(from, error);
          end();
        },
      });
      if (job !== undefined && !job.isSettled) this.#underWay.add(job);
      if (this.#given === items.length) this.#plan.end();
    }
    this.#isGiving = false;
  }

  #size(): number {
    const { chunkSize, task, workers, items } = this.#plan;
    if (chunkSize !== undefined) return chunkSize;
    // Every worker measures one call first.
    if (task.usual === undefined) return 1;
    const even = Math.ceil((items.length - this.#given) / (workers * 2));
    return Math.max(1, Math.min(even, Math.floor(CHUNK_US / Math.max(task.usual, 0.01))));
  }

  #keep(from: number, values: readonly unknown[]): void {
    for (let index = 0; index < values.length; index++) this.#values[from + index] = values[index];
  }

  /** The error of the first item counts, as it would in a loop. */
  #fail(at: number, error: unknown): void {
    if (this.#failure === undefined || at < this.#failure.at) this.#failure = { at, error };
  }

  #end(count: number): void {
    this.#chunks--;
    this.#done += count;
    const { onProgress, items } = this.#plan;
    const isLast = this.#done === items.length;
    if (onProgress === undefined) {
      if (isLast) this.#settle();
    } else {
      // A listener may do anything, also block this thread: it is not called while the pool reads what a worker sent.
      const progress = { done: this.#done, total: items.length };
      queueMicrotask(() => {
        this.#tell(onProgress, progress);
        if (isLast) this.#settle();
      });
    }
    if (!isLast) this.#give();
  }

  #tell(onProgress: NonNullable<MapPlan<I>['onProgress']>, progress: { done: number; total: number }): void {
    // It was cancelled.
    if (this.#result.ready) return;
    try {
      onProgress(progress);
    } catch (error) {
      this.#fail(-1, error);
    }
  }

  #settle(): void {
    if (this.#failure !== undefined) this.#result.fail(this.#failure.error);
    else this.#result.settle(this.#values);
  }
}
