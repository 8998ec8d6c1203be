export type { WaitOptions } from '@mp/core';
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
export { type ImapOptions, type MapOptions, Pool, type PoolOptions } from './pool.ts';
export type { PoolStats } from './stats.ts';
