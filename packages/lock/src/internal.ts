// For other @mp packages: the lock algorithm, alone and as the head of a segment that is more than a lock.
export {
  checkLockChoice,
  GIVEN_LOCK_WORDS,
  hasGivenLock,
  hasNoLock,
  type LockChoice,
  lockParameter,
  openGivenLock,
  writeLockChoice,
} from './given-lock.ts';
export { initMutex, Mutex, mutexWords } from './mutex.ts';
export { initLock, LOCK_WORDS } from './owned-lock.ts';
