import { messageBuffer, type Segment } from '@mp/core/internal';
import type { Cells } from './cells.ts';
import { type KeyBytes, keyOf, type MapKey } from './key.ts';
import { EVICT, TABLE } from './layout.ts';
import { RecordView } from './record.ts';
import { damaged, type Satellites } from './satellites.ts';
import { DELETED, FIRST_LINK, isTable, NEVER, Table } from './table.ts';
import type { ValueCodec } from './value-codec.ts';

/*
 * How a thread reads without a lock. A record can be trusted if, in this order,
 *
 *   1. its slot was found in a table          4. the slot still named it, and then
 *   2. its chunk was found in the list        5. the chunk was still in the list, the table was still the present one
 *   3. its VERSION was read                   6. it was read, and VERSION was the same after that
 *
 * By 5 the slot was one of the present table at 4, and the cell one of the present chunk: numbers of satellites are not
 * used again. By 4 the cell held a whole record after 3, and by 6 it was not taken into use again until the end. So what
 * was read is what the entry had at 4. A step that fails means that a writer was faster: begin anew. There is no state
 * that a dead writer leaves in which a step fails for good.
 *
 * That a key is absent was true at some moment of the search if the table was the present one at its end.
 */

/** More attempts than any writer can spoil: the map is damaged. */
const ATTEMPTS_MOST = 1_000_000;
/** Values up to this size are copied into a buffer that is used again. */
const SCRATCH_BYTES = 4096;
/** Fewer bytes are copied sooner by a loop than by a native call. */
const LOOP_MOST = 64;

const FOUND = 1;
const ABSENT = 0;
const AGAIN = Symbol('again');

/** End of all hashes. */
export const HASHES = 2 ** 32;

/** An entry as it was copied out of the map. */
export interface CopiedEntry {
  key: MapKey;
  value: Buffer | undefined;
}

/** How one thread looks into a map. */
export class MapReader {
  readonly #map: Segment;
  readonly #words: Int32Array;
  readonly #cells: Cells;
  readonly #satellites: Satellites;
  readonly #codec: ValueCodec;
  readonly #marks: boolean;
  readonly #record = new RecordView();
  #table: Table | undefined;
  #scratch: Buffer | undefined;

  constructor(map: Segment, cells: Cells, satellites: Satellites, codec: ValueCodec) {
    this.#map = map;
    this.#words = map.words;
    this.#cells = cells;
    this.#satellites = satellites;
    this.#codec = codec;
    this.#marks = map.words[EVICT] !== 0;
  }

  /** The present table, `undefined` while the map has none and is empty. */
  get table(): Table | undefined {
    for (;;) {
      const number = Atomics.load(this.#words, TABLE);
      if (number === 0) return undefined;
      if (this.#table?.number === number) return this.#table;
      const segment = this.#satellites.open(number, 'maptable');
      if (segment !== undefined) {
        if (!isTable(segment)) {
          segment.close(false);
          this.#refuse('its table has a size that none can have');
        }
        this.#table?.segment.close();
        this.#table = new Table(number, segment);
        return this.#table;
      }
      if (Atomics.load(this.#words, TABLE) === number) this.#refuse('its table was removed');
    }
  }

  /** The owner of the lock has made `table` the present one; the one before is closed. */
  adopt(table: Table | undefined): void {
    this.#table = table;
  }

  /** The value of a key, `undefined` when there is none. */
  get(key: KeyBytes): unknown {
    for (let attempt = 0; attempt < ATTEMPTS_MOST; attempt++) {
      const found = this.#find(key);
      if (found === ABSENT) return undefined;
      if (found === AGAIN) continue;
      const value = this.#value();
      if (value !== AGAIN) return value;
    }
    return this.#refuse('a record or a link leads nowhere');
  }

  /** Whether there is an entry. */
  has(key: KeyBytes): boolean {
    for (let attempt = 0; attempt < ATTEMPTS_MOST; attempt++) {
      const found = this.#find(key);
      if (found !== AGAIN && (found === ABSENT || this.#record.isUnchanged())) return found === FOUND;
    }
    return this.#refuse('a record or a link leads nowhere');
  }

  /**
   * Copies the entries of the next home that has any: those with hashes from `from` on. An entry that is there all the
   * time is in one of the groups and in no other, even if the table is another one at the next call: the groups go by
   * hashes, which do not change.
   *
   * @param copy gets the entries
   * @returns from which hash the next call goes on; {@link HASHES} = that was all
   */
  group(from: number, entries: CopiedEntry[], withValues: boolean): number {
    for (let attempt = 0; attempt < ATTEMPTS_MOST; attempt++) {
      const { table } = this;
      if (table === undefined) return HASHES;
      entries.length = 0;
      let next = from;
      let isWhole = true;
      while (isWhole && next < HASHES && entries.length === 0) {
        const home = table.homeOf(next);
        isWhole = this.#copyHome(table, home, next, entries, withValues);
        next = table.firstHashOf(home + 1);
      }
      if (isWhole && this.#isCurrent(table)) return next;
    }
    return this.#refuse('a record or a link leads nowhere');
  }

  /** Lets go of the table mapped here. */
  close(): void {
    this.#table?.segment.close();
    this.#table = undefined;
  }

  #isCurrent(table: Table): boolean {
    return Atomics.load(this.#words, TABLE) === table.number;
  }

  /** Looks for the record of a key that has not expired, and leaves it open. */
  #find(key: KeyBytes): typeof FOUND | typeof ABSENT | typeof AGAIN {
    const { table } = this;
    if (table === undefined) return ABSENT;
    const { hash, length } = key;
    const { mask } = table;
    let slot = table.homeOf(hash);
    for (let left = table.capacity; left > 0; left--) {
      const link = table.linkAt(slot);
      if (link === NEVER) break;
      if (link !== DELETED && table.hashAt(slot) === hash) {
        const record = this.#record;
        if (!this.#open(table, slot, link)) return AGAIN;
        if (record.keyLength === length && key.isAt(record.source, record.keyStart)) {
          if (record.isExpired) return record.isUnchanged() ? ABSENT : AGAIN;
          if (this.#marks) record.markRecent();
          return FOUND;
        }
        if (!record.isUnchanged()) return AGAIN;
      }
      slot = (slot + 1) & mask;
    }
    return this.#isCurrent(table) ? ABSENT : AGAIN;
  }

  /** Steps 2 to 5. @returns whether they went well */
  #open(table: Table, slot: number, link: number): boolean {
    const cell = link - FIRST_LINK;
    const chunk = this.#cells.chunkOf(cell);
    if (chunk === undefined) return false;
    const record = this.#record;
    record.open(chunk, this.#cells.wordOf(cell, chunk));
    if (table.linkAt(slot) !== link || !this.#cells.isCurrent(chunk) || !this.#isCurrent(table)) return false;
    return record.readHead();
  }

  #copyHome(table: Table, home: number, from: number, entries: CopiedEntry[], withValues: boolean): boolean {
    const record = this.#record;
    let slot = home;
    for (let left = table.capacity; left > 0; left--) {
      const link = table.linkAt(slot);
      if (link === NEVER) return true;
      const hash = table.hashAt(slot) >>> 0;
      if (link !== DELETED && hash >= from && table.homeOf(hash) === home) {
        if (!this.#open(table, slot, link)) return false;
        const { source, keyStart, valueStart, valueLength, isExpired } = record;
        const key = Buffer.from(source.subarray(keyStart, valueStart));
        const value = withValues ? messageBuffer(valueLength) : undefined;
        if (value !== undefined) source.copy(value, 0, valueStart, valueStart + valueLength);
        if (!record.isUnchanged()) return false;
        if (!isExpired) entries.push({ key: this.#keyOf(key), value });
      }
      slot = (slot + 1) & table.mask;
    }
    return true;
  }

  /** Copies the value of the open record and decodes it. @returns AGAIN when it was changed meanwhile */
  #value(): unknown {
    const record = this.#record;
    const { source, valueStart, valueLength } = record;
    if (valueLength > SCRATCH_BYTES) {
      const bytes = messageBuffer(valueLength);
      source.copy(bytes, 0, valueStart, valueStart + valueLength);
      return record.isUnchanged() ? this.#codec.decode(bytes) : AGAIN;
    }
    // Taken while it is in use: decoding a value of a registered class may read from this map.
    const scratch = this.#scratch ?? Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    this.#scratch = undefined;
    try {
      if (valueLength > LOOP_MOST) source.copy(scratch, 0, valueStart, valueStart + valueLength);
      else for (let i = 0; i < valueLength; i++) scratch[i] = source[valueStart + i];
      return record.isUnchanged() ? this.#codec.decode(scratch, valueLength, false) : AGAIN;
    } finally {
      this.#scratch = scratch;
    }
  }

  #keyOf(bytes: Buffer): MapKey {
    try {
      return keyOf(bytes, 0, bytes.length);
    } catch (error) {
      return this.#refuse(`a key cannot be read: ${(error as Error).message}`);
    }
  }

  #refuse(problem: string): never {
    throw damaged(this.#map, problem);
  }
}
