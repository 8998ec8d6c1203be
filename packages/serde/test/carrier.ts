import { type Carrier, Segment, segmentCarrier } from '@mp/core/internal';
import { decode, encode } from '@mp/serde/internal';

/** A carrier that must not be asked for anything: plain data needs none. */
export const NO_CARRIER: Carrier = {
  local: true,
  pin: (file) => {
    throw new Error(`nothing to pin, and asked for ${file}`);
  },
  unpin: (pin) => {
    throw new Error(`nothing is pinned, and asked for ${pin}`);
  },
};

/** There and back. */
export function travel<T>(value: T, carrier: Carrier = NO_CARRIER): T {
  const { bytes } = encode(value, carrier);
  // As a receiver has it: the sender's buffer is used again.
  return decode(new Uint8Array(bytes), carrier) as T;
}

/** A real carrier, and what it must be closed with. */
export function makeCarrier(): { carrier: Carrier; segment: Segment } {
  const segment = Segment.create({ kind: 'message', version: 1, size: 4096 });
  return { carrier: segmentCarrier(segment), segment };
}
