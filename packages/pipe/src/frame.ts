import { constants } from 'node:buffer';
import { MessageTooLongError, SerializationError } from '@mp/core';

/*
 * The frames of Python's multiprocessing.connection: 4 bytes, a signed length, high byte first; when it is -1, 8 more
 * bytes, an unsigned length; then the message. The longest that needs no second number is 2^31-1.
 */
const SHORT_MOST = 0x7fff_ffff;
const SHORT_HEADER = 4;
const LONG_HEADER = 12;

/** Memory that a message gets before anything of it has come, at most … */
const FIRST_BYTES = 64 << 10;
/** … and by how much it grows when that is full of what came. */
const GROWTH = 4;

const NOTHING = Buffer.alloc(0);

/** Room for any header. */
export const HEADER_MOST = LONG_HEADER;

/** Writes the header of a message of `length` bytes to the beginning of `target`. @returns where it ends */
export function writeHeader(target: Buffer, length: number): number {
  if (length <= SHORT_MOST) return target.writeInt32BE(length, 0);
  target.writeInt32BE(-1, 0);
  return target.writeBigUInt64BE(BigInt(length), SHORT_HEADER);
}

/** Puts messages together from bytes as they come: each byte is looked at once, whatever pieces they come in. */
export class FrameReader {
  readonly #header = Buffer.alloc(LONG_HEADER);
  #headerBytes = 0;
  /** −1 = not known yet. */
  #length = -1;
  #body = NOTHING;
  #filled = 0;

  /** Whether a part of a message has come. */
  get hasBegun(): boolean {
    return this.#headerBytes > 0;
  }

  get isWhole(): boolean {
    return this.#filled === this.#length;
  }

  /** Length of the message that has begun; −1 while its header is not whole. */
  get length(): number {
    return this.#length;
  }

  /** How many bytes of the body have yet to come, as far as is known. */
  get missing(): number {
    return this.#length < 0 ? 0 : this.#length - this.#filled;
  }

  /** How far it is, for messages. */
  get progress(): string {
    return this.#length < 0 ? 'in its header' : `after ${this.#filled} of ${this.#length} bytes`;
  }

  /** The whole message, in memory of its own. The next one may begin. */
  take(): Buffer {
    const body = this.#body;
    this.#headerBytes = 0;
    this.#length = -1;
    this.#body = NOTHING;
    this.#filled = 0;
    return body;
  }

  /**
   * Takes bytes up to the end of the message.
   *
   * @returns where it ended, or `to`
   * @throws SerializationError when they are no header; MessageTooLongError when this process cannot hold that much
   */
  push(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (this.#length < 0) {
      if (at === to) return at;
      this.#header[this.#headerBytes++] = bytes[at++];
      this.#readHeader();
    }
    const count = Math.min(to - at, this.#length - this.#filled);
    const { memory, start } = this.reserve(count);
    memory.set(bytes.subarray(at, at + count), start);
    this.fill(count);
    return at + count;
  }

  /** Where the next bytes of the body go: room for `atLeast`, of which there must be so many missing. */
  reserve(atLeast: number): { memory: Buffer; start: number } {
    const needed = this.#filled + atLeast;
    if (needed > this.#body.length) {
      const room = Math.max(needed, FIRST_BYTES, this.#filled * GROWTH);
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#length, room));
      this.#body.copy(grown, 0, 0, this.#filled);
      this.#body = grown;
    }
    return { memory: this.#body, start: this.#filled };
  }

  /** Takes note of `count` bytes that were written to where {@link reserve} said. */
  fill(count: number): void {
    this.#filled += count;
  }

  #readHeader(): void {
    if (this.#headerBytes === SHORT_HEADER) {
      const length = this.#header.readInt32BE(0);
      if (length >= 0) this.#length = length;
      else if (length !== -1) {
        throw new SerializationError(
          `Cannot receive: a message of length ${length}. The other end speaks another protocol`,
        );
      }
    } else if (this.#headerBytes === LONG_HEADER) {
      const length = this.#header.readBigUInt64BE(SHORT_HEADER);
      if (length > constants.MAX_LENGTH) {
        throw new MessageTooLongError(
          `Cannot receive a message of ${length} bytes: a buffer of this Node holds ${constants.MAX_LENGTH} at most`,
        );
      }
      this.#length = Number(length);
    }
  }
}
