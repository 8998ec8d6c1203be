import { thisAgent } from './agent.ts';
import type { SegmentViews } from './header.ts';

/*
 * The shapes of objects that all users of a carrier know by their number, in its segment:
 *
 *   base+0   WRITER  who adds a shape
 *   base+1   END     bytes of ENTRIES in use: the one store that adds a shape
 *   base+2 … ENTRIES one after the other: how many keys, one byte; then for each key its length in bytes, one byte, and
 *                    its UTF-8
 *
 * The n-th entry is shape n, counted from 0. No entry ever changes, so a reader needs END and nothing else.
 *
 * | WRITER | means                          | next                                             |
 * | ------ | ------------------------------ | ------------------------------------------------ |
 * | 0      | nobody adds                    | agent, by CAS                                    |
 * | agent  | that thread writes behind END  | 0; when it is dead: the next writer's, by CAS    |
 *
 * | killed             | leaves                                                              |
 * | ------------------ | ------------------------------------------------------------------- |
 * | before END         | bytes behind END that nobody reads, and WRITER: the next one takes both over |
 * | after END          | the shape, and WRITER                                               |
 *
 * Nobody waits for WRITER: an object whose shape cannot be added now travels with its keys.
 */
const WRITER = 0;
const END = 1;
const ENTRIES_BYTE = 8;

/** The shapes of one carrier, as they lie in its memory. */
export class ShapeTable {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #base: number;
  /** Bytes that entries can take. */
  readonly #room: number;

  /**
   * @param views the memory, of zeros at first
   * @param base its first word
   * @param size how many bytes there are for it
   */
  constructor({ words, bytes }: Pick<SegmentViews, 'words' | 'bytes'>, base: number, size: number) {
    this.#words = words;
    this.#bytes = bytes;
    this.#base = base;
    this.#room = size - ENTRIES_BYTE;
  }

  /** How many bytes of entries there are. */
  get end(): number {
    return Atomics.load(this.#words, this.#base + END);
  }

  /** Whether an entry of `length` bytes would find no place. */
  isFullFor(length: number): boolean {
    return this.end + length > this.#room;
  }

  /** A copy of the entries from byte `start` to byte `end`; `undefined` = that is no part of the table. */
  read(start: number, end: number): Buffer | undefined {
    if (end < start || end > this.#room) return undefined;
    const first = this.#base * 4 + ENTRIES_BYTE;
    return Buffer.from(this.#bytes.subarray(first + start, first + end));
  }

  /**
   * Adds an entry. Never waits.
   *
   * @param end what {@link ShapeTable.end} was when the writer knew all entries: nothing is added twice
   * @returns `false` = it is not there: another thread adds one, or did, or there is no place
   */
  add(entry: Uint8Array, end: number): boolean {
    if (!this.#enter()) return false;
    const isNext = this.end === end && end >= 0 && end + entry.length <= this.#room;
    if (isNext) {
      this.#bytes.set(entry, this.#base * 4 + ENTRIES_BYTE + end);
      Atomics.store(this.#words, this.#base + END, end + entry.length);
    }
    Atomics.store(this.#words, this.#base + WRITER, 0);
    return isNext;
  }

  #enter(): boolean {
    const at = this.#base + WRITER;
    const me = thisAgent();
    const owner = Atomics.compareExchange(this.#words, at, 0, me.id);
    if (owner === 0) return true;
    return !me.isAlive(owner) && Atomics.compareExchange(this.#words, at, owner, me.id) === owner;
  }
}
