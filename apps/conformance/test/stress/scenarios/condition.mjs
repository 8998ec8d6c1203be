import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Segment } from '@mp/core/internal';
import { Condition, Lock } from '@mp/lock';

const ROOM = 4;
/** Words for all, changed under the lock only: things in the store, those ever brought, those ever taken. */
const THINGS = 1;
const BROUGHT = 2;
const TAKEN = 3;

/**
 * A store of four places between peers that bring and peers that take, with a condition for each, and one notification
 * for each change: none is lost, no peer waits without end.
 */
export const scenario = {
  open() {
    const lock = new Lock({ name: 'stress' });
    return {
      lock,
      room: new Condition(lock, { name: 'stress-room' }),
      things: new Condition(lock, { name: 'stress-things' }),
    };
  },
  close({ lock, room, things }) {
    room.close();
    things.close();
    lock.close();
  },
  unlink() {
    for (const name of ['stress', 'stress-room', 'stress-things']) Segment.removeNamed(name);
  },

  async turn({ objects, ledger, random, place }) {
    const { lock, room, things } = objects;
    // Two processes and two threads of each kind, so that never all wait for the other kind.
    const isBringing = place % 4 < 2;
    const [mine, theirs] = isBringing ? [room, things] : [things, room];
    const predicate = (guard) => () => {
      // A peer that died holding the lock may have gone between its change and its notification.
      if (guard.recovered) wakeAll(objects);
      return ledger.isStopped || isPossible(ledger, isBringing);
    };
    if (random.chance(0.5)) {
      const guard = lock.acquireSync();
      mine.waitForSync(predicate(guard));
      if (end(ledger, isBringing)) theirs.notify();
      guard.release();
      return;
    }
    const options = random.chance(0.2) ? { timeout: random.next() * 2 } : {};
    await lock.with(async (guard) => {
      await mine.waitFor(predicate(guard), options);
      if (random.chance(0.1)) await delay(1);
      if (end(ledger, isBringing)) theirs.notify();
    });
  },

  supervise({ objects, ledger }) {
    // At the end there may be nobody left for what one waits for.
    if (!ledger.isStopped) return;
    const guard = objects.lock.tryAcquire();
    if (guard === undefined) return;
    wakeAll(objects);
    guard.release();
  },

  check({ objects: { room, things }, ledger, kills }) {
    assert.deepEqual([room.waiting, things.waiting], [0, 0]);
    const [left, brought, taken] = [THINGS, BROUGHT, TAKEN].map((word) => ledger.words[ledger.common(word)]);
    const off = Math.abs(brought - taken - left);
    assert(off <= kills, `${brought} brought, ${taken} taken, ${left} left, after ${kills} kills`);
  },

  rescued: ({ room, things }) => room.rescued + things.rescued,
};

function wakeAll({ room, things }) {
  room.notifyAll();
  things.notifyAll();
}

function isPossible(ledger, isBringing) {
  const things = ledger.words[ledger.common(THINGS)];
  assert(things >= 0 && things <= ROOM, `${things} things in a store for ${ROOM}`);
  return isBringing ? things < ROOM : things > 0;
}

/** @returns {boolean} whether it brought or took a thing */
function end(ledger, isBringing) {
  if (!isPossible(ledger, isBringing)) return false;
  const { words } = ledger;
  words[ledger.common(isBringing ? BROUGHT : TAKEN)]++;
  words[ledger.common(THINGS)] += isBringing ? 1 : -1;
  return true;
}
