import { type Room, thisAgent } from '@mp/core/internal';

/*
 * Who may write, or take: held for the time of one copy, never across anything that waits.
 *
 * | word            | meaning                                   | next                                             |
 * | --------------- | ----------------------------------------- | ------------------------------------------------ |
 * | 0               | free                                      | anyone → me                                      |
 * | owner           | somebody is inside                        | owner → 0; a waiter that must sleep sets C       |
 * | owner \| C      | … and a listed waiter failed because of it | owner → 0, then rings one waiter of its room     |
 * | dead owner (\|C) | died inside                              | a waiter's look → me; the ring needs no repair   |
 *
 * Who sets C is listed and announced before, so the owner's ring after the unlock finds it.
 */
const CONTENDED = 1 << 31;
const OWNER = 0x3fffffff;

/** Attempts of a call that does not wait: the owner needs this long at most, unless it was preempted or died. */
const SPINS = 300;

/** One side's latch. */
export class Latch {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #room: Room;
  readonly #me = thisAgent().id;

  /** @param room where those wait who found it taken */
  constructor(words: Int32Array, at: number, room: Room) {
    this.#words = words;
    this.#at = at;
    this.#room = room;
  }

  /**
   * For a call that must answer now: tries for some microseconds, then asks whether the owner is dead.
   *
   * @returns whether it is ours
   */
  tryLock(): boolean {
    for (let turn = 0; turn < SPINS; turn++) {
      if (Atomics.compareExchange(this.#words, this.#at, 0, this.#me) === 0) return true;
    }
    return this.#recover();
  }

  /**
   * One attempt of a listed waiter: when it fails, the owner will ring.
   *
   * @param look whether to ask if the owner is dead
   */
  attempt(look: boolean): boolean {
    for (;;) {
      const word = Atomics.compareExchange(this.#words, this.#at, 0, this.#me);
      if (word === 0) return true;
      if (look && this.#recover()) return true;
      if (word < 0 || Atomics.compareExchange(this.#words, this.#at, word, word | CONTENDED) === word)
        return false;
    }
  }

  unlock(): void {
    if (Atomics.exchange(this.#words, this.#at, 0) < 0 && this.#room.announced) this.#room.notify(1);
  }

  #recover(): boolean {
    const word = Atomics.load(this.#words, this.#at);
    const owner = word & OWNER;
    if (owner === 0 || owner === this.#me || thisAgent().isAlive(owner)) return false;
    return Atomics.compareExchange(this.#words, this.#at, word, (word & CONTENDED) | this.#me) === word;
  }
}
