export type { SyncWaitOptions, WaitOptions } from '@mp/core';
export {
  BrokenBarrierError,
  ClosedError,
  DeadlockError,
  MpError,
  NotOwnerError,
  TimeoutError,
} from '@mp/core';
export type {
  AsyncBarrier,
  AsyncCondition,
  AsyncEvent,
  AsyncGuard,
  AsyncHolder,
  AsyncLock,
  AsyncPermit,
  AsyncReentrantOptions,
  AsyncRLock,
  AsyncSemaphore,
  Told,
} from './async-types.ts';
export { Barrier, type BarrierOptions } from './barrier.ts';
export { Condition, type ConditionOptions } from './condition.ts';
export { Event, type EventOptions } from './event.ts';
export type { Guard } from './guard.ts';
export { Lock, type LockOptions } from './lock.ts';
export type { Holder } from './mutex.ts';
export type { Permit } from './permit.ts';
export { type ReentrantSyncWaitOptions, type ReentrantWaitOptions, RLock } from './rlock.ts';
export { RWLock } from './rwlock.ts';
export { BoundedSemaphore, Semaphore, type SemaphoreOptions } from './semaphore.ts';
