import {
  type Carrier,
  messageCopy,
  messageLength,
  NO_PIECES,
  type Pins,
  type RecordRing,
} from '@mp/core/internal';
import { type Encoded, encode, encodeParts } from '@mp/serde/internal';
import { RANK_BYTES } from './store.ts';

const NONE: readonly Pins[] = [];
/** A Buffer of any length is copied to the ring from where it is. */
const ANY_LENGTH = 1;

/**
 * The messages of one put. They are made at the call, so that a later change of the item, or an item that cannot be
 * sent, is never met later; and they hold the pins of the handles inside until they are laid into the ring.
 */
export class PendingPut {
  count = 0;
  bytes = 0;
  readonly #carrier: Carrier;
  #rank: readonly Buffer[] | undefined;
  /** What follows the message: more of the item, its rank. */
  #more = NO_PIECES;
  /** The only message: it may lie in the encoder's own buffer, and pieces of it in the item, until it is laid. */
  #only: Encoded | undefined;
  /** Messages with a buffer of their own, suffix included. */
  #payloads: Uint8Array[] = [];
  #pins: readonly Pins[] = NONE;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  /**
   * @param rank what it is sorted by; `undefined` = nothing
   * @throws SerializationError when the item cannot be sent; nothing stays pinned
   */
  packOne(item: unknown, rank: number | undefined): void {
    const carrier = this.#carrier;
    const only = encodeParts(item, carrier, 'item', ANY_LENGTH);
    this.#only = only;
    this.#pins = only.pins.count === 0 ? NONE : [only.pins];
    const suffix = this.#suffixOf(rank);
    this.#more = only.more.length === 0 ? suffix : [...only.more, ...suffix];
    this.count = 1;
    this.bytes = messageLength(only.length, this.#more);
  }

  /** @throws SerializationError when an item cannot be sent; nothing stays pinned */
  packMany(items: readonly unknown[], rank: number | undefined): void {
    const pins: Pins[] = [];
    this.#pins = pins;
    this.#payloads = [];
    this.bytes = 0;
    this.count = items.length;
    try {
      // Not `forEach`, which skips what is missing: that is refused like `undefined`.
      for (let index = 0; index < this.count; index++) {
        const encoded = encode(items[index], this.#carrier, `items[${index}]`);
        pins.push(encoded.pins);
        const payload = messageCopy(encoded.bytes, this.#suffixOf(rank));
        this.#payloads.push(payload);
        this.bytes += payload.length;
      }
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  /** The only message, when it lies in one piece. */
  get inOnePiece(): Encoded | undefined {
    return this.#more.length === 0 ? this.#only : undefined;
  }

  /** Whether {@link PendingPut.keep} has something to copy: several messages have buffers of their own at once. */
  get isToCopy(): boolean {
    return this.#only !== undefined;
  }

  /** The put has to wait: the message gets a buffer of its own. */
  keep(): void {
    if (this.#only === undefined) return;
    this.#payloads = [messageCopy(this.#only.bytes, this.#more)];
    this.#only = undefined;
    this.#more = NO_PIECES;
  }

  lay(ring: RecordRing): void {
    const only = this.#only;
    if (only !== undefined) ring.append(only.buffer, 0, only.length, this.#more);
    else for (const payload of this.#payloads) ring.append(payload, 0);
  }

  /** The messages were sent. */
  sent(): void {
    for (const pins of this.#pins) pins.sent();
  }

  /** The messages will not be sent: lets go of what they pinned. */
  drop(): void {
    for (const pins of this.#pins) pins.drop();
    this.clear();
  }

  /** It was sent, and can be packed again. */
  clear(): void {
    this.#only = undefined;
    this.#more = NO_PIECES;
    if (this.#payloads.length > 0) this.#payloads = [];
    this.#pins = NONE;
  }

  #suffixOf(rank: number | undefined): readonly Uint8Array[] {
    if (rank === undefined) return NO_PIECES;
    this.#rank ??= [Buffer.allocUnsafe(RANK_BYTES)];
    this.#rank[0].writeDoubleLE(rank, 0);
    return this.#rank;
  }
}
