import { BODY, type Segment, thisAgent } from '@mp/core/internal';
import { Mutex } from './mutex.ts';
import { CAPACITY } from './owned-lock.ts';
import { ReadWrite } from './read-write.ts';

/** What came of {@link freeFromOutside}. */
export type Freed = 'freed' | 'it was free' | 'held by a living thread' | 'held by another thread';

/**
 * Frees the lock that a segment's body begins with, for a thread that never acquired it: what the dead hold, and by force also
 * what the living do. What a dead owner left half-done stays marked, for the next owner to repair.
 *
 * @param from the agent that loses it although it lives; its guard then frees nothing. One that came after it keeps it. Reads of an
 * RWLock cannot be taken away
 */
export function freeFromOutside(segment: Segment, from?: number): Freed {
  if (segment.kind === 'rwlock') return freeReadWrite(segment, from);
  return freeMutex(new Mutex(segment, BODY, CAPACITY), from);
}

function freeMutex(mutex: Mutex, from: number | undefined): Freed {
  if (mutex.owner === 0) return 'it was free';
  if (mutex.recoverFromDead()) {
    mutex.unlock(mutex.token);
    return 'freed';
  }
  if (from === undefined) return 'held by a living thread';
  if (!mutex.takeFrom(from)) return notFrom(mutex);
  mutex.unlock(mutex.token);
  return 'freed';
}

function notFrom(mutex: Mutex): Freed {
  return mutex.owner === 0 ? 'it was free' : 'held by another thread';
}

function freeReadWrite(segment: Segment, from: number | undefined): Freed {
  const lock = new ReadWrite(segment);
  // As a reader, which notes that the writer died.
  const read = lock.recoverForRead();
  if (read !== undefined) lock.endRead(read);
  else if (lock.mutex.owner !== 0) {
    if (from === undefined) return 'held by a living thread';
    return lock.endWriteOf(from) ? 'freed' : notFrom(lock.mutex);
  }
  const reader = lock.slots.reader();
  if (reader === 0) return read === undefined ? 'it was free' : 'freed';
  // Their slots are cleared by the owner of the write side only.
  const { mutex } = lock;
  if (mutex.tryLock()) {
    lock.slots.clearDead();
    mutex.unlock(mutex.token);
  }
  const left = lock.slots.reader();
  return left !== 0 && thisAgent().isAlive(left) ? 'held by a living thread' : 'freed';
}
