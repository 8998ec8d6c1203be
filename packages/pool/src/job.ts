import type { Pins, Segment } from '@mp/core/internal';
import type { TaskRef } from '@mp/process/internal';
import type { Moves } from './move.ts';

/** A task as a pool knows it. */
export interface PoolTask {
  readonly number: number;
  readonly ref: TaskRef;
  /** Its name, for messages. */
  readonly name: string;
  /** µs that one call takes, as measured; unknown at first. */
  usual: number | undefined;
}

/** What a job carries, encoded. */
export interface Load {
  readonly bytes: Uint8Array;
  /** Pieces that follow; some are still memory of the caller, which may change it when its call has returned. */
  readonly loose?: readonly Uint8Array[] | undefined;
  /** Where the bytes are, when that is the segment in which they were sent. */
  readonly segment?: Segment | undefined;
  /** What is held on to for it until it was received. */
  readonly pins: Pins;
  /** What the calls run in, when that is not the usual. */
  readonly context?: Load | undefined;
}

/** How a job is to be done. */
export interface JobPlan {
  /** ms that it may run. */
  readonly limit?: number | undefined;
  readonly priority?: number | undefined;
  /** How often it may be tried again. */
  readonly retries?: number | undefined;
  readonly key?: unknown;
  /** Encodes it again, for a retry. */
  readonly reload?: (() => Load) | undefined;
  /** What threads move to each other. */
  readonly moves?: Moves | undefined;
}

/** What becomes of a job. */
export interface Outcome {
  settle(value: unknown): void;
  fail(error: unknown): void;
  /** Of the calls of a chunk some failed: `errors` has the error of each of them by its index. */
  settlePartly?(values: unknown[], errors: Map<number, unknown>): void;
  progress?(value: unknown): void;
}

const NO_LOAD = new Uint8Array(0);

/** One step of priority counts as much as this time of waiting. */
const AGE_MS = 1_000;

let given = 0;

/** One unit of work: a call, or the calls for one chunk of items. Who holds it in which state: docs/decisions/007. */
export class Job {
  readonly task: PoolTask;
  /** `CALL`, `MAP` or `STARMAP`. */
  readonly kind: number;
  /** How many calls it stands for. */
  readonly calls: number;
  readonly plan: JobPlan;
  /** When it was given, as `performance.now()`. */
  readonly given = performance.now();
  /** When it would have come if it had no priority: the smallest is served first. */
  readonly due: number;
  /** Jobs are numbered in the order they were given. */
  readonly number = ++given;
  /** Whether what it carries can be received once only. */
  readonly hasHandles: boolean;
  attempt = 1;
  load: Load;
  isSettled = false;
  readonly #outcome: Outcome;
  readonly #over: (job: Job, failure: { error: unknown } | undefined) => void;

  /** @param over told once it is settled, and of its error */
  constructor(
    task: PoolTask,
    kind: number,
    calls: number,
    load: Load,
    plan: JobPlan,
    outcome: Outcome,
    over: (job: Job, failure: { error: unknown } | undefined) => void,
  ) {
    this.task = task;
    this.kind = kind;
    this.calls = calls;
    this.load = load;
    this.hasHandles = load.pins.count + (load.context?.pins.count ?? 0) > 0;
    this.plan = plan;
    this.due = this.given + (plan.priority ?? 0) * AGE_MS;
    this.#outcome = outcome;
    this.#over = over;
  }

  get mayRetry(): boolean {
    return !this.isSettled && this.attempt <= (this.plan.retries ?? 0);
  }

  settle(value: unknown): void {
    if (!this.#end(undefined)) return;
    this.#outcome.settle(value);
  }

  settlePartly(values: unknown[], errors: Map<number, unknown>): void {
    const [first] = errors.values();
    if (!this.#end({ error: first })) return;
    if (this.#outcome.settlePartly !== undefined) this.#outcome.settlePartly(values, errors);
    else this.#outcome.fail(first);
  }

  fail(error: unknown): void {
    if (!this.#end({ error })) return;
    this.#outcome.fail(error);
  }

  progress(value: unknown): void {
    if (!this.isSettled) this.#outcome.progress?.(value);
  }

  /** Its worker has begun it, and nobody else will: lets go of its bytes. */
  unload(): void {
    const { segment, pins, context } = this.load;
    segment?.close();
    // A worker that dies before it has read the context leaves what that has pinned.
    this.load = { bytes: NO_LOAD, pins, context };
  }

  #end(failure: { error: unknown } | undefined): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.load.segment?.close();
    this.load = { bytes: NO_LOAD, pins: this.load.pins };
    this.#over(this, failure);
    return true;
  }
}
