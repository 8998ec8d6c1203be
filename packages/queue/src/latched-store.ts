import type { WaiterTable } from '@mp/core/internal';
import type { Latch } from './latch.ts';
import { DIRTY, DISCARDED, LEASED, LETTERS, OPEN, READY, WAITERS_CAPACITY } from './layout.ts';
import type { QueueState } from './queue-state.ts';
import { Store } from './store.ts';

/** How often a thread looks, at most, whether the holder of a lease has died, in milliseconds. */
const RECLAIM_MS = 15;

const NONE: readonly WaiterTable[] = [];

/**
 * The store of a queue behind the latch of its head: a change there wakes the waiters that it concerns, also one that makes
 * good what a thread left that died over a change, or with a lease.
 */
export class LatchedStore {
  readonly store: Store;
  readonly #state: QueueState;
  readonly #words: Int32Array;
  readonly #latch: Latch;
  #reclaimedAt = 0;

  /** @param latch of the queue's head */
  constructor(state: QueueState, latch: Latch) {
    const { segment, ring, carrier, order } = state;
    this.store = new Store(segment, ring, carrier, order);
    this.#state = state;
    this.#words = segment.words;
    this.#latch = latch;
  }

  /** How many dead letters there are. */
  get letters(): number {
    return Atomics.load(this.#words, LETTERS);
  }

  /** Whether nothing is in the queue, in somebody's hands, or a dead letter. */
  get isIdle(): boolean {
    this.mend();
    const isWhole = Atomics.load(this.#words, READY) >= 0;
    return isWhole && this.#state.isEmpty && this.#words[LEASED] === 0 && this.letters === 0;
  }

  /** Whether no item will come any more. */
  get isOver(): boolean {
    return this.#state.state !== OPEN && this.#isSpent(false);
  }

  /** Whether no dead letter will come any more. */
  get lettersAreOver(): boolean {
    // In this order: the last lease that ends may make one.
    return this.#state.state !== OPEN && this.#isSpent(true) && this.letters === 0;
  }

  /**
   * Makes the counts right again if a thread died over a change.
   *
   * @returns whether they are worth another look
   */
  mend(): boolean {
    if (Atomics.load(this.#words, READY) >= 0 || !this.#latch.tryLock()) return false;
    this.change(() => {});
    return true;
  }

  /** Makes the counts right, for a caller that looks at them: also of what a thread had leased when it died. */
  catchUp(): void {
    this.mend();
    this.reclaim();
  }

  /**
   * Changes something in the store, and wakes those that may have waited for that. The latch is held; it is not when
   * this returns or throws.
   *
   * @param space how many putters may find space then
   */
  change<R>(change: () => R, space = 0): R {
    let waited = NONE;
    try {
      const store = this.store;
      let owed: boolean;
      let back: number;
      let result: R;
      try {
        // Before the change: a record that leaves the ring shows its space at once.
        waited = this.#state.waitedFor();
        for (const waiters of waited) waiters.beginNotify();
        owed = store.begin();
        const { ready } = store;
        result = change();
        back = store.ready - ready;
        store.end();
      } finally {
        this.#latch.unlock();
      }
      this.#wake(owed ? WAITERS_CAPACITY : space, owed ? WAITERS_CAPACITY : back);
      return result;
    } finally {
      for (const waiters of waited) waiters.endNotify();
    }
  }

  /**
   * Gives back what the dead had leased.
   *
   * @param every how long ago this thread must have looked for the last time, in milliseconds
   * @returns whether that was anything
   */
  reclaim(every = RECLAIM_MS): boolean {
    // DIRTY: the count is of no use then.
    if (Atomics.load(this.#words, LEASED) === 0 && Atomics.load(this.#words, READY) >= 0) return false;
    const now = performance.now();
    if (now - this.#reclaimedAt < every || !this.#latch.tryLock()) return false;
    this.#reclaimedAt = now;
    const isWanted = this.#state.state !== DISCARDED;
    return this.change(() => {
      const cells = this.store.cellsOfTheDead();
      for (const cell of cells) this.store.giveBack(cell, isWanted);
      return cells.length > 0;
    });
  }

  /** Whether nothing will come any more, once the queue was shut down. @param whole also nothing that is leased */
  #isSpent(whole: boolean): boolean {
    const state = this.#state;
    if (!state.isEmpty) return false;
    if (state.state === DISCARDED && !whole) return true;
    if (Atomics.load(this.#words, LEASED) > 0) return false;
    // Only with the latch it is certain that nothing was on its way from the one to the other.
    this.#latch.lock();
    const isSpent = state.isEmpty && this.#words[LEASED] === 0 && (this.#words[READY] & DIRTY) === 0;
    this.#latch.unlock();
    return isSpent;
  }

  #wake(space: number, back: number): void {
    const state = this.#state;
    const { putWaiters, getWaiters, joinWaiters, letterWaiters } = state;
    if (space > 0 && putWaiters.announced && state.hasSpace(1, 1)) wake(putWaiters, space);
    if (back > 0 && getWaiters.announced) wake(getWaiters, back);
    if (letterWaiters.announced && this.letters > 0) wake(letterWaiters, this.letters);
    if (joinWaiters.announced && state.unfinished === 0) wake(joinWaiters, WAITERS_CAPACITY);
    if (state.state === OPEN || !(getWaiters.announced || letterWaiters.announced)) return;
    if (!this.#isSpent(true)) return;
    // They wait for what was leased, and none of it came back.
    wake(getWaiters, WAITERS_CAPACITY);
    wake(letterWaiters, WAITERS_CAPACITY);
  }
}

/** Wakes so many waiters. */
export function wake(waiters: WaiterTable, count: number): void {
  if (waiters.notify(count) === 0) waiters.settle();
}
