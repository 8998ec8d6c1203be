import { MpError } from '@mp/core';
import { BODY, H_SIZE_F64, HEADER_BYTES, type Look, largestFit, type Segment } from '@mp/core/internal';
import { STORE } from './layout.ts';

/*
 * Memory for records: cells of some sizes, in satellites ("chunks") of cells of one size. Used under the head's latch.
 *
 * The satellite that STORE names lists the chunks, in words after the header:
 *
 *   CHUNKS     how many chunks the list has: a chunk exists from the store on that counts it
 *   FREE       for each size the first free cell + 1, 0 = none
 *   LIST       4 words a chunk: its satellite, the size of its cells, how many it has, how many were ever used
 *
 * The first word of a cell is 0 while it is free, and its second word then names the next free one + 1. That chain is
 * an index: after a death it is made again from the first words. A cell is named by `chunk << 18 | number`.
 */
const CHUNKS = BODY;
const FREE = BODY + 16;
const LIST = BODY + 96;

const ENTRY = 4;
const SATELLITE = 0;
const CELL_BYTES = 1;
const CELLS = 2;
const USED = 3;

const CHUNKS_MOST = 1024;
const NUMBER_BITS = 18;
const NUMBER = (1 << NUMBER_BITS) - 1;

/** Sizes grow in quarters of an octave, so that at most a fifth of a cell is wasted. */
const SMALLEST_BYTES = 64;
const STEPS = 4;

const FIRST_CHUNK_BYTES = 16 << 10;
const LARGEST_CHUNK_BYTES = 16 << 20;
/** An empty store gives back its chunks when they take more than this. */
const KEPT_BYTES = 16 << 20;

/** The chunk of a cell, as this thread has it mapped. */
export interface Chunk {
  readonly satellite: number;
  readonly cellBytes: number;
  readonly segment: Segment;
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly buffer: Buffer;
}

/**
 * Calls `visit` with the words of each cell of a store that is only looked at, and the word at which it begins.
 *
 * @param most bytes that may be read for that
 * @returns false when that was too little
 */
export function visitCells(
  look: Look,
  most: number,
  visit: (words: Int32Array, at: number) => void,
): boolean {
  const number = look.words[STORE];
  if (number === 0) return true;
  const list = look.satellite(number, (LIST + CHUNKS_MOST * ENTRY) * 4)?.words;
  if (list === undefined) return false;
  let left = most;
  const chunks = Math.min(Math.max(0, list[CHUNKS]), CHUNKS_MOST);
  for (let entry = LIST, end = LIST + chunks * ENTRY; entry < end; entry += ENTRY) {
    const cellBytes = list[entry + CELL_BYTES];
    const bytes = HEADER_BYTES + Math.max(0, list[entry + USED]) * cellBytes;
    if (cellBytes < SMALLEST_BYTES || bytes > left) return false;
    left -= bytes;
    const words = look.satellite(list[entry + SATELLITE] >>> 0, bytes)?.words ?? new Int32Array(0);
    for (let at = BODY; at < words.length; at += cellBytes / 4) visit(words, at);
  }
  return true;
}

/** The cells of one queue. */
export class SlabAllocator {
  readonly #control: Segment;
  #list: Segment | undefined;
  #chunks: (Chunk | undefined)[] = [];

  constructor(control: Segment) {
    this.#control = control;
  }

  /** Takes note of what others changed. Called when the latch was taken. */
  refresh(): void {
    const number = this.#control.words[STORE];
    if (number === 0) return;
    if (this.#list === undefined) {
      this.#list = this.#open(number, 'store');
    }
    const chunks = this.#list.words[CHUNKS];
    for (let index = chunks; index < this.#chunks.length; index++) this.#chunks[index]?.segment.close();
    if (this.#chunks.length > chunks) this.#chunks.length = chunks;
  }

  /**
   * A free cell. Its first word stays 0 until the caller makes it something.
   *
   * @throws MpError `ERR_MP_NO_SPACE`
   */
  allocate(bytes: number): number {
    const list = this.#list ?? this.#create();
    const size = sizeIndex(bytes);
    const free = list.words[FREE + size];
    if (free !== 0) {
      list.words[FREE + size] = this.chunkOf(free - 1).words[this.wordOf(free - 1) + 1];
      return free - 1;
    }
    const index = this.#chunkWithSpace(list.words, sizeBytes(size)) ?? this.#grow(list, sizeBytes(size));
    const entry = LIST + index * ENTRY;
    const number = list.words[entry + USED];
    list.words[entry + USED] = number + 1;
    return (index << NUMBER_BITS) | number;
  }

  /** Gives a cell back whose first word is 0 already. */
  free(cell: number): void {
    const { words } = this.#list as Segment;
    const size = FREE + sizeIndex(this.chunkOf(cell).cellBytes);
    this.chunkOf(cell).words[this.wordOf(cell) + 1] = words[size];
    words[size] = cell + 1;
  }

  chunkOf(cell: number): Chunk {
    const index = cell >>> NUMBER_BITS;
    const { words } = this.#list as Segment;
    const satellite = words[LIST + index * ENTRY + SATELLITE] >>> 0;
    const known = this.#chunks[index];
    if (known?.satellite === satellite) return known;
    known?.segment.close();
    const segment = this.#open(satellite, 'cells');
    this.#chunks[index] = view(satellite, segment, words[LIST + index * ENTRY + CELL_BYTES]);
    return this.#chunks[index] as Chunk;
  }

  /** Whether there is such a cell now. */
  has(cell: number): boolean {
    if (this.#list === undefined) return false;
    const index = cell >>> NUMBER_BITS;
    const { words } = this.#list;
    return index < words[CHUNKS] && (cell & NUMBER) < words[LIST + index * ENTRY + USED];
  }

  /** Index of the first word of a cell in the words of its chunk; a multiple of 4. */
  wordOf(cell: number): number {
    return (HEADER_BYTES + (cell & NUMBER) * this.chunkOf(cell).cellBytes) >>> 2;
  }

  /** Every cell that was ever used. */
  *all(): Generator<number> {
    if (this.#list === undefined) return;
    const { words } = this.#list;
    for (let index = 0; index < words[CHUNKS]; index++) {
      const used = words[LIST + index * ENTRY + USED];
      for (let number = 0; number < used; number++) yield (index << NUMBER_BITS) | number;
    }
  }

  /** Makes the chains of free cells again. */
  rebuild(): void {
    if (this.#list === undefined) return;
    const { words } = this.#list;
    words.fill(0, FREE, LIST);
    for (const cell of this.all()) if (this.chunkOf(cell).words[this.wordOf(cell)] === 0) this.free(cell);
  }

  /** No cell is used any more: gives back what a store of ordinary size does not need. */
  shrink(): void {
    if (this.#list === undefined) return;
    const { words } = this.#list;
    const chunks = Array.from({ length: words[CHUNKS] }, (_, index) => index << NUMBER_BITS);
    const total = chunks.reduce((sum, first) => sum + this.chunkOf(first).buffer.length, 0);
    if (total <= KEPT_BYTES) return;
    const gone = chunks.map((first) => this.chunkOf(first).segment);
    words[CHUNKS] = 0;
    words.fill(0, FREE, LIST);
    for (const segment of gone) segment.closeAndUnlink();
    this.#chunks = [];
  }

  /** Lets go of the satellites mapped here. */
  close(): void {
    for (const chunk of this.#chunks) chunk?.segment.close();
    this.#list?.close();
    this.#chunks = [];
    this.#list = undefined;
  }

  #create(): Segment {
    const size = (LIST + CHUNKS_MOST * ENTRY) * 4;
    const { number, segment } = this.#control.createSatellite({ kind: 'store', version: 1, size });
    this.#control.words[STORE] = number;
    this.#list = segment;
    return segment;
  }

  #chunkWithSpace(words: Int32Array, cellBytes: number): number | undefined {
    for (let index = words[CHUNKS] - 1; index >= 0; index--) {
      const entry = LIST + index * ENTRY;
      if (words[entry + CELL_BYTES] === cellBytes && words[entry + USED] < words[entry + CELLS]) return index;
    }
    return undefined;
  }

  #grow({ words }: Segment, cellBytes: number): number {
    const index = words[CHUNKS];
    if (index === CHUNKS_MOST) {
      throw new MpError(
        'ERR_MP_NO_SPACE',
        `Cannot keep more in ${this.#control.file}: it has ${index} chunks`,
      );
    }
    let bytes = FIRST_CHUNK_BYTES;
    for (let other = 0; other < index; other++) {
      const entry = LIST + other * ENTRY;
      if (words[entry + CELL_BYTES] === cellBytes) bytes += words[entry + CELLS] * cellBytes;
    }
    const most = Math.floor(Math.min(bytes, LARGEST_CHUNK_BYTES) / cellBytes);
    const { cells, number, segment } = largestFit(most, 1, (count) => {
      const size = HEADER_BYTES + count * cellBytes;
      return { cells: count, ...this.#control.createSatellite({ kind: 'cells', version: 1, size }) };
    });
    const entry = LIST + index * ENTRY;
    words[entry + SATELLITE] = number;
    words[entry + CELL_BYTES] = cellBytes;
    words[entry + CELLS] = cells;
    words[entry + USED] = 0;
    words[CHUNKS] = index + 1;
    this.#chunks[index] = view(number, segment, cellBytes);
    return index;
  }

  #open(number: number, kind: 'store' | 'cells'): Segment {
    const segment = this.#control.openSatellite(number, kind);
    if (segment !== undefined) return segment;
    throw new MpError(
      'ERR_MP_STALE',
      `Cannot go on in ${this.#control.file}: its satellite ${number} was removed`,
    );
  }
}

/** Which size of cells has space for `bytes`. */
function sizeIndex(bytes: number): number {
  if (bytes <= SMALLEST_BYTES) return 0;
  const octave = 31 - Math.clz32(bytes - 1);
  const quarter = (bytes - 1) >>> (octave - 2);
  return (octave - 6) * STEPS + (quarter & 3) + 1;
}

function sizeBytes(index: number): number {
  const octave = Math.floor(index / STEPS);
  return (SMALLEST_BYTES << octave) + (index % STEPS) * ((SMALLEST_BYTES << octave) >>> 2);
}

function view(satellite: number, segment: Segment, cellBytes: number): Chunk {
  const { words, floats, buffer } = segment;
  const size = segment.floats[H_SIZE_F64];
  return { satellite, cellBytes, segment, words, floats, buffer: Buffer.from(buffer, 0, size) };
}
