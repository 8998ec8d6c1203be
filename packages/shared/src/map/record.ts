import { keepOrder, messageLength } from '@mp/core/internal';
import type { Chunk } from './cells.ts';
import type { KeyBytes } from './key.ts';

/*
 * An entry lies in a cell, behind the two words that `cells.ts` describes:
 *
 *   EXPIRY        f64: when it is absent, in milliseconds since 1970, 0 = never
 *   KEY_LENGTH    bytes of the key
 *   VALUE_LENGTH  bytes of the value, a message of @mp/serde
 *   RECENT        how often the search for something to evict spares it: 1 when it is new, 2 when it was read; a hint
 *                 that any reader may store
 *   then the key and the value, without a gap
 *
 * It is written before a table links it, and never changed while one does, RECENT excepted.
 */
const VERSION = 0;
const EXPIRY_F64 = 1;
const KEY_LENGTH = 4;
const VALUE_LENGTH = 5;
const RECENT = 6;
/** With one value for both, a full map of new entries could evict the one that is read all the time. */
const NEW = 1;
const READ = 2;

/** Bytes before the key. */
export const RECORD_HEAD = 28;

/** A value as bytes: so many at the beginning of a buffer, and perhaps more elsewhere. */
export interface ValueBytes {
  readonly buffer: Uint8Array;
  readonly length: number;
  readonly more: readonly Uint8Array[];
}

/** A record that is being read; one object serves many, one after the other. */
export class RecordView {
  keyLength = 0;
  valueLength = 0;
  expiry = 0;
  #chunk!: Chunk;
  #word = 0;
  #version = 0;

  /**
   * Begins to read. What is read is valid only if {@link RecordView.isUnchanged} says so afterwards, and if after this
   * call, and not before, the record was seen to be linked.
   */
  open(chunk: Chunk, word: number): void {
    this.#chunk = chunk;
    this.#word = word;
    this.#version = Atomics.load(chunk.words, word + VERSION);
  }

  /** Reads lengths and expiry. @returns whether they can be true */
  readHead(): boolean {
    const { words, floats, cellBytes } = this.#chunk;
    const word = this.#word;
    this.expiry = floats[(word >>> 1) + EXPIRY_F64];
    this.keyLength = words[word + KEY_LENGTH];
    this.valueLength = words[word + VALUE_LENGTH];
    return (
      this.keyLength > 0 &&
      this.valueLength > 0 &&
      RECORD_HEAD + this.keyLength + this.valueLength <= cellBytes
    );
  }

  get source(): Buffer {
    return this.#chunk.buffer;
  }

  get keyStart(): number {
    return this.#word * 4 + RECORD_HEAD;
  }

  get valueStart(): number {
    return this.keyStart + this.keyLength;
  }

  get isExpired(): boolean {
    return this.expiry !== 0 && this.expiry <= Date.now();
  }

  /** Tells the search for something to evict. */
  markRecent(): void {
    const at = this.#word + RECENT;
    if (this.#chunk.words[at] !== READ) this.#chunk.words[at] = READ;
  }

  /** Whether the cell was not taken into use again since it was opened. */
  isUnchanged(): boolean {
    keepOrder();
    return Atomics.load(this.#chunk.words, this.#word + VERSION) === this.#version;
  }
}

/** Writes a record into a cell that nothing links. */
export function writeRecord(
  chunk: Chunk,
  word: number,
  key: KeyBytes,
  value: ValueBytes,
  expiry: number,
): void {
  const { words, floats, buffer } = chunk;
  const { length, more } = value;
  floats[(word >>> 1) + EXPIRY_F64] = expiry;
  words[word + KEY_LENGTH] = key.length;
  words[word + VALUE_LENGTH] = messageLength(length, more);
  words[word + RECENT] = NEW;
  let at = word * 4 + RECORD_HEAD;
  at = put(buffer, at, key.bytes, key.length);
  at = put(buffer, at, value.buffer, length);
  for (const piece of more) at = put(buffer, at, piece, piece.length);
}

/** Whether the entry in a cell has this key. */
export function isKeyAt({ words, buffer, cellBytes }: Chunk, word: number, key: KeyBytes): boolean {
  if (words[word + KEY_LENGTH] !== key.length || RECORD_HEAD + key.length > cellBytes) return false;
  return key.isAt(buffer, word * 4 + RECORD_HEAD);
}

/** When the entry in a cell expires, 0 = never. */
export function expiryOf({ floats }: Chunk, word: number): number {
  return floats[(word >>> 1) + EXPIRY_F64];
}

/** Spares an entry once less. @returns whether it is spared now */
export function takeRecent({ words }: Chunk, word: number): boolean {
  const was = words[word + RECENT];
  words[word + RECENT] = was === READ ? NEW : 0;
  return was !== 0;
}

/** Fewer bytes are copied sooner by a loop than by a native call. */
const LOOP_MOST = 128;

function put(target: Buffer, at: number, bytes: Uint8Array, length: number): number {
  if (length > LOOP_MOST) target.set(length === bytes.length ? bytes : bytes.subarray(0, length), at);
  else for (let i = 0; i < length; i++) target[at + i] = bytes[i];
  return at + length;
}
