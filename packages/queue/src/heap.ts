import { MpError } from '@mp/core';
import { HEADER_BYTES, type Segment } from '@mp/core/internal';
import { HEAP } from './layout.ts';

/*
 * Which record is next: a binary heap over `(rank, sequence)`, least first, in a satellite: three doubles an entry
 * (rank, sequence, cell). It is an index: the records have all of it, and after a death it is made again from them.
 * A larger one is filled before HEAP names it. Used under the head's latch.
 */
const ENTRY = 3;
const FIRST = HEADER_BYTES / 8;
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
    const capacity = Math.max(0, this.#floats.length - FIRST) / ENTRY;
    if (count <= capacity) return;
    const size = HEADER_BYTES + Math.max(FIRST_CAPACITY, capacity * 2, count) * ENTRY * 8;
    const { number, segment } = this.#control.createSatellite({ kind: 'heap', version: 1, size });
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
    let child = this.#count++;
    while (child > 0) {
      const parent = (child - 1) >>> 1;
      const at = FIRST + parent * ENTRY;
      if (floats[at] < rank || (floats[at] === rank && floats[at + 1] < sequence)) break;
      floats.copyWithin(FIRST + child * ENTRY, at, at + ENTRY);
      child = parent;
    }
    this.#write(child, rank, sequence, cell);
  }

  /** Removes the first entry. */
  pop(): void {
    const floats = this.#floats;
    const count = --this.#count;
    if (count === 0) return;
    const last = FIRST + count * ENTRY;
    const [rank, sequence, cell] = [floats[last], floats[last + 1], floats[last + 2]];
    let parent = 0;
    for (;;) {
      let child = parent * 2 + 1;
      if (child >= count) break;
      if (child + 1 < count && this.#isBefore(child + 1, child)) child++;
      const at = FIRST + child * ENTRY;
      if (rank < floats[at] || (rank === floats[at] && sequence < floats[at + 1])) break;
      floats.copyWithin(FIRST + parent * ENTRY, at, at + ENTRY);
      parent = child;
    }
    this.#write(parent, rank, sequence, cell);
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

  #isBefore(left: number, right: number): boolean {
    const floats = this.#floats;
    const [a, b] = [FIRST + left * ENTRY, FIRST + right * ENTRY];
    return floats[a] < floats[b] || (floats[a] === floats[b] && floats[a + 1] < floats[b + 1]);
  }

  #write(index: number, rank: number, sequence: number, cell: number): void {
    const at = FIRST + index * ENTRY;
    this.#floats[at] = rank;
    this.#floats[at + 1] = sequence;
    this.#floats[at + 2] = cell;
  }
}
