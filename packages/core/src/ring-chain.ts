import { MpError } from './errors.ts';
import { H_SIZE_F64, HEADER_BYTES } from './header.ts';
import { largestFit } from './largest-fit.ts';
import type { Segment } from './segment.ts';

/*
 * Which rings there are: ring 0 lies in the segment itself, ring n in its satellite n. Drained ones are kept for the
 * next growth, by their numbers in the control lines:
 *
 *   base+32, +33 SPARE numbers of drained rings, 0 = none
 */
const SPARE = 32;
/** With one, a writer and a reader that are a ring apart would make and remove one all the time. */
const SPARES = 2;

/** Rings double from the first one's size to this, unless only a smaller one fits. */
export const LARGEST_RING = 16 << 20;

/** Rings a thread keeps mapped besides those it works in. */
const MAPPED_MOST = 8;

/** One ring of a chain, as this thread has it mapped. */
export interface Ring {
  number: number;
  size: number;
  segment: Segment;
  bytes: Uint8Array;
  buffer: Buffer;
  words: Int32Array;
}

/** The rings of a chain that this thread has mapped, and those that are kept for all. */
export class RingChain {
  /** Ring 0. */
  readonly first: Ring;
  readonly #segment: Segment;
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #mapped = new Map<number, Ring>();

  /**
   * @param base first word of the control lines
   * @param ringBase first word of ring 0
   * @param ringBytes size of ring 0
   */
  constructor(segment: Segment, base: number, ringBase: number, ringBytes: number) {
    this.#segment = segment;
    this.#words = segment.words;
    this.#base = base;
    this.first = view(0, segment, ringBase * 4, ringBytes);
    this.#mapped.set(0, this.first);
  }

  /** @throws MpError `ERR_MP_STALE` when it was removed */
  get(number: number): Ring {
    const known = this.#mapped.get(number);
    if (known !== undefined) return known;
    const segment = this.#segment.openSatellite(number, 'ring');
    if (segment === undefined) {
      throw new MpError(
        'ERR_MP_STALE',
        `Cannot go on in ${this.#segment.file}: its ring ${number} was removed`,
      );
    }
    return this.#map(number, segment, segment.floats[H_SIZE_F64] - HEADER_BYTES);
  }

  /** An unused ring with `least` bytes: a spare one, or a new one, larger than `from` if there is space. */
  grow(from: Ring, least: number): Ring {
    for (let slot = this.#base + SPARE; slot < this.#base + SPARE + SPARES; slot++) {
      const spare = Atomics.exchange(this.#words, slot, 0);
      if (spare === 0) continue;
      const ring = this.get(spare);
      if (ring.size >= least) return ring;
      this.#drop(ring);
    }
    let size = Math.min(LARGEST_RING, from.size * 2);
    while (size < least * 4 && size < LARGEST_RING) size *= 2;
    // In units of 8 bytes: a record begins at a multiple of that.
    return largestFit(size >>> 3, (least + 7) >>> 3, (units) => {
      const bytes = units << 3;
      const plan = { kind: 'ring', version: 1, size: HEADER_BYTES + bytes } as const;
      const { number, segment } = this.#segment.createSatellite(plan);
      return this.#map(number, segment, bytes);
    });
  }

  /** Ring `number` is empty, and neither side is in it: it becomes a spare, and if there are enough, the oldest goes. */
  retire(number: number): void {
    let moved = number;
    for (let slot = this.#base + SPARE; slot < this.#base + SPARE + SPARES; slot++) {
      moved = Atomics.exchange(this.#words, slot, moved);
      if (moved === 0) return;
    }
    this.#drop(this.get(moved));
  }

  /** Lets go of the others when many are mapped: they may be gone long since. */
  keepOnly(head: Ring, tail: Ring): void {
    if (this.#mapped.size <= MAPPED_MOST) return;
    for (const other of this.#mapped.values()) {
      if (other.number === 0 || other === head || other === tail) continue;
      this.#mapped.delete(other.number);
      other.segment.close();
    }
  }

  /** Lets go of the satellites mapped here. */
  close(): void {
    for (const ring of this.#mapped.values()) if (ring.number !== 0) ring.segment.close();
    this.#mapped.clear();
  }

  #map(number: number, segment: Segment, size: number): Ring {
    const ring = view(number, segment, HEADER_BYTES, size);
    this.#mapped.set(number, ring);
    return ring;
  }

  #drop(ring: Ring): void {
    this.#mapped.delete(ring.number);
    ring.segment.closeAndUnlink();
  }
}

function view(number: number, segment: Segment, offset: number, size: number): Ring {
  const { buffer } = segment;
  return {
    number,
    size,
    segment,
    bytes: new Uint8Array(buffer, offset, size),
    buffer: Buffer.from(buffer, offset, size),
    words: new Int32Array(buffer, offset, size >>> 2),
  };
}
