import { type Carrier, HEADER_BYTES, Segment, segmentCarrier } from '@mp/core/internal';

/** Pins of what jobs carry. They live in a segment that is made at the first handle: most pools never send one. */
export class LazyPins {
  readonly carrier: Carrier = {
    local: true,
    pin: (file) => this.#open().pin(file),
    unpin: (pin) => this.#open().unpin(pin),
  };
  #segment: Segment | undefined;
  #made: Carrier | undefined;

  /** Drops all that are left. */
  close(): void {
    this.#segment?.close();
  }

  #open(): Carrier {
    this.#segment ??= Segment.create({ kind: 'pool', version: 1, size: HEADER_BYTES });
    this.#made ??= segmentCarrier(this.#segment);
    return this.#made;
  }
}
