// For other @mp packages: the lock algorithm, alone and as the head of a segment that is more than a lock.
export { describers } from './describers.ts';
export { type Freed, freeFromOutside } from './from-outside.ts';
export {
  checkLockChoice,
  GIVEN_LOCK_WORDS,
  hasGivenLock,
  hasNoLock,
  type LockChoice,
  lockChoiceIn,
  lockParameter,
  openGivenLock,
  writeLockChoice,
} from './given-lock.ts';
export { initMutex, Mutex, mutexWords } from './mutex.ts';
export { initLock, LOCK_WORDS, lockIn } from './owned-lock.ts';
