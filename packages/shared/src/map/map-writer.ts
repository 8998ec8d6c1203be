import { MpError } from '@mp/core';
import { messageLength, type Segment } from '@mp/core/internal';
import { Cells, type Chunk } from './cells.ts';
import type { KeyBytes, MapKey } from './key.ts';
import {
  BYTES_F64,
  COUNT,
  costOf,
  DIRTY,
  EVICT,
  HAND,
  MAX_BYTES_F64,
  SWEEP,
  TABLE,
  TIMED,
  TOMBS,
} from './layout.ts';
import type { MapReader } from './map-reader.ts';
import { expiryOf, isKeyAt, RECORD_HEAD, takeRecent, type ValueBytes, writeRecord } from './record.ts';
import { damaged, type Satellites } from './satellites.ts';
import { BITS_MOST, bitsFor, DELETED, FIRST_LINK, fillOf, NEVER, Table, tablePlan } from './table.ts';

/** More than this no record can have. */
const RECORD_MOST = 1 << 30;

/** So many slots each change looks at for entries that have expired. */
const SWEPT_SLOTS = 8;

/** What several changes at once store. */
export interface Draft {
  readonly key: MapKey;
  readonly value: ValueBytes;
}

/**
 * The changes of a map, for the owner of its lock. Each commits by one store, of a link or of TABLE; all else that they
 * write is made again by {@link MapWriter.repair} if the owner dies in between. What can fail comes before the store.
 */
export class MapWriter {
  readonly #map: Segment;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #cells: Cells;
  readonly #satellites: Satellites;
  readonly #reader: MapReader;
  /** Slot for a key that was not found. */
  #vacant = 0;
  /** Cells that are written and not linked yet. */
  #unlinked: number[] = [];

  constructor(map: Segment, cells: Cells, satellites: Satellites, reader: MapReader) {
    this.#map = map;
    this.#words = map.words;
    this.#floats = map.floats;
    this.#cells = cells;
    this.#satellites = satellites;
    this.#reader = reader;
  }

  /** Whether a change is under way, or was when its thread died. */
  get isDirty(): boolean {
    return Atomics.load(this.#words, DIRTY) !== 0;
  }

  /** Runs a change, after a repair if the last one was not finished. */
  run<T>(change: () => T): T {
    this.repair();
    Atomics.store(this.#words, DIRTY, 1);
    let result: T;
    try {
      result = change();
    } catch (error) {
      // After anything else than a lack of space, which was counted on, the next owner makes everything again.
      if ((error as MpError).code === 'ERR_MP_NO_SPACE') {
        this.#dropUnlinked();
        Atomics.store(this.#words, DIRTY, 0);
      }
      throw error;
    }
    while (this.#unlinked.length > 0) this.#unlinked.pop();
    Atomics.store(this.#words, DIRTY, 0);
    return result;
  }

  /**
   * Sees to it that a value can be stored: within the limit, and with a slot for its key. To be called before
   * {@link MapWriter.write}.
   *
   * @returns the slot, as {@link MapWriter.link} takes it
   * @throws MpError `ERR_MP_NO_SPACE` with the figures, before anything is evicted
   */
  prepare(key: KeyBytes, value: ValueBytes): number {
    this.#sweep(SWEPT_SLOTS);
    const length = this.#lengthOf(key, value);
    const slot = this.#slotOf(key);
    const isMoved = slot < 0 && this.#reserve(1);
    if (this.#floats[MAX_BYTES_F64] === 0) return isMoved ? this.#slotOf(key) : slot;
    const cost = costOf(Cells.bytesFor(length));
    const { hash } = key;
    this.#makeSpace(
      cost,
      () => this.#replacedBy(key),
      (other) => other === hash,
    );
    // What was evicted may have ended the search for it sooner.
    return this.#slotOf(key);
  }

  /**
   * Does the same for several values, of keys that all differ.
   *
   * @param find the bytes of a key
   */
  prepareMany(drafts: readonly Draft[], find: (key: MapKey) => KeyBytes): void {
    this.#sweep(SWEPT_SLOTS);
    let cost = 0;
    let added = 0;
    for (const { key, value } of drafts) {
      const sought = find(key);
      cost += costOf(Cells.bytesFor(this.#lengthOf(sought, value)));
      if (this.#slotOf(sought) < 0) added++;
    }
    this.#reserve(added);
    if (this.#floats[MAX_BYTES_F64] === 0) return;
    const hashes = new Set(drafts.map(({ key }) => find(key).hash));
    this.#makeSpace(
      cost,
      () => drafts.reduce((sum, { key }) => sum + this.#replacedBy(find(key)), 0),
      (other) => hashes.has(other),
    );
  }

  /**
   * Writes a record and links nothing yet: {@link MapWriter.link} does.
   *
   * @param expiry in milliseconds since 1970, 0 = never
   * @returns the cell
   * @throws MpError `ERR_MP_NO_SPACE` when the segment directory is full
   */
  write(key: KeyBytes, value: ValueBytes, expiry: number): number {
    const cell = this.#cells.allocate(lengthOf(key, value));
    this.#unlinked.push(cell);
    const { chunk, word } = this.#place(cell);
    writeRecord(chunk, word, key, value, expiry);
    return cell;
  }

  /** When the entry of a key expires, or has expired; 0 = never, or there is none. */
  expiryOf(key: KeyBytes): number {
    const slot = this.#slotOf(key);
    return slot < 0 ? 0 : this.#expiryAt(slot);
  }

  /**
   * Makes a written record the entry of its key.
   *
   * @param slot where {@link MapWriter.prepare} found the key, if that was the last thing to change the table
   */
  link(key: KeyBytes, cell: number, slot = this.#slotOf(key)): void {
    const table = this.#table;
    if (slot < 0) {
      const wasDeleted = table.linkAt(this.#vacant) === DELETED;
      table.insert(this.#vacant, key.hash, cell + FIRST_LINK);
      if (wasDeleted) this.#words[TOMBS]--;
      this.#count(cell, 1);
    } else {
      const old = table.linkAt(slot) - FIRST_LINK;
      table.link(slot, cell + FIRST_LINK);
      this.#count(cell, 1);
      this.#count(old, -1);
      this.#cells.free(old);
    }
  }

  /** Deletes the entry of a key. @returns whether there was one that had not expired */
  delete(key: KeyBytes): boolean {
    const slot = this.#slotOf(key);
    if (slot < 0) return false;
    const isThere = !this.#isExpired(slot);
    this.#remove(slot);
    return isThere;
  }

  /** Deletes all entries by one store. */
  clear(): void {
    const { table } = this.#reader;
    if (table === undefined) return;
    this.#satellites.remove(table.number, table.segment, () => Atomics.store(this.#words, TABLE, 0));
    this.#reader.adopt(undefined);
    this.#resetCounts();
    this.#cells.rebuild([]);
    this.#cells.removeEmpty();
  }

  /** Makes what a dead owner left half done whole again. */
  repair(): void {
    if (!this.isDirty) return;
    this.#unlinked = [];
    this.#satellites.repair((number) => number === this.#words[TABLE] || this.#cells.names(number));
    this.#resetCounts();
    const { table } = this.#reader;
    const live: number[] = [];
    for (let slot = 0; slot < (table?.capacity ?? 0); slot++) {
      const link = (table as Table).linkAt(slot);
      if (link === DELETED) this.#words[TOMBS]++;
      if (link < FIRST_LINK) continue;
      live.push(link - FIRST_LINK);
      this.#count(link - FIRST_LINK, 1);
    }
    this.#cells.rebuild(live);
    Atomics.store(this.#words, DIRTY, 0);
  }

  get #table(): Table {
    return this.#reader.table as Table;
  }

  /** The slot of a key, or −1; then #vacant is the one for it. */
  #slotOf(key: KeyBytes): number {
    const { table } = this.#reader;
    if (table === undefined) return -1;
    let slot = table.homeOf(key.hash);
    this.#vacant = -1;
    for (let left = table.capacity; ; left--) {
      if (left === 0) throw damaged(this.#map, 'its table is full');
      const link = table.linkAt(slot);
      if (link === NEVER) break;
      if (link === DELETED) {
        if (this.#vacant < 0) this.#vacant = slot;
      } else if (table.hashAt(slot) === key.hash) {
        const { chunk, word } = this.#place(link - FIRST_LINK);
        if (isKeyAt(chunk, word, key)) return slot;
      }
      slot = (slot + 1) & table.mask;
    }
    if (this.#vacant < 0) this.#vacant = slot;
    return -1;
  }

  #place(cell: number): { chunk: Chunk; word: number } {
    const chunk = this.#cells.chunkOf(cell);
    if (chunk === undefined) throw damaged(this.#map, `there is no cell ${cell}`);
    return { chunk, word: this.#cells.wordOf(cell, chunk) };
  }

  #placeAt(slot: number): { chunk: Chunk; word: number } {
    return this.#place(this.#table.linkAt(slot) - FIRST_LINK);
  }

  #expiryAt(slot: number): number {
    const { chunk, word } = this.#placeAt(slot);
    return expiryOf(chunk, word);
  }

  /** Bytes of a new entry. @throws MpError `ERR_MP_NO_SPACE` when no record can have so many */
  #lengthOf(key: KeyBytes, value: ValueBytes): number {
    const length = lengthOf(key, value);
    if (length > RECORD_MOST) this.#refuse(`an entry of ${length} bytes: the largest has ${RECORD_MOST}`);
    return length;
  }

  /** What the present entry of a key counts. */
  #replacedBy(key: KeyBytes): number {
    const slot = this.#slotOf(key);
    return slot < 0 ? 0 : costOf(this.#placeAt(slot).chunk.cellBytes);
  }

  #isExpired(slot: number): boolean {
    const expiry = this.#expiryAt(slot);
    return expiry !== 0 && expiry <= Date.now();
  }

  #remove(slot: number): void {
    const table = this.#table;
    const cell = table.linkAt(slot) - FIRST_LINK;
    this.#words[TOMBS] += table.remove(slot);
    this.#count(cell, -1);
    this.#cells.free(cell);
  }

  #count(cell: number, by: 1 | -1): void {
    const { chunk, word } = this.#place(cell);
    this.#words[COUNT] += by;
    this.#floats[BYTES_F64] += by * costOf(chunk.cellBytes);
    if (expiryOf(chunk, word) !== 0) this.#words[TIMED] += by;
  }

  #resetCounts(): void {
    this.#words.fill(0, COUNT, SWEEP + 1);
    this.#floats[BYTES_F64] = 0;
  }

  #dropUnlinked(): void {
    for (const cell of this.#unlinked) this.#cells.free(cell);
    this.#unlinked = [];
  }

  /**
   * Sees to it that `more` entries can be inserted: copies the table into another one if necessary.
   *
   * @returns whether it did
   */
  #reserve(more: number): boolean {
    const old = this.#reader.table;
    const entries = this.#words[COUNT] + more;
    if (entries < more) throw damaged(this.#map, 'it counts less than no entry');
    if (old !== undefined && entries + this.#words[TOMBS] <= fillOf(old.capacity)) return false;
    if (entries > fillOf(2 ** BITS_MOST)) this.#refuse(`more than ${this.#words[COUNT]} entries`);
    const { number, segment } = this.#satellites.create(tablePlan(bitsFor(entries)));
    const table = new Table(number, segment);
    let left = table.capacity - 1;
    for (let slot = 0; slot < (old?.capacity ?? 0); slot++) {
      const link = (old as Table).linkAt(slot);
      if (link < FIRST_LINK) continue;
      // More than were counted: it is thrown away again by the repair.
      if (left-- === 0) throw damaged(this.#map, 'it has more entries than it counts');
      table.adopt((old as Table).hashAt(slot), link);
    }
    const commit = () => {
      Atomics.store(this.#words, TABLE, number);
      this.#satellites.settle();
    };
    if (old === undefined) commit();
    else this.#satellites.remove(old.number, old.segment, commit);
    this.#reader.adopt(table);
    this.#words[TOMBS] = 0;
    return true;
  }

  /** Frees entries that have expired in the next slots. */
  #sweep(slots: number): void {
    const { table } = this.#reader;
    for (let left = slots; left > 0 && table !== undefined && this.#words[TIMED] > 0; left--) {
      const slot = this.#words[SWEEP] & table.mask;
      if (table.linkAt(slot) >= FIRST_LINK && this.#isExpired(slot)) this.#remove(slot);
      this.#words[SWEEP] = (slot + 1) & table.mask;
    }
  }

  /**
   * Sees to it that `cost` more bytes are within the limit.
   *
   * @param replaced bytes that go again when what is written is linked
   * @param isKept tells the hashes of entries that must not be evicted for it: those that it replaces
   */
  #makeSpace(cost: number, replaced: () => number, isKept: (hash: number) => boolean): void {
    const most = this.#floats[MAX_BYTES_F64];
    const isFree = () => this.#floats[BYTES_F64] - replaced() + cost <= most;
    if (isFree()) return;
    const { table } = this.#reader;
    const slots = table?.capacity ?? 0;
    if (this.#words[EVICT] === 0) {
      this.#sweep(slots);
      if (isFree()) return;
    }
    if (this.#words[EVICT] === 0 || cost > most) this.#refuseMore(cost);
    let missing = this.#floats[BYTES_F64] - replaced() + cost - most;
    // Three times around: an entry that was read is spared twice, a new one once. Then none is: readers may be faster than
    // this thread, and read all of them again and again.
    for (let left = 4 * slots; left > 0 && missing > 0; left--) {
      const slot = this.#words[HAND] & (table as Table).mask;
      missing -= this.#evictAt(slot, isKept, left > slots);
      this.#words[HAND] = slot + 1;
    }
    if (missing > 0) this.#refuseMore(cost);
  }

  /**
   * Deletes the entry of a slot, but not one that has not expired and was read, if such ones are spared.
   *
   * @returns what it counted
   */
  #evictAt(slot: number, isKept: (hash: number) => boolean, spares: boolean): number {
    const table = this.#table;
    // What is about to be replaced has its old value until then.
    if (table.linkAt(slot) < FIRST_LINK || isKept(table.hashAt(slot))) return 0;
    const { chunk, word } = this.#placeAt(slot);
    if (spares && !this.#isExpired(slot) && takeRecent(chunk, word)) return 0;
    this.#remove(slot);
    return costOf(chunk.cellBytes);
  }

  #refuseMore(cost: number): never {
    const most = this.#floats[MAX_BYTES_F64];
    this.#refuse(
      `${cost} bytes more: ${this.#words[COUNT]} entries take ${this.#floats[BYTES_F64]} of at most ${most}. ` +
        (this.#words[EVICT] !== 0
          ? 'Raise maxBytes'
          : "Delete some, raise maxBytes, or make it with evict: 'lru'"),
    );
  }

  #refuse(what: string): never {
    throw new MpError('ERR_MP_NO_SPACE', `Cannot store in the ${this.#map.title} ${what}`);
  }
}

function lengthOf(key: KeyBytes, { length, more }: ValueBytes): number {
  return messageLength(RECORD_HEAD + key.length + length, more);
}
