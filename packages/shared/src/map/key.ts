/*
 * A key as bytes: a tag, and what follows it. Equal keys have equal bytes, and no others do.
 *
 *   1 text of ASCII     its characters, a byte each      4 bigint    hexadecimal, with its sign
 *   2 other text        UTF-16                           5, 6        false, true
 *   3 number            f64; -0 is 0, NaN is one NaN     7 bytes     themselves
 */
const ASCII = 1;
const TEXT = 2;
const NUMBER = 3;
const BIGINT = 4;
const FALSE = 5;
const TRUE = 6;
const BYTES = 7;

const FNV_PRIME = 0x01000193;
/** Longer keys are compared by a native call. */
const LOOP_MOST = 48;

/** What can be a key of a {@link SharedMap}. Bytes are equal when their content is. */
export type MapKey = string | number | bigint | boolean | Uint8Array;

/** A key in the form in which it is looked for. One object serves many keys, one after the other. */
export class KeyBytes {
  bytes = Buffer.allocUnsafeSlow(256);
  length = 0;
  /** 32 bits, signed. */
  hash = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** @throws TypeError when `key` cannot be one */
  set(key: MapKey): void {
    if (typeof key === 'string') this.#setText(key);
    else if (typeof key === 'number') {
      this.bytes[0] = NUMBER;
      // Every NaN has the same bits here, and 0 is added because -0 + 0 is 0.
      this.bytes.writeDoubleLE(Number.isNaN(key) ? Number.NaN : key + 0, 1);
      this.#end(9);
    } else if (typeof key === 'bigint') {
      const text = key.toString(16);
      this.#reserve(text.length + 1);
      this.bytes[0] = BIGINT;
      this.bytes.write(text, 1, 'latin1');
      this.#end(text.length + 1);
    } else if (typeof key === 'boolean') {
      this.bytes[0] = key ? TRUE : FALSE;
      this.#end(1);
    } else if (key instanceof Uint8Array) {
      this.#reserve(key.length + 1);
      this.bytes[0] = BYTES;
      this.bytes.set(key, 1);
      this.#end(key.length + 1);
    } else
      throw new TypeError(
        `A key must be a string, number, bigint, boolean or Uint8Array, not ${nameOf(key)}`,
      );
  }

  /** Whether the bytes at `start` are those of this key; so many must be there. */
  isAt(source: Buffer, start: number): boolean {
    const { bytes, length } = this;
    if (length > LOOP_MOST) return bytes.compare(source, start, start + length, 0, length) === 0;
    for (let i = 0; i < length; i++) if (source[start + i] !== bytes[i]) return false;
    return true;
  }

  /** The bytes as text: equal for equal keys, and for no others. */
  get text(): string {
    return this.bytes.toString('latin1', 0, this.length);
  }

  #setText(text: string): void {
    const { length } = text;
    this.#reserve(2 * length + 1);
    const { bytes } = this;
    let hash = Math.imul(this.#seed ^ ASCII, FNV_PRIME);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        bytes[0] = TEXT;
        bytes.write(text, 1, 'utf16le');
        this.#end(2 * length + 1);
        return;
      }
      bytes[i + 1] = code;
      hash = Math.imul(hash ^ code, FNV_PRIME);
    }
    bytes[0] = ASCII;
    this.length = length + 1;
    this.hash = mixed(hash);
  }

  #end(length: number): void {
    let hash = this.#seed;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ this.bytes[i], FNV_PRIME);
    this.length = length;
    this.hash = mixed(hash);
  }

  #reserve(length: number): void {
    if (length > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(2 * length);
  }
}

/** The key in `source` from `start` to before `end`. */
export function keyOf(source: Buffer, start: number, end: number): MapKey {
  switch (source[start]) {
    case ASCII:
      return source.toString('latin1', start + 1, end);
    case TEXT:
      return source.toString('utf16le', start + 1, end);
    case NUMBER:
      return source.readDoubleLE(start + 1);
    case BIGINT:
      return bigintOf(source.toString('latin1', start + 1, end));
    case BYTES:
      return Uint8Array.prototype.slice.call(source, start + 1, end);
    default:
      return source[start] === TRUE;
  }
}

function bigintOf(text: string): bigint {
  return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}

/** Spreads what the last characters changed over all bits: the first ones choose the slot. */
function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function nameOf(key: unknown): string {
  if (key === null || key === undefined) return String(key);
  return typeof key === 'object'
    ? `an object (${Object.prototype.toString.call(key).slice(8, -1)})`
    : `a ${typeof key}`;
}
