import type { SegmentViews } from './header.ts';
import { HEAD, SLOT, SLOTS, TAIL } from './record-ring.ts';

/** What the control lines of a chain say that is only looked at. */
export interface RingLook {
  /** Records ever committed, and ever taken, modulo 2³¹. */
  readonly written: number;
  readonly taken: number;
  /** Payload bytes of those. */
  readonly writtenBytes: number;
  readonly takenBytes: number;
  /** Records, and their bytes, committed and not taken. */
  readonly depth: number;
  readonly bytes: number;
}

/** Half of what a count can be. */
const HALF = 0x3fffffff;

/**
 * How many more `count` is than `since`, both modulo 2³¹. They may be of different moments: less than nothing, which is far
 * more than any ring has, stands for nothing.
 */
export function countSince(since: number, count: number): number {
  const more = (count - since) & 0x7fffffff;
  return more > HALF ? 0 : more;
}

/** @param base first word of the control lines */
export function ringIn({ words, floats }: SegmentViews, base: number): RingLook {
  const bytesOf = (side: number): number =>
    floats[(base + side + SLOTS + (words[base + side] & 1) * SLOT + 2) >>> 1];
  const written = words[base + TAIL] >>> 1;
  const taken = words[base + HEAD] >>> 1;
  const writtenBytes = bytesOf(TAIL);
  const takenBytes = bytesOf(HEAD);
  return {
    written,
    taken,
    writtenBytes,
    takenBytes,
    depth: countSince(taken, written),
    bytes: Math.max(0, writtenBytes - takenBytes),
  };
}
