import assert from 'node:assert/strict';
import { Segment } from '@mp/core/internal';
import { Event } from '@mp/lock';

/** Longer than any of these waits takes while pulses come. */
const PATIENCE_MS = 15_000;

/** Everybody waits for pulses, set and cleared at once, of a process that never dies: none of the waits misses its pulse. */
export const scenario = {
  open: () => new Event({ name: 'stress' }),
  close: (event) => event.close(),
  unlink: () => Segment.removeNamed('stress'),

  async turn({ objects: event, random }) {
    if (random.chance(0.1)) {
      await event.wait({ timeout: random.next() * 3 });
      return;
    }
    const timeout = PATIENCE_MS;
    const came = random.chance(0.5) ? event.waitSync({ timeout }) : await event.wait({ timeout });
    assert(came, 'a pulse was missed');
  },

  supervise({ objects: event }) {
    event.set();
    event.clear();
  },

  check({ objects: event }) {
    assert.equal(event.isSet, false);
  },

  rescued: (event) => event.rescued,
};
