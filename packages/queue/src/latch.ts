import { thisAgent, type WaiterTable } from '@mp/core/internal';

/*
 * Who may write, or take: held for the time of some copies, never across anything that waits.
 *
 * | word            | meaning                                   | next                                             |
 * | --------------- | ----------------------------------------- | ------------------------------------------------ |
 * | 0               | free                                      | anyone → me                                      |
 * | owner           | somebody is inside                        | owner → 0; a waiter that must sleep sets C       |
 * | owner \| C      | … and a listed waiter failed because of it | owner → 0, then rings one of its waiters          |
 * | dead owner (\|C) | died inside                              | a waiter's look → me; see `store.ts` for repairs |
 *
 * Who sets C is listed and announced before, so the owner's ring after the unlock finds it.
 */
const CONTENDED = 1 << 31;
const OWNER = 0x3fffffff;

/** Attempts of a call that does not wait: the owner needs this long at most, unless it was preempted or died. */
const SPINS = 300;

/** How long who must have it sleeps between such stretches, in milliseconds. */
const NAP_MS = 1;
const nap = new Int32Array(new SharedArrayBuffer(4));

/** So often at most for a call whose "not now" would be taken for "nothing there". */
const NAPS = 20;

/**
 * How a step gets its latch: `now` insists a little, `try` a little more, `spin` comes again at once and does not; a listed
 * waiter is rung (`waiting`), asks whether the owner is dead (`look`), and insists when its time is over (`last`).
 */
export type Manner = 'now' | 'try' | 'spin' | 'waiting' | 'look' | 'last';

/** One side's latch. */
export class Latch {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #waiters: WaiterTable;
  readonly #me = thisAgent().id;

  /** @param waiters those that found it taken */
  constructor(words: Int32Array, at: number, waiters: WaiterTable) {
    this.#words = words;
    this.#at = at;
    this.#waiters = waiters;
  }

  /** @returns whether it is ours */
  enter(manner: Manner): boolean {
    if (manner === 'now') return this.tryLock();
    if (manner === 'spin') return this.#lockFree();
    if (manner === 'try' || manner === 'last') return this.#insist();
    return this.#attempt(manner === 'look');
  }

  /**
   * For a call that must answer now: tries for some microseconds, then asks whether the owner is dead.
   *
   * @returns whether it is ours
   */
  tryLock(): boolean {
    if (Atomics.compareExchange(this.#words, this.#at, 0, this.#me) === 0) return true;
    for (let turn = 0; turn < SPINS; turn++) if (this.#lockFree()) return true;
    return this.#recover();
  }

  /** For what has to be done now, like ending a lease: its owner is never inside for long. */
  lock(): void {
    while (!this.tryLock()) Atomics.wait(nap, 0, 0, NAP_MS);
  }

  unlock(): void {
    if (Atomics.compareExchange(this.#words, this.#at, this.#me, 0) === this.#me) return;
    this.#waiters.beginNotify();
    Atomics.store(this.#words, this.#at, 0);
    if (this.#waiters.announced) this.#waiters.notify(1);
    this.#waiters.endNotify();
  }

  /** Lets go of it if this thread has it. */
  leave(): void {
    if ((Atomics.load(this.#words, this.#at) & OWNER) === this.#me) this.unlock();
  }

  #lockFree(): boolean {
    // Looks first: an exchange takes the cache line from the owner, which needs it to come out.
    if (Atomics.load(this.#words, this.#at) !== 0) return false;
    return Atomics.compareExchange(this.#words, this.#at, 0, this.#me) === 0;
  }

  #insist(): boolean {
    for (let naps = 0; !this.tryLock(); naps++) {
      if (naps === NAPS) return false;
      Atomics.wait(nap, 0, 0, NAP_MS);
    }
    return true;
  }

  /**
   * One attempt of a listed waiter: when it fails, the owner will ring.
   *
   * @param look whether to ask if the owner is dead
   */
  #attempt(look: boolean): boolean {
    for (;;) {
      const word = Atomics.compareExchange(this.#words, this.#at, 0, this.#me);
      if (word === 0) return true;
      if (look && this.#recover()) return true;
      if (word < 0 || Atomics.compareExchange(this.#words, this.#at, word, word | CONTENDED) === word)
        return false;
    }
  }

  #recover(): boolean {
    const word = Atomics.load(this.#words, this.#at);
    const owner = word & OWNER;
    if (owner === 0 || owner === this.#me || thisAgent().isAlive(owner)) return false;
    return Atomics.compareExchange(this.#words, this.#at, word, (word & CONTENDED) | this.#me) === word;
  }
}
