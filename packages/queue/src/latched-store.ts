import type { Room } from '@mp/core/internal';
import type { Body } from './body.ts';
import type { Latch } from './latch.ts';
import { DIRTY, DISCARDED, LEASED, LETTERS, OPEN, READY, ROOM_CAPACITY } from './layout.ts';
import { Store } from './store.ts';

/** How often a thread looks, at most, whether who holds a lease has died, in milliseconds. */
const RECLAIM_MS = 15;

/**
 * The store of a queue behind the latch of its head: who changes something there tells those who wait for that, and also
 * what somebody left who died over a change, or with a lease.
 */
export class LatchedStore {
  readonly store: Store;
  readonly #body: Body;
  readonly #words: Int32Array;
  readonly #latch: Latch;
  #reclaimedAt = 0;

  /** @param latch of the queue's head */
  constructor(body: Body, latch: Latch) {
    const { segment, ring, carrier, order } = body;
    this.store = new Store(segment, ring, carrier, order);
    this.#body = body;
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
    return isWhole && this.#body.isEmpty && this.#words[LEASED] === 0 && this.letters === 0;
  }

  /** Whether no item will come any more. */
  get isOver(): boolean {
    return this.#body.state !== OPEN && this.#isSpent(false);
  }

  /** Whether no dead letter will come any more. */
  get lettersAreOver(): boolean {
    // In this order: the last lease that ends may make one.
    return this.#body.state !== OPEN && this.#isSpent(true) && this.letters === 0;
  }

  /**
   * Makes the counts right again if one died who was changing something.
   *
   * @returns whether they are worth another look
   */
  mend(): boolean {
    if (Atomics.load(this.#words, READY) >= 0 || !this.#latch.tryLock()) return false;
    this.change(() => {});
    return true;
  }

  /**
   * Changes something in the store, and wakes those who may have waited for that. The latch is held; it is not when
   * this returns or throws.
   *
   * @param space how many putters may find space then
   */
  change<R>(change: () => R, space = 0): R {
    const { putRoom, getRoom, joinRoom, letterRoom } = this.#body;
    let waited: Room[] = [];
    try {
      const store = this.store;
      let owed: boolean;
      let back: number;
      let result: R;
      try {
        owed = store.begin();
        const { ready } = store;
        result = change();
        back = store.ready - ready;
        waited = [putRoom, getRoom, joinRoom, letterRoom].filter((room) => room.announced);
        for (const room of waited) room.beginNotify();
        store.end();
      } finally {
        this.#latch.unlock();
      }
      this.#wake(owed ? ROOM_CAPACITY : space, owed ? ROOM_CAPACITY : back);
      return result;
    } finally {
      for (const room of waited) room.endNotify();
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
    const isWanted = this.#body.state !== DISCARDED;
    return this.change(() => {
      const cells = this.store.cellsOfTheDead();
      for (const cell of cells) this.store.giveBack(cell, isWanted);
      return cells.length > 0;
    });
  }

  /** Whether nothing will come any more, once the queue was shut down. @param whole also nothing that is leased */
  #isSpent(whole: boolean): boolean {
    const body = this.#body;
    if (!body.isEmpty) return false;
    if (body.state === DISCARDED && !whole) return true;
    if (Atomics.load(this.#words, LEASED) > 0) return false;
    // Only with the latch it is certain that nothing was on its way from the one to the other.
    this.#latch.lock();
    const isSpent = body.isEmpty && this.#words[LEASED] === 0 && (this.#words[READY] & DIRTY) === 0;
    this.#latch.unlock();
    return isSpent;
  }

  #wake(space: number, back: number): void {
    const body = this.#body;
    const { putRoom, getRoom, joinRoom, letterRoom } = body;
    if (space > 0 && putRoom.announced && body.hasSpace(1, 1)) wake(putRoom, space);
    if (back > 0 && getRoom.announced) wake(getRoom, back);
    if (letterRoom.announced && this.letters > 0) wake(letterRoom, this.letters);
    if (joinRoom.announced && body.unfinished === 0) wake(joinRoom, ROOM_CAPACITY);
    if (body.state === OPEN || !(getRoom.announced || letterRoom.announced)) return;
    if (!this.#isSpent(true)) return;
    // They wait for what was leased, and none of it came back.
    wake(getRoom, ROOM_CAPACITY);
    wake(letterRoom, ROOM_CAPACITY);
  }
}

/** Wakes so many of those who wait in a room. */
export function wake(room: Room, count: number): void {
  if (room.notify(count) === 0) room.settle();
}
