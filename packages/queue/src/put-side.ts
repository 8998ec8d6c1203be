import { INSIDE, NOBODY_RUNG, NOT_SENT, SENT, type ShortWay } from '@mp/core/internal';
import { Latch, type Manner } from './latch.ts';
import { STATE, TAIL_LATCH } from './layout.ts';
import type { PendingPut } from './pending-put.ts';
import type { QueueState } from './queue-state.ts';

/*
 * The side of a queue where items come in, without the waiting: every step answers at once. What happens at a death
 * is in `docs/decisions/001`, §4: the ring and the latch need no repair, and a wake that is owed comes by the waiters'
 * own periodic look.
 */
export class PutSide {
  readonly #state: QueueState;
  readonly #latch: Latch;
  /** Whether somebody ever waited for what was put here. */
  wasAwaited = false;

  constructor(state: QueueState) {
    this.#state = state;
    this.#latch = new Latch(state.segment.words, TAIL_LATCH, state.putWaiters);
  }

  /**
   * Puts all items of a pending put at once.
   *
   * @returns `undefined` = not now
   * @throws ClosedError when the queue was shut down, MpError `ERR_MP_NO_SPACE`
   */
  put(pendingPut: PendingPut, manner: Manner): true | undefined {
    const state = this.#state;
    state.assertTakesMore();
    if (!state.hasSpace(pendingPut.count, pendingPut.bytes) || !this.#latch.enter(manner)) return undefined;
    return this.#putLatched(pendingPut);
  }

  /**
   * Puts the item of a pending put by the short way.
   *
   * @returns whether it was put; else it may be put as any other
   */
  putShort(pendingPut: PendingPut, way: ShortWay): boolean {
    const { getWaiters, ring } = this.#state;
    if (!getWaiters.announced || !ring.isEmpty) return false;
    const message = pendingPut.inOnePiece;
    if (message === undefined) return false;
    const sent = way.send(message.buffer, message.length, 0);
    if (sent === NOT_SENT || (sent !== SENT && !this.#finish(sent))) return false;
    pendingPut.sent();
    return true;
  }

  /** Whether there is space, but not enough for this put: another one may have use of it. */
  leavesSpace({ count, bytes }: PendingPut): boolean {
    const state = this.#state;
    return state.hasSpace(1, 1) && !state.hasSpace(count, bytes);
  }

  /** Refuses every later put. A put that is under way is done when this returns. */
  shut(state: number): void {
    this.#latch.lock();
    // It may have been shut before: emptied is the end of it.
    Atomics.store(this.#state.segment.words, STATE, Math.max(state, this.#state.state));
    this.#latch.unlock();
  }

  /** The latch is held; it is not when this returns or throws. */
  #putLatched(pendingPut: PendingPut): true | undefined {
    const state = this.#state;
    const { getWaiters, putWaiters } = state;
    let waited = false;
    try {
      try {
        state.assertTakesMore();
        if (!state.hasSpace(pendingPut.count, pendingPut.bytes)) return undefined;
        pendingPut.lay(state.ring);
        // As late as can be: a getter that begins to wait after this, and looks before it is rung, takes us for dead.
        waited = getWaiters.announced;
        if (waited) getWaiters.beginNotify();
        state.ring.commit();
      } finally {
        this.#latch.unlock();
      }
      if (getWaiters.announced && getWaiters.notify(pendingPut.count) === 0) getWaiters.settle();
      if (putWaiters.announced && state.hasSpace(1, 1) && putWaiters.notify(1) === 0) putWaiters.settle();
      pendingPut.sent();
      return true;
    } finally {
      if (waited) {
        getWaiters.endNotify();
        this.wasAwaited = true;
      }
    }
  }

  /** What the short way left to do, in the order of {@link PutSide.put}. @returns whether the item was put */
  #finish(sent: number): boolean {
    const state = this.#state;
    const { getWaiters, putWaiters } = state;
    const isInside = (sent & INSIDE) !== 0;
    const isSent = (sent & SENT) !== 0;
    try {
      if (isInside) this.#latch.unlock();
      if (!isSent) return false;
      const owesWake = isInside || (sent & NOBODY_RUNG) !== 0;
      if (owesWake && getWaiters.announced && getWaiters.notify(1) === 0) getWaiters.settle();
      if (putWaiters.announced && state.hasSpace(1, 1) && putWaiters.notify(1) === 0) putWaiters.settle();
      return true;
    } finally {
      if (isInside && isSent) getWaiters.endNotify();
    }
  }
}
