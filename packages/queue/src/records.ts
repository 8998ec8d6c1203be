import { MpError } from '@mp/core';
import { HEADER_BYTES, type RingRecord, type Segment } from '@mp/core/internal';
import { SlabAllocator } from './slab-allocator.ts';

/*
 * A record of the store, in a cell (8 words, then the message):
 *
 *   STATE      see `store.ts`
 *   ATTEMPTS   deliveries that ended without an acknowledgement
 *   LENGTH     of the message; BIG: the message lies in a satellite, and here its number and length
 *   DELIVERY   the number of the present delivery, ATTEMPTS + 1: the end of a delivery copies it back, so that doing
 *              so twice counts once
 *   SEQUENCE   f64, its place in the order of arrival: unique
 *   RANK       f64, less comes first
 */
const STATE = 0;
const ATTEMPTS = 1;
const LENGTH = 2;
const DELIVERY = 3;
const SEQUENCE = 4 / 2;
const RANK = 6 / 2;
const RECORD_BYTES = 32;

const BIG = 1 << 31;
const NOTE_BYTES = 16;

/** Where a message lies, until the record changes. */
export type Message = Pick<RingRecord, 'source' | 'words' | 'start' | 'end' | 'segment'>;

/** Up to this a loop is faster than a call that copies. */
export const FEW_BYTES = 192;

const NO_WORDS = new Int32Array(0);

/** The records of a store, field by field. */
export class Records {
  readonly cells: SlabAllocator;
  readonly #control: Segment;

  constructor(control: Segment) {
    this.#control = control;
    this.cells = new SlabAllocator(control);
  }

  /**
   * Copies a message of the ring into a cell, whose state stays 0.
   *
   * @param length of the message: bytes behind it are not copied
   * @throws MpError `ERR_MP_NO_SPACE`
   */
  write(record: RingRecord, length: number, sequence: number, rank: number): number {
    const isBig = record.satellite !== 0;
    const cell = this.cells.allocate(RECORD_BYTES + (isBig ? NOTE_BYTES : length));
    const { words, floats, buffer } = this.cells.chunkOf(cell);
    const at = this.cells.wordOf(cell);
    words[at + ATTEMPTS] = 0;
    words[at + LENGTH] = isBig ? BIG | NOTE_BYTES : length;
    words[at + DELIVERY] = 0;
    floats[at / 2 + SEQUENCE] = sequence;
    floats[at / 2 + RANK] = rank;
    if (isBig) {
      words[at + RECORD_BYTES / 4] = record.satellite;
      floats[(at + RECORD_BYTES / 4 + 2) / 2] = length;
    } else if (length > FEW_BYTES) {
      record.source.copy(buffer, at * 4 + RECORD_BYTES, record.start, record.start + length);
    } else {
      const from = record.start >>> 2;
      const to = at + RECORD_BYTES / 4;
      for (let word = 0; word * 4 < length; word++) words[to + word] = record.words[from + word];
    }
    return cell;
  }

  stateOf(cell: number): number {
    return Atomics.load(this.cells.chunkOf(cell).words, this.cells.wordOf(cell) + STATE);
  }

  setState(cell: number, state: number): void {
    Atomics.store(this.cells.chunkOf(cell).words, this.cells.wordOf(cell) + STATE, state);
  }

  sequenceOf(cell: number): number {
    return this.cells.chunkOf(cell).floats[this.cells.wordOf(cell) / 2 + SEQUENCE];
  }

  rankOf(cell: number): number {
    return this.cells.chunkOf(cell).floats[this.cells.wordOf(cell) / 2 + RANK];
  }

  lengthOf(cell: number): number {
    const { words, floats } = this.cells.chunkOf(cell);
    const at = this.cells.wordOf(cell);
    const length = words[at + LENGTH];
    return length < 0 ? floats[(at + RECORD_BYTES / 4 + 2) / 2] : length;
  }

  /** The satellite that its message fills, 0 = none. */
  satelliteOf(cell: number): number {
    const { words } = this.cells.chunkOf(cell);
    const at = this.cells.wordOf(cell);
    return words[at + LENGTH] < 0 ? words[at + RECORD_BYTES / 4] : 0;
  }

  /** A delivery begins. @returns its number, from 1 */
  beginDelivery(cell: number): number {
    const { words } = this.cells.chunkOf(cell);
    const at = this.cells.wordOf(cell);
    words[at + DELIVERY] = words[at + ATTEMPTS] + 1;
    return words[at + DELIVERY];
  }

  deliveryOf(cell: number): number {
    return this.cells.chunkOf(cell).words[this.cells.wordOf(cell) + DELIVERY];
  }

  /** A delivery ended without success. @returns how many did by now */
  countDelivery(cell: number): number {
    const { words } = this.cells.chunkOf(cell);
    const at = this.cells.wordOf(cell);
    words[at + ATTEMPTS] = words[at + DELIVERY];
    return words[at + ATTEMPTS];
  }

  /** @throws MpError `ERR_MP_STALE` when the satellite of a large one is gone */
  messageOf(cell: number): Message {
    const { words, buffer } = this.cells.chunkOf(cell);
    const at = this.cells.wordOf(cell);
    const length = words[at + LENGTH];
    const start = at * 4 + RECORD_BYTES;
    if (length >= 0) return { source: buffer, words, start, end: start + length, segment: undefined };
    const number = words[at + RECORD_BYTES / 4] >>> 0;
    const segment = this.#control.openSatellite(number, 'message');
    if (segment === undefined) {
      const size = this.lengthOf(cell);
      throw new MpError('ERR_MP_STALE', `Cannot read a message of ${size} bytes: its segment was removed`);
    }
    const source = Buffer.from(segment.buffer, HEADER_BYTES, this.lengthOf(cell));
    return { source, words: NO_WORDS, start: 0, end: source.length, segment };
  }
}
