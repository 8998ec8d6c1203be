import type { ProcessOptions, ThreadOptions } from '@mp/process';
import type { TaskRef } from '@mp/process/internal';

/** Options of the processes or threads of a pool, as of `Process` and `Thread` of `@mp/process`. */
export type ChildSettings = Partial<
  Pick<ProcessOptions, 'env' | 'execArgv' | 'cwd' | 'stdio'> & Pick<ThreadOptions, 'resourceLimits'>
>;

/** What all workers of a pool have in common. */
export interface WorkerPlan {
  /** Which pool of its thread it is. */
  readonly number: number;
  readonly kind: 'process' | 'thread';
  /** The first call of each, encoded anew for each of them. */
  readonly init: { readonly ref: TaskRef; readonly args: readonly unknown[] } | undefined;
  /** Jobs after which one is replaced. */
  readonly mostTasks: number;
  /** Whether the workers and the thread of the pool are more than there are processors. */
  readonly isCrowded: boolean;
  readonly mostMemory: number | undefined;
  /** ms that a task may take to stop after it was asked to. */
  readonly grace: number;
  readonly childOptions: ChildSettings;
}
