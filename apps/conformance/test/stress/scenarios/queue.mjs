import assert from 'node:assert/strict';
import { Segment } from '@mp/core/internal';
import { Queue } from '@mp/queue';

/** Leases at one time, at most: more than there are peers. */
const PEERS_MOST = 64;
/** Items of one call, at most. */
const BATCH = 4;
/** Words of each: items it has put, and those it has taken for good. */
const PUT = 0;
const GOT = 1;

/** A bounded queue that all put to, get from and lease from: every item is taken once. */
export const scenario = {
  open: () => new Queue({ name: 'stress', maxSize: 32 }),
  close: (queue) => queue.close(),
  unlink: () => Segment.removeNamed('stress'),

  async turn({ objects: queue, ledger, random, place }) {
    const count = 1 + random.below(BATCH);
    const isPut = random.chance(0.5);
    const way = random.pick(isPut ? PUTS : GETS);
    const done = await orTimeout(() => way(queue, count, random));
    ledger.words[ledger.of(place, isPut ? PUT : GOT)] += done;
  },

  check({ objects: queue, ledger, kills }) {
    // More than `maxSize`, perhaps: a lease makes space, and the item that it gives back comes on top.
    let left = queue.tryGetMany(queue.maxSize + PEERS_MOST).length;
    assert.equal(queue.size, 0);
    // What a dead one had leased comes back when somebody waits.
    while (kills > 0 && nextOf(queue)) left++;
    const off = Math.abs(ledger.sum(PUT) - ledger.sum(GOT) - left);
    assert(off <= kills * BATCH, `${off} items were lost or doubled after ${kills} kills`);
  },

  rescued: (queue) => queue.rescued,
};

const items = (count) =>
  Array.from({ length: count }, (_, index) => ({ index, text: 'x'.repeat(index * 40) }));
const patience = (random) => ({ timeout: random.next() * 2 });

/** Ways to put up to `count` items. Each answers how many it has put. */
const PUTS = [
  (queue, _, random) => queue.put(items(1)[0], patience(random)).then(() => 1),
  (queue, _, random) => {
    queue.putSync(items(1)[0], patience(random));
    return 1;
  },
  (queue) => Number(queue.tryPut(items(1)[0])),
  (queue, count) => (queue.tryPutMany(items(count)) ? count : 0),
];

/** Ways to take up to `count` items. Each answers how many it has taken. */
const GETS = [
  (queue, _, random) => queue.get(patience(random)).then(() => 1),
  (queue, _, random) => {
    queue.getSync(patience(random));
    return 1;
  },
  (queue, count) => queue.tryGetMany(count).length,
  async (queue, _, random) => {
    const lease = await queue.lease(patience(random));
    if (random.chance(0.2)) {
      lease.retry();
      return 0;
    }
    lease.ack();
    return 1;
  },
];

async function orTimeout(work) {
  try {
    return await work();
  } catch (error) {
    if (error.code !== 'ERR_MP_TIMEOUT') throw error;
    return 0;
  }
}

function nextOf(queue) {
  try {
    queue.getSync({ timeout: 500 });
    return true;
  } catch (error) {
    if (error.code !== 'ERR_MP_TIMEOUT') throw error;
    return false;
  }
}
