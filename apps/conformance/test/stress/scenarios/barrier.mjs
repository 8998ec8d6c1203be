import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Segment } from '@mp/core/internal';
import { Barrier } from '@mp/lock';

const PARTIES = 3;
/** Word for all: visits that passed, by the index they got: equally many of each. */
const PASSED = 1;

/** A barrier for three of the peers at a time: whole groups pass, a peer that dies breaks it, a reset mends it. */
export const scenario = {
  open: () => new Barrier(PARTIES, { name: 'stress' }),
  close: (barrier) => barrier.close(),
  unlink: () => Segment.removeNamed('stress'),

  async turn({ objects: barrier, ledger, random }) {
    try {
      const index = random.chance(0.5)
        ? barrier.waitSync({ timeout: 3_000 })
        : await barrier.wait({ timeout: 3_000 });
      Atomics.add(ledger.words, ledger.common(PASSED + index), 1);
    } catch (error) {
      if (error.code === 'ERR_MP_TIMEOUT') return;
      if (error.code !== 'ERR_MP_BROKEN_BARRIER') throw error;
      await delay(1);
    }
  },

  supervise({ objects: barrier, ledger }) {
    // At the end there may be too few for a group.
    if (ledger.isStopped) barrier.abort();
    else if (barrier.broken) barrier.reset();
  },

  check({ ledger, kills }) {
    const counts = Array.from({ length: PARTIES }, (_, index) => ledger.words[ledger.common(PASSED + index)]);
    const off = Math.max(...counts) - Math.min(...counts);
    assert(off <= kills, `${counts} passed by the indexes of one group, after ${kills} kills`);
  },

  rescued: (barrier) => barrier.rescued,
};
