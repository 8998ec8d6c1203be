import { MpError } from '@mp/core';
import { HEADER_BYTES, type Segment } from '@mp/core/internal';
import { HEAP } from './layout.ts';

/*
 * Which record is next: a heap over `(rank, sequence)`, least first, in a satellite: three doubles an entry (rank, sequence,
 * cell). Entry n comes before its children, entries 4n + 1 to 4n + 4: a large heap has half as many levels as with two of them. It
 * is an index: the records have all of it, and after a death it is made again from them. A larger one is filled before HEAP names
 * it. Used under the head's latch.
 */
const ENTRY = 3;
const CHILDREN = 4;
const HEAP_VERSION = 2;
/** The children of an entry lie in two lines of the cache then, and never in three. */
const FIRST = (HEADER_BYTES + 40) / 8;
const FIRST_CAPACITY = 160;
const KEPT_BYTES = 1 << 20;

export class Heap {
  readonly #control: Segment;
  #number = 0;
  #segment: Segment | undefined;
  #floats: Float64Array = new Float64Array(0);
  #count = 0;

  constructor(control: Segment) {
    this.#control = control;
  }

  /** How many entries there are. */
  get count(): number {
    return this.#count;
  }

  /** Takes note of what others changed. Called when the latch was taken. */
  refresh(count: number): void {
    this.#count = count;
    const number = this.#control.words[HEAP];
    if (number === this.#number) return;
    this.close();
    if (number === 0) return;
    const segment = this.#control.openSatellite(number, 'heap');
    if (segment === undefined)
      throw new MpError('ERR_MP_STALE', `Cannot go on in ${this.#control.file}: its heap was removed`);
    this.#use(number, segment);
  }

  /**
   * Sees to it that `count` entries have space.
   *
   * @throws MpError `ERR_MP_NO_SPACE`
   */
  reserve(count: number): void {
    const capacity = Math.floor(Math.max(0, this.#floats.length - FIRST) / ENTRY);
    if (count <= capacity) return;
    const size = (FIRST + Math.max(FIRST_CAPACITY, capacity * 2, count) * ENTRY) * 8;
    const { number, segment } = this.#control.createSatellite({ kind: 'heap', version: HEAP_VERSION, size });
    segment.floats.set(this.#floats.subarray(FIRST, FIRST + this.#count * ENTRY), FIRST);
    this.#control.words[HEAP] = number;
    this.#segment?.closeAndUnlink();
    this.#use(number, segment);
  }

  /** The cell of the first entry. There must be one. */
  get first(): number {
    return this.#floats[FIRST + 2];
  }

  push(rank: number, sequence: number, cell: number): void {
    const floats = this.#floats;
    let hole = this.#count++;
    while (hole > 0) {
      const parent = Math.floor((hole - 1) / CHILDREN);
      const at = FIRST + parent * ENTRY;
      if (isBefore(floats[at], floats[at + 1], rank, sequence)) break;
      this.#write(hole, floats[at], floats[at + 1], floats[at + 2]);
      hole = parent;
    }
    this.#write(hole, rank, sequence, cell);
  }

  /** Removes the first entry. */
  pop(): void {
    const floats = this.#floats;
    const count = --this.#count;
    if (count === 0) return;
    // The last entry takes its place, below all that come before it.
    const last = FIRST + count * ENTRY;
    const rank = floats[last];
    const sequence = floats[last + 1];
    const cell = floats[last + 2];
    let hole = 0;
    for (;;) {
      let child = hole * CHILDREN + 1;
      if (child >= count) break;
      let at = FIRST + child * ENTRY;
      let leastRank = floats[at];
      let leastSequence = floats[at + 1];
      for (let other = child + 1, end = Math.min(child + CHILDREN, count); other < end; other++) {
        at += ENTRY;
        if (isBefore(leastRank, leastSequence, floats[at], floats[at + 1])) continue;
        child = other;
        leastRank = floats[at];
        leastSequence = floats[at + 1];
      }
      if (isBefore(rank, sequence, leastRank, leastSequence)) break;
      this.#write(hole, leastRank, leastSequence, floats[FIRST + child * ENTRY + 2]);
      hole = child;
    }
    this.#write(hole, rank, sequence, cell);
  }

  clear(): void {
    this.#count = 0;
  }

  /** It is empty: gives back what a heap of ordinary size does not need. */
  shrink(): void {
    if (this.#floats.length * 8 <= KEPT_BYTES) return;
    this.#control.words[HEAP] = 0;
    this.#segment?.closeAndUnlink();
    this.close();
  }

  /** Lets go of the satellite mapped here. */
  close(): void {
    this.#segment?.close();
    this.#segment = undefined;
    this.#number = 0;
    this.#floats = new Float64Array(0);
  }

  #use(number: number, segment: Segment): void {
    this.#number = number;
    this.#segment = segment;
    this.#floats = segment.floats;
  }

  #write(index: number, rank: number, sequence: number, cell: number): void {
    const at = FIRST + index * ENTRY;
    this.#floats[at] = rank;
    this.#floats[at + 1] = sequence;
    this.#floats[at + 2] = cell;
  }
}

function isBefore(rank: number, sequence: number, otherRank: number, otherSequence: number): boolean {
  return rank < otherRank || (rank === otherRank && sequence < otherSequence);
}
