import type { Carrier, Pins, RecordRing } from '@mp/core/internal';
import { type Encoded, encode, encodeParts } from '@mp/serde/internal';

/**
 * The messages of one put. They are made at the call, so that a later change of the item, or an item that cannot be
 * sent, is never met later; and they hold the pins of the handles inside until they are laid into the ring.
 */
export class Outbox {
  readonly count: number;
  readonly bytes: number;
  readonly #carrier: Carrier;
  /** What follows each message. */
  readonly #suffix: Uint8Array | undefined;
  /** The only message: it may lie in the encoder's own buffer, and its tail in the item, until it is laid. */
  #only: Encoded | undefined;
  /** Messages with a buffer of their own, suffix included. */
  #payloads: Uint8Array[] | undefined;
  #pins: Pins[] = [];

  /** @throws SerializationError when an item cannot be sent; nothing stays pinned */
  constructor(items: readonly unknown[], carrier: Carrier, suffix?: Uint8Array) {
    this.count = items.length;
    this.#carrier = carrier;
    this.#suffix = suffix;
    if (items.length === 1) {
      const only =
        suffix === undefined ? encodeParts(items[0], carrier, 'item') : encode(items[0], carrier, 'item');
      this.#only = only;
      if (only.pins.count > 0) this.#pins.push(only.pins);
      this.bytes = only.length + ((only.tail ?? suffix)?.length ?? 0);
    } else this.bytes = this.#encodeAll(items);
  }

  /** The put has to wait: the message gets a buffer of its own. */
  keep(): void {
    if (this.#only === undefined) return;
    const { bytes, tail } = this.#only;
    this.#payloads = [joined(bytes, tail ?? this.#suffix)];
    this.#only = undefined;
  }

  lay(ring: RecordRing): void {
    const only = this.#only;
    if (only !== undefined) ring.append(only.buffer, 0, only.length, only.tail ?? this.#suffix);
    else for (const payload of this.#payloads ?? []) ring.append(payload, 0);
  }

  /** The messages were sent. */
  sent(): void {
    for (const pins of this.#pins) pins.sent();
  }

  /** The messages will not be sent: lets go of what they pinned. */
  drop(): void {
    for (const pins of this.#pins.splice(0)) pins.drop();
  }

  #encodeAll(items: readonly unknown[]): number {
    let total = 0;
    const payloads: Uint8Array[] = [];
    this.#payloads = payloads;
    try {
      items.forEach((item, index) => {
        const encoded = encode(item, this.#carrier, `items[${index}]`);
        const payload = joined(encoded.bytes, this.#suffix);
        payloads.push(payload);
        this.#pins.push(encoded.pins);
        total += payload.length;
      });
    } catch (error) {
      this.drop();
      throw error;
    }
    return total;
  }
}

function joined(bytes: Uint8Array, tail: Uint8Array | undefined): Uint8Array {
  return tail === undefined ? new Uint8Array(bytes) : Buffer.concat([bytes, tail]);
}
