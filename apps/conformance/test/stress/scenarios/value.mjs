import assert from 'node:assert/strict';
import { Segment } from '@mp/core/internal';
import { Value } from '@mp/shared';

/** Words of each: what it added without, and under the lock. */
const ADDED = 0;
const UPDATED = 1;

/** Two numbers, one changed by single operations, one under its lock: both are exact. */
export const scenario = {
  open: () => ({
    atomic: new Value('i32', 0, { name: 'stress' }),
    locked: new Value('i32', 0, { name: 'stress-locked' }),
  }),
  close({ atomic, locked }) {
    atomic.close();
    locked.close();
  },
  unlink() {
    Segment.removeNamed('stress');
    Segment.removeNamed('stress-locked');
  },

  async turn({ objects: { atomic, locked }, ledger, random, place }) {
    if (random.chance(0.7)) {
      const delta = random.below(5);
      if (random.chance(0.5)) atomic.add(delta);
      else
        for (let found = atomic.value; atomic.compareExchange(found, found + delta) !== found; )
          found = atomic.value;
      ledger.words[ledger.of(place, ADDED)] += delta;
    } else {
      await locked.update((value) => value + 1);
      ledger.words[ledger.of(place, UPDATED)]++;
    }
  },

  check({ objects: { atomic, locked }, ledger, kills }) {
    const added = Math.abs(atomic.value - ledger.sum(ADDED));
    assert(added <= kills * 4, `the sum is off by ${added} after ${kills} kills`);
    const updated = Math.abs(locked.value - ledger.sum(UPDATED));
    assert(updated <= kills, `the count is off by ${updated} after ${kills} kills`);
  },

  rescued: () => 0,
};
