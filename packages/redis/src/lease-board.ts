/*
 * What the thread of a site's objects, the *holder*, and the thread that renews leases, the *renewer*, share: a slot for each
 * lease. The holder writes, so that taking and ending a lease wakes nobody; the renewer looks when it has to renew something
 * anyway. Only a lease that has to be renewed before the renewer looks again makes the holder call it.
 *
 * A slot: its version, odd while it is being written; until when its lease is certain, 0 = it is over; the order's length, 0 =
 * there is none; the order. Only the holder writes a slot, but for `until`, which the renewer replaces if it is what it read.
 *
 * | the holder                    | the renewer                              | so                                              |
 * | ----------------------------- | ---------------------------------------- | ----------------------------------------------- |
 * | 1. writes a slot              | 1. reads the count of changes            | a change that the renewer did not see came      |
 * | 2. counts the change          | 2. reads all slots                       | after its 4: then the holder's 3 sees what the  |
 * | 3. reads when the next look   | 3. stores when it looks next             | renewer stored in its 3                         |
 * |    is; calls if that is late  | 4. begins again if the count has changed |                                                 |
 */

/** Leases of one board. A site that holds more has several. */
export const SLOTS = 256;

/** The longest names of a semaphore, or of a queue or pool and their holder, make an order of about 600. */
const SLOT_BYTES = 1024;
const SLOT_WORDS = SLOT_BYTES / 8;
const VERSION = 0;
const UNTIL = 1;
const LENGTH = 2;
const HEAD_BYTES = 3 * 8;

/** A lease as the renewer reads it. */
export interface Posted {
  readonly version: bigint;
  readonly order: string;
}

/** The slots of {@link SLOTS} leases. */
export class LeaseBoard {
  readonly memory: SharedArrayBuffer;
  readonly #words: BigInt64Array;
  readonly #bytes: Buffer;

  constructor(memory = new SharedArrayBuffer(SLOTS * SLOT_BYTES)) {
    this.memory = memory;
    this.#words = new BigInt64Array(memory);
    this.#bytes = Buffer.from(memory);
  }

  /** The holder takes a free slot. @param order ASCII. @returns the version that its lease has from now on */
  post(slot: number, until: bigint, order: string): bigint {
    const at = slot * SLOT_WORDS;
    if (order.length > SLOT_BYTES - HEAD_BYTES)
      throw new RangeError(`The order of a lease has ${order.length} bytes: too many for its slot`);
    const version = Atomics.add(this.#words, at + VERSION, 1n) + 2n;
    this.#words[at + UNTIL] = until;
    this.#words[at + LENGTH] = BigInt(order.length);
    this.#bytes.write(order, slot * SLOT_BYTES + HEAD_BYTES, 'latin1');
    Atomics.add(this.#words, at + VERSION, 1n);
    return version;
  }

  /** The holder ends the lease of a slot, which is free then. */
  clear(slot: number): void {
    const at = slot * SLOT_WORDS;
    Atomics.add(this.#words, at + VERSION, 1n);
    this.#words[at + UNTIL] = 0n;
    this.#words[at + LENGTH] = 0n;
    Atomics.add(this.#words, at + VERSION, 1n);
  }

  version(slot: number): bigint {
    return Atomics.load(this.#words, slot * SLOT_WORDS + VERSION);
  }

  /** @returns `undefined` while no lease is in it. A slot that is being written is looked at again, since that is a change */
  read(slot: number): Posted | undefined {
    const at = slot * SLOT_WORDS;
    const version = this.version(slot);
    const length = Number(this.#words[at + LENGTH]);
    if (version % 2n !== 0n || length === 0) return undefined;
    const from = slot * SLOT_BYTES + HEAD_BYTES;
    const order = this.#bytes.toString('latin1', from, from + length);
    // An addition of nothing: a mere load would not keep the reads above in front of it.
    return Atomics.add(this.#words, at + VERSION, 0n) === version ? { version, order } : undefined;
  }

  until(slot: number): bigint {
    return Atomics.load(this.#words, slot * SLOT_WORDS + UNTIL);
  }

  /** The holder has found that the time of its lease is over: the renewer replaces that by nothing. */
  end(slot: number): void {
    Atomics.store(this.#words, slot * SLOT_WORDS + UNTIL, 0n);
  }

  /** The renewer's. @returns whether it was `before` still, as it is not when the holder has found its time over */
  replace(slot: number, before: bigint, until: bigint): boolean {
    return Atomics.compareExchange(this.#words, slot * SLOT_WORDS + UNTIL, before, until) === before;
  }
}

const CHANGES = 0;
const NEXT = 1;
/** As a moment of the clock: the renewer does not look again by itself. */
const NEVER = 2n ** 62n;

/** When the renewer looks at the boards. */
export class LookTimes {
  readonly memory: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(2 * 8);
    this.#words = new BigInt64Array(this.memory);
    if (memory === undefined) this.#words[NEXT] = NEVER;
  }

  /**
   * The holder has changed a slot.
   *
   * @param due when the renewer has to look at the latest, on the clock of leases; `Infinity` = it need not
   * @returns whether the holder has to call it
   */
  changed(due: number): boolean {
    Atomics.add(this.#words, CHANGES, 1n);
    for (;;) {
      const next = Atomics.load(this.#words, NEXT);
      if (due >= Number(next)) return false;
      // From here to the look that follows the call, no other change has to call.
      if (Atomics.compareExchange(this.#words, NEXT, next, 0n) === next) return true;
    }
  }

  get changes(): bigint {
    return Atomics.load(this.#words, CHANGES);
  }

  /** @param at when the renewer looks next, on the clock of leases; `Infinity` = it has no reason to */
  next(at: number): void {
    Atomics.store(this.#words, NEXT, at === Infinity ? NEVER : BigInt(Math.ceil(at)));
  }
}
