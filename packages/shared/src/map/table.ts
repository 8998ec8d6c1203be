import { BODY, HEADER_BYTES, type Segment, type SegmentPlan } from '@mp/core/internal';

/*
 * A table, in a satellite: 2^BITS slots of two words, with open addressing. The first bits of a hash choose the slot at
 * which the search for it begins, its *home*; so the order of the slots is, but for collisions, that of the hashes.
 *
 * | LINK      | means            | next                                                                       |
 * | --------- | ---------------- | -------------------------------------------------------------------------- |
 * | NEVER     | ends a search    | a cell: an entry is there from this store on                               |
 * | a cell + 2 | an entry        | another cell + 2: replaced; DELETED, or NEVER if NEVER follows: deleted    |
 * | DELETED   | does not end one | a cell + 2; NEVER if NEVER follows                                         |
 *
 * HASH, the word before, changes only while there is no entry. While it is a table's turn a key has at most one slot,
 * and keeps it as long as it has an entry.
 */
export const NEVER = 0;
export const DELETED = 1;
export const FIRST_LINK = 2;

const BITS = BODY;
const SLOTS = BODY + 16;
const BITS_LEAST = 5;
export const BITS_MOST = 27;

/** A table as this thread has it mapped. */
export class Table {
  readonly number: number;
  readonly segment: Segment;
  readonly capacity: number;
  readonly mask: number;
  readonly #words: Int32Array;
  readonly #shift: number;

  /** @param segment one for which {@link isTable} is true */
  constructor(number: number, segment: Segment) {
    this.number = number;
    this.segment = segment;
    this.#words = segment.words;
    const bits = segment.words[BITS];
    this.capacity = 2 ** bits;
    this.mask = this.capacity - 1;
    this.#shift = 32 - bits;
  }

  /** Where the search for a hash begins. */
  homeOf(hash: number): number {
    return hash >>> this.#shift;
  }

  /** The least hash of those with this home, 0 to 2³². */
  firstHashOf(home: number): number {
    return home * 2 ** this.#shift;
  }

  linkAt(slot: number): number {
    return Atomics.load(this.#words, SLOTS + 2 * slot + 1);
  }

  hashAt(slot: number): number {
    return this.#words[SLOTS + 2 * slot];
  }

  /** Stores the link of a slot: the commit of every change of an entry. */
  link(slot: number, link: number): void {
    Atomics.store(this.#words, SLOTS + 2 * slot + 1, link);
  }

  /** Makes an entry in a slot that has none. */
  insert(slot: number, hash: number, link: number): void {
    this.#words[SLOTS + 2 * slot] = hash;
    this.link(slot, link);
  }

  /** Copies an entry into a table that no other thread sees yet, and that has space for it. */
  adopt(hash: number, link: number): void {
    let slot = this.homeOf(hash);
    while (this.#words[SLOTS + 2 * slot + 1] !== NEVER) slot = (slot + 1) & this.mask;
    this.#words[SLOTS + 2 * slot] = hash;
    this.#words[SLOTS + 2 * slot + 1] = link;
  }

  /** Ends the entry of a slot. @returns by how many the DELETED slots changed */
  remove(slot: number): number {
    if (this.linkAt((slot + 1) & this.mask) !== NEVER) {
      this.link(slot, DELETED);
      return 1;
    }
    // Nothing lies behind, so no search has to go on here, nor in the deleted slots before.
    this.link(slot, NEVER);
    let change = 0;
    for (
      let before = (slot - 1) & this.mask;
      this.linkAt(before) === DELETED;
      before = (before - 1) & this.mask
    ) {
      this.link(before, NEVER);
      change--;
    }
    return change;
  }
}

/** Whether a segment can be that of a table. */
export function isTable({ words, bytes }: Segment): boolean {
  const bits = words[BITS];
  return bits >= BITS_LEAST && bits <= BITS_MOST && bytes.length === tablePlan(bits).size;
}

/** How a table with `bits` is made. */
export function tablePlan(bits: number): SegmentPlan {
  return {
    kind: 'maptable',
    version: 1,
    size: HEADER_BYTES + 64 + 8 * 2 ** bits,
    fill: ({ words }) => {
      words[BITS] = bits;
    },
  };
}

/** Bits of a table for so many entries: all but the last one fill three eighths of it at most. */
export function bitsFor(entries: number): number {
  return Math.min(BITS_MOST, Math.max(BITS_LEAST, Math.ceil(Math.log2(((entries - 1) * 8) / 3))));
}

/** How many slots may be in use before a table is made anew. */
export function fillOf(capacity: number): number {
  return (capacity / 4) * 3;
}
