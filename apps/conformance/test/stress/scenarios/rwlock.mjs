import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Segment, thisAgent } from '@mp/core/internal';
import { RWLock } from '@mp/lock';
import { PEERS } from '../ledger.mjs';

/** Words for all: the place of who writes, a count that only writers change. */
const WRITER = 1;
const COUNT = 2;
/** Words of each: its agent while it reads, how often it wrote. */
const READS = 0;
const WROTE = 1;

/** A lock of many readers or one writer: nobody reads beside a writer, nobody writes beside anybody, the count is exact. */
export const scenario = {
  open: () => new RWLock({ name: 'stress' }),
  close: (rw) => rw.close(),
  unlink: () => Segment.removeNamed('stress'),

  async turn({ objects: rw, ledger, random, place }) {
    if (random.chance(0.7)) await read(rw, ledger, random, place);
    else await write(rw, ledger, random, place);
  },

  check({ objects: rw, ledger, kills }) {
    const last = rw.tryWrite();
    assert(last, 'the lock stays locked');
    last.release();
    assert.equal(rw.readers, 0);
    // Who was killed between the two counts made a difference of one.
    const off = Math.abs(ledger.words[ledger.common(COUNT)] - ledger.sum(WROTE));
    assert(off <= kills, `the count is off by ${off} after ${kills} kills`);
  },

  rescued: (rw) => rw.rescued,
};

async function read(rw, ledger, random, place) {
  const permit = await acquire(random, {
    sync: () => rw.readSync(),
    later: (options) => rw.read(options),
    now: () => rw.tryRead(),
  });
  if (permit === undefined) return;
  const { words } = ledger;
  Atomics.store(words, ledger.of(place, READS), thisAgent().id);
  const count = words[ledger.common(COUNT)];
  const writer = Atomics.load(words, ledger.common(WRITER));
  // Readers are told of a dead writer until another one has written.
  assert(writer === 0 || permit.recovered, `place ${place} reads while place ${writer - 1} writes`);
  for (let turn = random.below(200); turn > 0; turn--) Atomics.load(words, ledger.common(WRITER));
  if (random.chance(0.02)) await delay(1);
  assert.equal(words[ledger.common(COUNT)], count, 'somebody wrote beside a reader');
  Atomics.store(words, ledger.of(place, READS), 0);
  permit.release();
}

async function write(rw, ledger, random, place) {
  const guard = await acquire(random, {
    sync: () => rw.writeSync(),
    later: (options) => rw.write(options),
    now: () => rw.tryWrite(),
  });
  if (guard === undefined) return;
  const { words } = ledger;
  const writer = Atomics.load(words, ledger.common(WRITER));
  assert(writer === 0 || guard.recovered, `places ${writer - 1} and ${place} write`);
  Atomics.store(words, ledger.common(WRITER), place + 1);
  const readers = living(ledger);
  assert(readers.length === 0, `places ${readers} read while place ${place} writes`);
  const before = words[ledger.common(COUNT)];
  for (let turn = random.below(200); turn > 0; turn--) Atomics.load(words, ledger.common(WRITER));
  if (random.chance(0.05)) await delay(1);
  words[ledger.common(COUNT)] = before + 1;
  words[ledger.of(place, WROTE)]++;
  Atomics.store(words, ledger.common(WRITER), 0);
  guard.release();
}

/** The places of readers that are alive. */
function living(ledger) {
  return Array.from({ length: PEERS }, (_, place) => place).filter((place) => {
    const agent = Atomics.load(ledger.words, ledger.of(place, READS));
    return agent !== 0 && thisAgent().isAlive(agent);
  });
}

async function acquire(random, { sync, later, now }) {
  const how = random.pick(['sync', 'async', 'async', 'try', 'impatient']);
  if (how === 'sync') return sync();
  if (how === 'async') return later();
  if (how === 'try') return now();
  try {
    return await later({ timeout: random.next() * 2 });
  } catch (error) {
    if (error.code !== 'ERR_MP_TIMEOUT') throw error;
    return undefined;
  }
}
