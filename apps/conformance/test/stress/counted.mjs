import assert from 'node:assert/strict';
import { BODY, Segment } from '@mp/core/internal';
import { Mutex } from '@mp/lock/internal';

/** Words for all: the peer that is inside, a count that is changed under the lock only. */
export const INSIDE = 1;
export const COUNT = 2;
/** Word of each: how often it was inside. */
export const MINE = 0;

/** At the end the lock is free, and the count is what all have counted for themselves. */
export function checkCounted({ objects: lock, ledger, kills }) {
  const last = lock.tryAcquire();
  assert(last, 'the lock stays locked');
  last.release();
  // Who was killed between the two counts made a difference of one.
  const off = Math.abs(ledger.words[ledger.common(COUNT)] - ledger.sum(MINE));
  assert(off <= kills, `the count is off by ${off} after ${kills} kills`);
}

/** @param {'lock' | 'rlock'} kind @returns {number} how many waits for the lock named `stress` were rescued */
export function rescuedOf(kind) {
  const segment = Segment.attach('n-stress', kind, 1);
  const { rescued } = new Mutex(segment, BODY, 64).waiters;
  segment.close();
  return rescued;
}
