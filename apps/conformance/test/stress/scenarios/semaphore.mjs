import assert from 'node:assert/strict';
import { Segment, thisAgent } from '@mp/core/internal';
import { Semaphore } from '@mp/lock';
import { PEERS } from '../ledger.mjs';

const PERMITS = 3;
/** Words of each: its agent while it has a permit, how many permits it has had. */
const HOLDS = 0;
const SERIAL = 1;

/** A semaphore that recovers the permits of the dead: no more than there are permits hold one. */
export const scenario = {
  open: () => new Semaphore(PERMITS, { name: 'stress', recover: true }),
  close: (semaphore) => semaphore.close(),
  unlink: () => Segment.removeNamed('stress'),

  async turn({ objects: semaphore, ledger, random, place }) {
    const permit = await acquire(semaphore, random);
    if (permit === undefined) return;
    const { words } = ledger;
    const mine = ledger.of(place, HOLDS);
    Atomics.add(words, ledger.of(place, SERIAL), 1);
    Atomics.store(words, mine, thisAgent().id);
    const holders = alive(ledger);
    // Dead ones are asked for last: their permits were taken over before.
    assert(holders.length <= PERMITS, `${holders.length} have one of ${PERMITS} permits: ${holders}`);
    for (let turn = random.below(200); turn > 0; turn--) Atomics.load(words, mine);
    if (random.chance(0.1)) await null;
    Atomics.store(words, mine, 0);
    permit.release();
  },

  check({ objects: semaphore }) {
    const permits = Array.from({ length: PERMITS }, () => semaphore.tryAcquire());
    assert(permits.every(Boolean), 'a permit was lost');
    assert.equal(semaphore.tryAcquire(), undefined, 'there is a permit too many');
    for (const permit of permits) permit.release();
  },

  rescued: (semaphore) => semaphore.rescued,
};

/** Places that all had a permit in one moment: nothing has changed between two looks at them. */
function alive(ledger) {
  const first = snapshot(ledger);
  const held = first.filter(({ agent }) => agent !== 0);
  if (held.length <= PERMITS) return [];
  const living = held.filter(({ agent }) => thisAgent().isAlive(agent));
  const second = snapshot(ledger);
  const isStill = ({ place, agent, serial }) =>
    second[place].agent === agent && second[place].serial === serial;
  return living.every(isStill) ? living.map(({ place }) => place) : [];
}

function snapshot({ words, of }) {
  return Array.from({ length: PEERS }, (_, place) => ({
    place,
    agent: Atomics.load(words, of(place, HOLDS)),
    serial: Atomics.load(words, of(place, SERIAL)),
  }));
}

async function acquire(semaphore, random) {
  const how = random.pick(['sync', 'async', 'async', 'try', 'impatient']);
  if (how === 'sync') return semaphore.acquireSync();
  if (how === 'async') return semaphore.acquire();
  if (how === 'try') return semaphore.tryAcquire();
  try {
    return await semaphore.acquire({ timeout: random.next() * 2 });
  } catch (error) {
    if (error.code !== 'ERR_MP_TIMEOUT') throw error;
    return undefined;
  }
}
