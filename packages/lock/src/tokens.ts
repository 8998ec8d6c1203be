import { BODY, Segment, type SegmentPlan } from '@mp/core/internal';

/*
 * Tokens of a lock grow also when it is removed and made again under its name. They start from the wall clock, at a rate
 * that leaves room for fifty years in a safe integer; a lock that was acquired faster than that for long has tokens from
 * the future. So a thread that removes a lock raises a floor, common to the directory, from which new named locks start.
 *
 *   t-tokens: BODY   f64 as bits: larger than every token of a removed lock; only ever raised, by compare-and-exchange
 *
 * The floor may be lost with the directory: at a reboot, which takes longer than any lock can be ahead in practice.
 */
const EPOCH = Date.UTC(2025, 0);
const PER_MS = 4096;
const FLOOR = BODY / 2;

const PLAN: SegmentPlan = { kind: 'tokens', version: 1, size: (BODY + 16) * 4 };

/** Where the tokens of a lock start that never had this name before. */
export function tokenOfNow(): number {
  return (Date.now() - EPOCH) * PER_MS;
}

/** Where the tokens of a lock start that may have existed under its name. */
export function tokenAboveFloor(): number {
  const segment = Segment.openCommon('t-tokens', PLAN);
  try {
    return Math.max(tokenOfNow(), segment.floats[FLOOR]);
  } finally {
    segment.close();
  }
}

/** A named lock whose last token was `token` is about to be removed. */
export function raiseFloor(token: number): void {
  const segment = Segment.openCommon('t-tokens', PLAN);
  try {
    const bits = new BigInt64Array(segment.buffer, FLOOR * 8, 1);
    const wanted = bitsOf(token + 1);
    // The bits of positive floats are in the order of the floats.
    for (let floor = Atomics.load(bits, 0); floor < wanted; ) {
      const before = Atomics.compareExchange(bits, 0, floor, wanted);
      if (before === floor) return;
      floor = before;
    }
  } finally {
    segment.close();
  }
}

function bitsOf(value: number): bigint {
  return new BigInt64Array(new Float64Array([value]).buffer)[0];
}
