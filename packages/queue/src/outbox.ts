import type { Carrier, RecordRing } from '@mp/core/internal';
import { encode, encodeParts } from '@mp/serde/internal';

/**
 * The messages of one put. They are made at the call, so that a later change of the item, or an item that cannot be
 * sent, is never met later; and they hold the pins of the handles inside until they are laid into the ring.
 */
export class Outbox {
  readonly count: number;
  readonly bytes: number;
  readonly #carrier: Carrier;
  #pins: readonly string[] = [];
  #payloads: Uint8Array[] = [];
  /** The second part of the only message, still in the item itself. */
  #tail: Uint8Array | undefined;
  #kept: boolean;

  /** @throws SerializationError when an item cannot be sent; nothing stays pinned */
  constructor(items: readonly unknown[], carrier: Carrier) {
    this.count = items.length;
    this.#carrier = carrier;
    // One encoded message may stay in the encoder's own buffer until the next is made.
    this.#kept = items.length !== 1;
    this.bytes = this.#kept ? this.#encodeAll(items) : this.#encodeOne(items[0]);
  }

  /** The put has to wait: the message gets a buffer of its own. */
  keep(): void {
    if (this.#kept) return;
    this.#kept = true;
    this.#payloads = [Buffer.concat([...this.#payloads, this.#tail ?? new Uint8Array(0)])];
    this.#tail = undefined;
  }

  lay(ring: RecordRing): void {
    for (const payload of this.#payloads) ring.append(payload, 0, this.#tail);
  }

  /** The messages will not be sent: lets go of what they pinned. */
  drop(): void {
    for (const pin of this.#pins) this.#carrier.unpin(pin);
    this.#pins = [];
  }

  #encodeOne(item: unknown): number {
    const { bytes, pins, tail } = encodeParts(item, this.#carrier, 'item');
    this.#payloads.push(bytes);
    this.#pins = pins;
    this.#tail = tail;
    return bytes.length + (tail?.length ?? 0);
  }

  #encodeAll(items: readonly unknown[]): number {
    let total = 0;
    try {
      items.forEach((item, index) => {
        const { bytes, pins } = encode(item, this.#carrier, `items[${index}]`);
        this.#payloads.push(new Uint8Array(bytes));
        this.#pins = [...this.#pins, ...pins];
        total += bytes.length;
      });
    } catch (error) {
      this.drop();
      throw error;
    }
    return total;
  }
}
