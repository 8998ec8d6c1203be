import type { Carrier, RecordRing } from '@mp/core/internal';
import type { Encoded } from '@mp/serde/internal';

type Encode = (value: unknown, carrier: Carrier) => Encoded;

/**
 * The messages of one put. They are made at the call, so that a later change of the item, or an item that cannot be
 * sent, is never met later; and they hold the pins of the handles inside until they are laid into the ring.
 */
export class Outbox {
  readonly count: number;
  readonly bytes: number;
  readonly #carrier: Carrier;
  readonly #pins: string[] = [];
  #payloads: Uint8Array[];
  #kept: boolean;

  constructor(items: readonly unknown[], carrier: Carrier, encode: Encode) {
    this.count = items.length;
    this.#carrier = carrier;
    this.#payloads = [];
    // One encoded message may stay in the encoder's own buffer until the next is made.
    this.#kept = items.length > 1;
    let bytes = 0;
    try {
      for (const item of items) {
        const encoded = encode(item, carrier);
        this.#payloads.push(this.#kept ? new Uint8Array(encoded.bytes) : encoded.bytes);
        this.#pins.push(...encoded.pins);
        bytes += encoded.bytes.length;
      }
    } catch (error) {
      this.drop();
      throw error;
    }
    this.bytes = bytes;
  }

  /** The put has to wait: the message gets a buffer of its own. */
  keep(): void {
    if (this.#kept) return;
    this.#kept = true;
    this.#payloads = this.#payloads.map((payload) => new Uint8Array(payload));
  }

  lay(ring: RecordRing): void {
    for (const payload of this.#payloads) ring.append(payload, 0);
  }

  /** The messages will not be sent: lets go of what they pinned. */
  drop(): void {
    for (const pin of this.#pins) this.#carrier.unpin(pin);
  }
}
