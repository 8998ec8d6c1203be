import type { WorkerDiedError } from '@mp/core';
import type { Death } from './death.ts';
import type { Job } from './job.ts';

/** What a worker, as its pool sees it, tells that pool. */
export interface PoolWorkerEvents<Worker> {
  /** It came up. */
  cameUp(worker: Worker): void;
  /** Jobs ended, or it came up: there may be room for more. */
  progress(): void;
  /** It answered a job after so many µs; `errors` has what was thrown, by index for a chunk. */
  answered(
    worker: Worker,
    job: Job,
    took: number,
    value: unknown,
    errors: Map<number, unknown> | undefined,
  ): void;
  /** It has ended with these jobs begun, and these not. */
  ended(worker: Worker, begun: Job[], unbegun: Job[], death: Death): void;
}

/** What a pool tells of itself. */
export interface PoolEvents {
  worker(worker: { pid: number | undefined; name: string }): void;
  death(error: WorkerDiedError): void;
  drain(): void;
}
