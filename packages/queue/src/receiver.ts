import { type Carrier, messageBuffer } from '@mp/core/internal';
import { decode } from '@mp/serde/internal';
import { FEW_BYTES, type Message } from './records.ts';

/** Messages up to this are taken through one buffer that is reused. */
const SCRATCH_BYTES = 16 << 10;

/** Copies a message out of shared memory while the latch is held, and makes a value of it when it is not any more. */
export class Receiver {
  /** Where the native part puts a message that it takes. */
  readonly scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  readonly #scratchWords = new Int32Array(this.scratch.buffer);
  #bytes: Buffer = this.scratch;
  #length = 0;

  readonly copy = ({ source, words, start, end }: Message): void => {
    const length = end - start;
    this.#length = length;
    this.#bytes = length > SCRATCH_BYTES ? messageBuffer(length) : this.scratch;
    if (length > FEW_BYTES) source.copy(this.#bytes, 0, start, end);
    else for (let at = 0; at < length; at += 4) this.#scratchWords[at >>> 2] = words[(start + at) >>> 2];
  };

  /** @throws what reading the message throws */
  decode(carrier: Carrier): unknown {
    const bytes = this.#bytes;
    this.#bytes = this.scratch;
    return toValue(bytes, carrier, this.#length, bytes !== this.scratch);
  }

  /** Makes a value of so many bytes of {@link Receiver.scratch}. @throws as {@link Receiver.decode} */
  decodeScratch(carrier: Carrier, length: number): unknown {
    return toValue(this.scratch, carrier, length, false);
  }
}

/** Many messages at once. What cannot be read is told apart, so that no other one is lost with it. */
export class Batch<Tag> {
  readonly values: unknown[] = [];
  /** What was noted with each value. */
  readonly tags: Tag[] = [];
  readonly #copies: { readonly bytes: Buffer; readonly tag: Tag }[] = [];
  #bytes = 0;

  /** How many were copied. */
  get count(): number {
    return this.#copies.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  copy({ source, start, end }: Message, tag: Tag): void {
    const bytes = messageBuffer(end - start);
    source.copy(bytes, 0, start, end);
    this.#copies.push({ bytes, tag });
    this.#bytes += bytes.length;
  }

  /** @param refuse is told of what cannot be read */
  decode(carrier: Carrier, refuse: (tag: Tag, error: unknown) => void): void {
    for (const { bytes, tag } of this.#copies) {
      try {
        this.values.push(toValue(bytes, carrier, bytes.length, bytes.length > SCRATCH_BYTES));
        this.tags.push(tag);
      } catch (error) {
        refuse(tag, error);
      }
    }
  }
}

/** `undefined` means "nothing" everywhere; only a class of the user's can make one of a message. */
function toValue(bytes: Buffer, carrier: Carrier, length: number, own: boolean): unknown {
  const value = decode(bytes, carrier, length, own);
  return value === undefined ? null : value;
}
