import assert from 'node:assert/strict';
import { Segment } from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { COUNT, checkCounted, INSIDE, MINE, rescuedOf } from '../counted.mjs';

/** Word for all: the newest token. */
const TOKEN = 4;

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

  check: checkCounted,

  rescued: () => rescuedOf('lock'),
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
