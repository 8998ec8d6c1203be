import assert from 'node:assert/strict';
import { BODY, Segment } from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { Mutex } from '@mp/lock/internal';

/** Words for all: who is inside, a count that is changed under the lock only, the newest token. */
const INSIDE = 1;
const COUNT = 2;
const TOKEN = 4;
/** Word of each: how often it was inside. */
const MINE = 0;

const WAYS = ['sync', 'sync', 'async', 'async', 'try', 'impatient', 'aborted'];

/** One lock: nobody else is inside, the count is exact, tokens grow. */
export const scenario = {
  open: () => new Lock({ name: 'stress' }),
  close: (lock) => lock.close(),
  unlink: () => Segment.removeNamed('stress'),

  async turn({ objects: lock, ledger, random, place }) {
    const guard = await acquire(lock, random);
    if (guard === undefined) return;
    const { words } = ledger;
    const inside = Atomics.load(words, ledger.common(INSIDE));
    assert(inside === 0 || guard.recovered, `places ${inside - 1} and ${place} hold the lock`);
    words[ledger.common(INSIDE)] = place + 1;
    const tokens = new Float64Array(words.buffer, ledger.common(TOKEN) * 4, 1);
    assert(guard.token > tokens[0], `token ${guard.token} came after ${tokens[0]}`);
    tokens[0] = guard.token;
    const before = words[ledger.common(COUNT)];
    for (let turn = random.below(200); turn > 0; turn--) Atomics.load(words, ledger.common(INSIDE));
    if (random.chance(0.1)) await null;
    words[ledger.common(COUNT)] = before + 1;
    words[ledger.of(place, MINE)]++;
    Atomics.store(words, ledger.common(INSIDE), 0);
    guard.release();
  },

  check({ objects: lock, ledger, kills }) {
    const last = lock.tryAcquire();
    assert(last, 'the lock stays locked');
    last.release();
    // Who was killed between the two counts made a difference of one.
    const off = Math.abs(ledger.words[ledger.common(COUNT)] - ledger.sum(MINE));
    assert(off <= kills, `the count is off by ${off} after ${kills} kills`);
  },

  rescued() {
    const segment = Segment.attach('n-stress', 'lock', 1);
    const { rescued } = new Mutex(segment, BODY, 64).room;
    segment.close();
    return rescued;
  },
};

async function acquire(lock, random) {
  const how = random.pick(WAYS);
  if (how === 'sync') return lock.acquireSync();
  if (how === 'async') return lock.acquire();
  if (how === 'try') return lock.tryAcquire();
  if (how === 'impatient')
    return orNothing(() => lock.acquire({ timeout: random.next() * 2 }), 'ERR_MP_TIMEOUT');
  const abort = new AbortController();
  const wait = orNothing(() => lock.acquire({ signal: abort.signal }), 'stop');
  setImmediate(() => abort.abort(Object.assign(new Error('stop'), { code: 'stop' })));
  return wait;
}

async function orNothing(acquire, code) {
  try {
    return await acquire();
  } catch (error) {
    if (error.code !== code) throw error;
    return undefined;
  }
}
