// For users of any @mp package: they meet these through it.
export type { SyncWaitOptions, WaitOptions } from './deadline.ts';
export type { MpErrorCode, WorkerDeath } from './errors.ts';
export {
  AuthenticationError,
  BrokenBarrierError,
  BrokenPoolError,
  ClosedError,
  DeadlockError,
  MessageTooLongError,
  MpError,
  NotOwnerError,
  RemoteError,
  SerializationError,
  TimeoutError,
  WorkerDiedError,
} from './internal.ts';
