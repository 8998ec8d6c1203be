import { MpError } from '@mp/core';
import {
  type Carrier,
  type Holding,
  type Look,
  type RecordRing,
  type RingRecord,
  type Segment,
  thisAgent,
} from '@mp/core/internal';
import { dropMessage } from '@mp/serde/internal';
import { Heap } from './heap.ts';
import {
  COUNT,
  DIRTY,
  DONE,
  DOOMED,
  LEASED,
  LETTERS,
  MAX_ATTEMPTS,
  OUT,
  OUT_BYTES,
  READY,
  READY_BYTES,
  SEQUENCE,
} from './layout.ts';
import { type Message, Records } from './records.ts';
import { visitCells } from './slab-allocator.ts';

/*
 * Records that are not taken in the order in which they lie in the ring: what is leased, what came back, and all of a
 * queue that sorts. The holder of the head's latch may change it, between `begin()` and `end()`. The record is the
 * truth; heap, free cells and counts are made again from the records (`repair`) when `begin()` finds DIRTY set: then
 * the last one died between the two.
 *
 * | STATE           | means                                     | next                                              |
 * | --------------- | ----------------------------------------- | ------------------------------------------------- |
 * | 0               | free                                      | moving                                            |
 * | MOVING \| count | copied from the ring, whose HEAD will count so many when it is not there any more | ready, leased; after a death: HEAD counts so many → ready, else free |
 * | IS_READY        | can be taken                              | leased; 0 = taken                                 |
 * | agent           | leased                                    | 0 = acknowledged; ready, or a letter, by its holder or after the holder's death |
 * | IS_LETTER       | was delivered MAX_ATTEMPTS times, or nobody can read it |  0 = taken                                         |
 *
 * Each change is one store of STATE.
 */
const MOVING = 1 << 31;
const MOVED = 0x3fffffff;
const IS_READY = 1 << 30;
const IS_LETTER = IS_READY | 1;

/** So many records are moved while the latch is held once: it should be a matter of microseconds. */
export const MOVES_MOST = 32;

/** In which order ready records are taken. */
export type Order = 'arrival' | 'latest' | 'rank';

/** With `rank`, this many bytes behind each message are a double: its rank. */
export const RANK_BYTES = 8;

/** One delivery of a record. */
export interface Delivery {
  readonly cell: number;
  readonly sequence: number;
  /** Its number, from 1. */
  readonly attempt: number;
}

/** A look reads cells up to so many bytes: it should take no longer than the queue has for a burst. */
const LOOKED_AT_MOST = 1 << 20;

/** The leases of a queue that is only looked at; `undefined` when its store is too large for that. */
export function leasesIn(look: Look): Holding[] | undefined {
  if (look.words[LEASED] <= 0) return [];
  const counts = new Map<number, number>();
  const isWhole = visitCells(look, LOOKED_AT_MOST, (words, at) => {
    const state = words[at];
    if (state > 0 && state < IS_READY) counts.set(state, (counts.get(state) ?? 0) + 1);
  });
  return isWhole ? Array.from(counts, ([agent, count]) => ({ agent, role: 'lease', count })) : undefined;
}

/** How a delivery ends: done with, to be delivered again, or a message that nobody can read any more. */
export type Outcome = 'done' | 'again' | 'unreadable';

export class Store {
  readonly #control: Segment;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #ring: RecordRing;
  readonly #carrier: Carrier;
  readonly #order: Order;
  readonly #records: Records;
  readonly #heap: Heap;
  #leased = 0;
  #letters = 0;
  #readyBytes = 0;

  constructor(control: Segment, ring: RecordRing, carrier: Carrier, order: Order) {
    this.#control = control;
    this.#words = control.words;
    this.#floats = control.floats;
    this.#ring = ring;
    this.#carrier = carrier;
    this.#order = order;
    this.#records = new Records(control);
    this.#heap = new Heap(control);
  }

  /** How many records can be taken. Between `begin` and `end`, like all that follow. */
  get ready(): number {
    return this.#heap.count;
  }

  get leased(): number {
    return this.#leased;
  }

  get letters(): number {
    return this.#letters;
  }

  /** @returns whether the last one to change it had died: its waiters may not have been told of what it did */
  begin(): boolean {
    const words = this.#words;
    const ready = Atomics.load(words, READY);
    Atomics.store(words, READY, ready | DIRTY);
    this.#records.cells.refresh();
    this.#heap.refresh(ready & COUNT);
    if (ready < 0) {
      this.#repair();
      return true;
    }
    this.#leased = words[LEASED];
    this.#letters = words[LETTERS];
    this.#readyBytes = this.#floats[READY_BYTES];
    return false;
  }

  /** Not called when something failed half way: the next `begin()` then repairs. */
  end(): void {
    const words = this.#words;
    const taken = this.#ring.taken;
    words[LEASED] = this.#leased;
    words[LETTERS] = this.#letters;
    this.#floats[READY_BYTES] = this.#readyBytes;
    this.#floats[OUT_BYTES] = this.#ring.takenBytes - this.#readyBytes;
    Atomics.store(words, OUT, (taken - this.ready) & COUNT);
    Atomics.store(words, DONE, (taken - this.ready - this.#leased) & COUNT);
    Atomics.store(words, READY, this.ready);
  }

  /**
   * Moves some records from the ring to where they can be taken in their order.
   *
   * @returns `false` when there is no space for one: what is there can be taken, and that makes some
   */
  receiveSome(): boolean {
    for (let moves = 0; moves < MOVES_MOST; moves++) {
      const record = this.#ring.peek();
      if (record === undefined) return true;
      try {
        this.#becomeReady(this.#move(record));
      } catch (error) {
        record.segment?.close();
        if (error instanceof MpError && error.code === 'ERR_MP_NO_SPACE') return false;
        throw error;
      }
    }
    return true;
  }

  /**
   * Moves a record from the ring into the hands of this thread.
   *
   * @throws MpError `ERR_MP_NO_SPACE`; nothing was changed
   */
  leaseFrom(record: RingRecord): Delivery {
    return this.#lease(this.#move(record));
  }

  /** Leases the first of the ready records. There must be one. */
  leaseFirst(): Delivery {
    const cell = this.#heap.first;
    this.#heap.pop();
    this.#readyBytes -= this.#bytesOf(cell);
    return this.#lease(cell);
  }

  /** Takes the first of the ready records for good. There must be one. @param copy sees its message before */
  takeFirst(copy: (message: Message) => void): void {
    const cell = this.#heap.first;
    const message = this.#records.messageOf(cell);
    copy(message);
    this.#heap.pop();
    this.#readyBytes -= this.#bytesOf(cell);
    this.#free(cell, message);
  }

  /** The message of a delivery. */
  messageOf({ cell }: Delivery): Message {
    return this.#records.messageOf(cell);
  }

  /** Whether a delivery has not ended. */
  isOurs({ cell, sequence, attempt }: Delivery): boolean {
    const records = this.#records;
    return (
      records.cells.has(cell) &&
      records.stateOf(cell) === thisAgent().id &&
      records.sequenceOf(cell) === sequence &&
      records.deliveryOf(cell) === attempt
    );
  }

  /** Ends a delivery: the record is done with. */
  acknowledge({ cell }: Delivery): void {
    this.#leased--;
    this.#drop(cell);
  }

  /**
   * Ends a delivery, of the living or of the dead: the record can be taken again, unless that happened too often.
   *
   * @param isWanted whether anybody may still take it then
   * @param isReadable whether it is of any use to deliver it again
   */
  giveBack(cell: number, isWanted: boolean, isReadable = true): void {
    const attempts = this.#records.countDelivery(cell);
    const most = this.#words[MAX_ATTEMPTS];
    this.#leased--;
    if (!isReadable || (most > 0 && attempts >= most)) {
      this.#records.setState(cell, IS_LETTER);
      this.#letters++;
    } else if (isWanted) this.#becomeReady(cell);
    else this.#drop(cell);
  }

  /** The cells that dead agents hold. */
  cellsOfTheDead(): number[] {
    const dead = new Map<number, boolean>();
    const found: number[] = [];
    let left = this.#leased;
    for (const cell of this.#records.cells.all()) {
      if (left === 0) break;
      const state = this.#records.stateOf(cell);
      if (!isLeased(state)) continue;
      left--;
      if (!dead.has(state)) dead.set(state, !thisAgent().isAlive(state));
      if (dead.get(state)) found.push(cell);
    }
    return found;
  }

  /** Takes the oldest dead letter for good. There must be one. */
  takeLetter(copy: (message: Message) => void): void {
    const records = this.#records;
    let first = -1;
    for (const cell of records.cells.all()) {
      if (records.stateOf(cell) !== IS_LETTER) continue;
      if (first < 0 || records.sequenceOf(cell) < records.sequenceOf(first)) first = cell;
    }
    const message = records.messageOf(first);
    copy(message);
    this.#letters--;
    this.#free(first, message);
  }

  /** Lets go of all that is ready. @returns how many that were */
  discard(): number {
    const count = this.ready;
    while (this.ready > 0) {
      const cell = this.#heap.first;
      this.#heap.pop();
      this.#readyBytes -= this.#bytesOf(cell);
      this.#drop(cell);
    }
    return count;
  }

  /** Lets go of the satellites mapped here. */
  close(): void {
    this.#records.cells.close();
    this.#heap.close();
  }

  #move(record: RingRecord): number {
    const { ready } = this;
    this.#heap.reserve(ready + this.#leased + 1);
    const length = record.end - record.start - (this.#order === 'rank' ? RANK_BYTES : 0);
    const sequence = this.#floats[SEQUENCE] + 1;
    this.#floats[SEQUENCE] = sequence;
    const rank = this.#rankOf(record, sequence);
    const cell = this.#records.write(record, length, sequence, rank);
    this.#records.setState(cell, MOVING | ((this.#ring.taken + 1) & MOVED));
    this.#ring.take(record, true);
    return cell;
  }

  #rankOf(record: RingRecord, sequence: number): number {
    if (this.#order === 'arrival') return 0;
    return this.#order === 'latest' ? -sequence : record.source.readDoubleLE(record.end - RANK_BYTES);
  }

  #becomeReady(cell: number): void {
    this.#records.setState(cell, IS_READY);
    this.#heap.push(this.#records.rankOf(cell), this.#records.sequenceOf(cell), cell);
    this.#readyBytes += this.#bytesOf(cell);
  }

  #lease(cell: number): Delivery {
    const attempt = this.#records.beginDelivery(cell);
    this.#records.setState(cell, thisAgent().id);
    this.#leased++;
    return { cell, sequence: this.#records.sequenceOf(cell), attempt };
  }

  /** Frees a cell, and what its message holds on to. */
  #drop(cell: number): void {
    const message = this.#records.messageOf(cell);
    const { source, start, end } = message;
    this.#words[DOOMED] = this.#records.satelliteOf(cell);
    this.#records.setState(cell, 0);
    dropMessage(source.subarray(start, end), this.#carrier);
    this.#free(cell, message);
  }

  #free(cell: number, { segment }: Message): void {
    this.#words[DOOMED] = this.#records.satelliteOf(cell);
    this.#records.setState(cell, 0);
    segment?.closeAndUnlink();
    this.#words[DOOMED] = 0;
    this.#records.cells.free(cell);
    if (this.ready + this.#leased + this.#letters > 0) return;
    this.#records.cells.shrink();
    this.#heap.shrink();
  }

  /** What its message counted in the ring. */
  #bytesOf(cell: number): number {
    return this.#records.lengthOf(cell) + (this.#order === 'rank' ? RANK_BYTES : 0);
  }

  /** Makes heap, free cells and counts again from the records. */
  #repair(): void {
    const records = this.#records;
    this.#heap.clear();
    this.#leased = 0;
    this.#letters = 0;
    this.#readyBytes = 0;
    const doomed = this.#words[DOOMED];
    let isNeeded = doomed === 0;
    const uncommitted = MOVING | ((this.#ring.taken + 1) & MOVED);
    for (const cell of records.cells.all()) {
      const state = records.stateOf(cell);
      if (state === uncommitted) records.setState(cell, 0);
      else if (state < 0 || state === IS_READY) this.#becomeReady(cell);
      else if (state === IS_LETTER) this.#letters++;
      else if (state !== 0) this.#leased++;
      isNeeded ||= state !== 0 && records.satelliteOf(cell) === doomed;
    }
    records.cells.rebuild();
    if (!isNeeded) this.#control.openSatellite(doomed, 'message')?.closeAndUnlink();
    this.#words[DOOMED] = 0;
  }
}

function isLeased(state: number): boolean {
  return state > 0 && state < IS_READY;
}
