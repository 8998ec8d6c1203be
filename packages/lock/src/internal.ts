// For other @mp packages: the lock algorithm, without its own segment.
export { initMutex, Mutex, mutexWords } from './mutex.ts';
