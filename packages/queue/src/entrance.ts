import type { Body } from './body.ts';
import { Latch, type Manner } from './latch.ts';
import { STATE, TAIL_LATCH } from './layout.ts';
import type { Outbox } from './outbox.ts';

/*
 * The side of a queue where items come in, without the waiting: every step answers at once. What happens at a death
 * is in `docs/decisions/001`, §4: the ring and the latch need no repair, and a wake that is owed comes by the waiters'
 * own periodic look.
 */
export class Entrance {
  readonly #body: Body;
  readonly #latch: Latch;

  constructor(body: Body) {
    this.#body = body;
    this.#latch = new Latch(body.segment.words, TAIL_LATCH, body.putRoom);
  }

  /**
   * Puts what is in the outbox, all of it at once.
   *
   * @returns `undefined` = not now
   * @throws ClosedError when the queue was shut down, MpError `ERR_MP_NO_SPACE`
   */
  put(outbox: Outbox, manner: Manner): true | undefined {
    const body = this.#body;
    body.assertTakesMore();
    if (!body.hasSpace(outbox.count, outbox.bytes) || !this.#latch.enter(manner)) return undefined;
    return this.#putLatched(outbox);
  }

  /** Lets nobody put any more. Whoever puts at this moment is done when this returns. */
  shut(state: number): void {
    this.#latch.lock();
    // It may have been shut before: emptied is the end of it.
    Atomics.store(this.#body.segment.words, STATE, Math.max(state, this.#body.state));
    this.#latch.unlock();
  }

  /** The latch is held; it is not when this returns or throws. */
  #putLatched(outbox: Outbox): true | undefined {
    const body = this.#body;
    const { getRoom, putRoom } = body;
    let waited = false;
    try {
      try {
        body.assertTakesMore();
        if (!body.hasSpace(outbox.count, outbox.bytes)) return undefined;
        outbox.lay(body.ring);
        // As late as can be: who begins to wait after this, and looks before it is rung, takes us for dead.
        waited = getRoom.announced;
        if (waited) getRoom.beginNotify();
        body.ring.commit();
      } finally {
        this.#latch.unlock();
      }
      if (getRoom.announced && getRoom.notify(outbox.count) === 0) getRoom.settle();
      if (putRoom.announced && body.hasSpace(1, 1) && putRoom.notify(1) === 0) putRoom.settle();
      outbox.sent();
      return true;
    } finally {
      if (waited) getRoom.endNotify();
    }
  }
}
