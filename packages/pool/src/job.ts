import type { Pins } from '@mp/core/internal';
import type { TaskRef } from '@mp/process/internal';

/** A task as a pool knows it. */
export interface PoolTask {
  readonly number: number;
  readonly ref: TaskRef;
  /** Its name, for messages. */
  readonly name: string;
}

/** One unit of work: a call, or the calls for one chunk of items. */
export interface Job {
  readonly task: PoolTask;
  /** `CALL` or `MAP`. */
  readonly kind: number;
  /** Arguments or items, encoded when they were given. */
  readonly bytes: Uint8Array;
  /** What is held on to for it until it was received. */
  readonly pins: Pins;
  settle(value: unknown): void;
  fail(error: unknown): void;
}
