// For other @mp packages: the lock algorithm, alone and as the head of a segment that is more than a lock.
export { initMutex, Mutex, mutexWords } from './mutex.ts';
export { initLock, LOCK_WORDS } from './owned-lock.ts';
