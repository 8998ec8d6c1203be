export type { SyncWaitOptions, WaitOptions } from '@mp/core';
export {
  BrokenPoolError,
  ClosedError,
  MpError,
  RemoteError,
  SerializationError,
  TimeoutError,
  WorkerDiedError,
} from '@mp/core';
export { inline, isMain, task } from '@mp/process';
export { AsyncResult } from './async-result.ts';
export type { ApplyOptions, CallOptions, ImapOptions, MapOptions } from './call-options.ts';
export { carryContext } from './context.ts';
export { type CurrentTask, currentTask } from './current-task.ts';
export { PoolIterator } from './imap.ts';
export { type Movable, move } from './move.ts';
export { Pool, type PoolEventMap, type SyncMapOptions } from './pool.ts';
export type { PoolOptions, WorkerRange } from './pool-options.ts';
export type { PoolStats, WorkerStats } from './stats.ts';
export type { JobTrace } from './tracing.ts';
export type { ChildSettings } from './worker-plan.ts';
