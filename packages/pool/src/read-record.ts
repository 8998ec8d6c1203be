import type { Carrier, RingRecord } from '@mp/core/internal';
import { decode } from '@mp/serde/internal';

/** So many bytes are copied sooner by a loop than a view of them is made. */
const LOOP_MOST = 64;

let spare: Buffer | undefined;

/** What a record says; it is there still afterwards. `undefined` is an empty payload. */
export function readRecord({ source, start, end }: RingRecord, carrier: Carrier): unknown {
  const length = end - start;
  if (length === 0) return undefined;
  if (length > LOOP_MOST) return decode(source.subarray(start, end), carrier);
  // Taken while it is in use: a registered class may make a pool work while it is decoded.
  const bytes = spare ?? Buffer.allocUnsafeSlow(LOOP_MOST);
  spare = undefined;
  for (let at = 0; at < length; at++) bytes[at] = source[start + at];
  try {
    return decode(bytes, carrier, length);
  } finally {
    spare = bytes;
  }
}
