import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Segment } from '@mp/core/internal';
import { RLock } from '@mp/lock';
import { COUNT, checkCounted, INSIDE, MINE, rescuedOf } from '../counted.mjs';

/** One lock, held several times over, by a thread or by a task: nobody else is inside, the count is exact. */
export const scenario = {
  open: () => new RLock({ name: 'stress' }),
  close: (lock) => lock.close(),
  unlink: () => Segment.removeNamed('stress'),

  async turn({ objects: lock, ledger, random, place }) {
    if (random.chance(0.5)) {
      const guard = lock.acquireSync();
      const more = Array.from({ length: random.below(3) }, () => lock.acquireSync());
      enter(ledger, place, guard.recovered);
      for (const each of more) each.release();
      leave(ledger, place);
      guard.release();
      return;
    }
    await lock.with(async (guard) => {
      enter(ledger, place, guard.recovered);
      await lock.with(() => assert(lock.locked));
      if (random.chance(0.05)) await delay(1);
      leave(ledger, place);
    });
  },

  check: checkCounted,

  rescued: () => rescuedOf('rlock'),
};

function enter(ledger, place, recovered) {
  const { words } = ledger;
  const inside = Atomics.load(words, ledger.common(INSIDE));
  assert(inside === 0 || recovered, `places ${inside - 1} and ${place} hold the lock`);
  Atomics.store(words, ledger.common(INSIDE), place + 1);
}

function leave(ledger, place) {
  const { words } = ledger;
  assert.equal(words[ledger.common(INSIDE)], place + 1, 'somebody else is inside');
  words[ledger.common(COUNT)]++;
  words[ledger.of(place, MINE)]++;
  Atomics.store(words, ledger.common(INSIDE), 0);
}
