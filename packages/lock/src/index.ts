export type { SyncWaitOptions, WaitOptions } from '@mp/core';
export { ClosedError, DeadlockError, MpError, NotOwnerError, TimeoutError } from '@mp/core';
export type { Guard } from './guard.ts';
export { Lock, type LockOptions } from './lock.ts';
export type { Holder } from './mutex.ts';
