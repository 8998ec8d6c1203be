import { MpError } from '@mp/core';
import { BODY, HEADER_BYTES, keepOrder, largestFit, type Segment } from '@mp/core/internal';
import { CHUNK_WORDS, CHUNKS, CHUNKS_MOST, CURRENT } from './layout.ts';
import { damaged, type Satellites } from './satellites.ts';

/*
 * Memory for records: chunks, which are satellites cut into cells of one size. The list of chunks lies in the segment of
 * the map, in words from CHUNKS on:
 *
 *   SATELLITE    its number, 0 = there is no such chunk; the store of it is the commit
 *   CELL_BYTES   bytes of a cell
 *   CELLS        how many it has
 *   USED         how many were ever used
 *   FREE         first free cell + 1, 0 = none; derived
 *   LIVE         cells that are not free; derived
 *
 * A chunk has CELL_BYTES again in its own first word, and its cells from `FIRST_CELL` on. A cell is named by
 * `chunk << 18 | number`. Its first two words are
 *
 *   VERSION      how often it was taken into use. It changes before anything else in the cell does
 *   NEXT         while it is free: the next free cell + 1
 *
 * Nothing else in a free cell changes, so a reader that is late still reads what was there.
 */
const SATELLITE = 0;
const CELL_BYTES = 1;
const CELLS = 2;
const USED = 3;
const FREE = 4;
const LIVE = 5;

const NEXT = 1;

const NUMBER_BITS = 18;
const NUMBER = (1 << NUMBER_BITS) - 1;
const FIRST_CELL = HEADER_BYTES + 64;

/** Sizes grow in quarters of an octave, so that at most a fifth of a cell is wasted. */
const SMALLEST_BYTES = 32;
const STEPS = 4;

const CHUNK_LEAST_BYTES = 16 << 10;
const CHUNK_MOST_BYTES = 16 << 20;
/** A chunk of one cell of this size or more is removed at once when that is free. */
const LARGE_BYTES = 1 << 20;

/** A chunk as this thread has it mapped. */
export interface Chunk {
  readonly index: number;
  readonly satellite: number;
  readonly cellBytes: number;
  readonly cells: number;
  readonly segment: Segment;
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly buffer: Buffer;
}

/** The cells of one map. All but {@link Cells.chunkOf} and {@link Cells.isCurrent} are for the owner of the lock. */
export class Cells {
  readonly #map: Segment;
  readonly #words: Int32Array;
  readonly #satellites: Satellites;
  readonly #chunks: (Chunk | undefined)[] = [];

  constructor(map: Segment, satellites: Satellites) {
    this.#map = map;
    this.#words = map.words;
    this.#satellites = satellites;
  }

  /** The chunk of a cell, `undefined` when there is none now, or none with that cell. */
  chunkOf(cell: number): Chunk | undefined {
    const index = cell >>> NUMBER_BITS;
    const chunk = index < CHUNKS_MOST ? this.#chunk(index) : undefined;
    return chunk !== undefined && (cell & NUMBER) < chunk.cells ? chunk : undefined;
  }

  /** Whether a chunk is still the one that its place in the list names. Numbers are never used again. */
  isCurrent({ index, satellite }: Chunk): boolean {
    return Atomics.load(this.#words, entryOf(index) + SATELLITE) === satellite;
  }

  /** Index of the first word of a cell in the words of its chunk. */
  wordOf(cell: number, { cellBytes }: Chunk): number {
    return (FIRST_CELL + (cell & NUMBER) * cellBytes) >>> 2;
  }

  /** Bytes of the cell that holds `bytes`. */
  static bytesFor(bytes: number): number {
    return sizeBytes(sizeIndex(bytes));
  }

  /**
   * Takes a free cell into use.
   *
   * @throws MpError `ERR_MP_NO_SPACE`, and then nothing was changed
   */
  allocate(bytes: number): number {
    const size = sizeIndex(bytes);
    const words = this.#words;
    let index = words[CURRENT + size] - 1;
    if (index < 0 || !this.#hasSpace(index, sizeBytes(size))) {
      index = this.#chunkWithSpace(sizeBytes(size)) ?? this.#grow(sizeBytes(size));
      words[CURRENT + size] = index + 1;
    }
    const entry = entryOf(index);
    const chunk = this.#present(index);
    let number = words[entry + FREE] - 1;
    const isNew = number < 0;
    if (isNew) number = words[entry + USED];
    if (!(number >= 0 && number < chunk.cells))
      throw damaged(this.#map, `chunk ${index} has no cell ${number}`);
    if (isNew) words[entry + USED] = number + 1;
    else words[entry + FREE] = chunk.words[this.wordOf(number, chunk) + NEXT];
    words[entry + LIVE]++;
    Atomics.add(chunk.words, this.wordOf(number, chunk), 1);
    keepOrder();
    return (index << NUMBER_BITS) | number;
  }

  /** Gives back a cell that nothing names. */
  free(cell: number): void {
    const index = cell >>> NUMBER_BITS;
    const entry = entryOf(index);
    const chunk = this.#present(index);
    const words = this.#words;
    words[entry + LIVE]--;
    if (words[entry + CELLS] === 1 && chunk.cellBytes >= LARGE_BYTES) {
      this.#remove(index);
      return;
    }
    chunk.words[this.wordOf(cell, chunk) + NEXT] = words[entry + FREE];
    words[entry + FREE] = (cell & NUMBER) + 1;
    words[CURRENT + sizeIndex(chunk.cellBytes)] = index + 1;
  }

  /** Whether a satellite is a chunk. */
  names(satellite: number): boolean {
    for (let index = 0; index < CHUNKS_MOST; index++) if (this.#satellite(index) === satellite) return true;
    return false;
  }

  /** Makes FREE, LIVE and CURRENT again. @param live the cells that something names */
  rebuild(live: Iterable<number>): void {
    const words = this.#words;
    const marks = new Map<number, Uint8Array>();
    for (let index = 0; index < CHUNKS_MOST; index++) {
      if (this.#satellite(index) === 0) continue;
      const used = words[entryOf(index) + USED];
      if (!(used >= 0 && used <= this.#present(index).cells))
        throw damaged(this.#map, `chunk ${index} has fewer than ${used} cells`);
      marks.set(index, new Uint8Array(used));
    }
    for (const cell of live) {
      const marked = marks.get(cell >>> NUMBER_BITS);
      if (marked === undefined || (cell & NUMBER) >= marked.length)
        throw damaged(this.#map, `there is no cell ${cell}`);
      marked[cell & NUMBER] = 1;
    }
    words.fill(0, CURRENT, CHUNKS);
    for (const [index, marked] of marks) {
      const entry = entryOf(index);
      const chunk = this.#present(index);
      let free = 0;
      let count = 0;
      marked.forEach((isLive, number) => {
        count += isLive;
        if (isLive === 1) return;
        chunk.words[this.wordOf(number, chunk) + NEXT] = free;
        free = number + 1;
      });
      words[entry + FREE] = free;
      words[entry + LIVE] = count;
    }
    this.removeEmpty(LARGE_BYTES);
  }

  /** Removes the chunks of cells of `least` bytes or more in which all are free. */
  removeEmpty(least = 0): void {
    for (let index = 0; index < CHUNKS_MOST; index++) {
      const entry = entryOf(index);
      if (this.#satellite(index) === 0 || this.#words[entry + LIVE] !== 0) continue;
      if (this.#words[entry + CELL_BYTES] >= least) this.#remove(index);
    }
  }

  /** Bytes of all chunks. */
  get bytes(): number {
    let sum = 0;
    for (let index = 0; index < CHUNKS_MOST; index++)
      if (this.#satellite(index) !== 0) sum += this.#chunkBytes(index);
    return sum;
  }

  /** Lets go of the chunks mapped here. */
  close(): void {
    for (const chunk of this.#chunks) chunk?.segment.close();
    this.#chunks.length = 0;
  }

  #chunk(index: number): Chunk | undefined {
    const satellite = Atomics.load(this.#words, entryOf(index) + SATELLITE);
    const known = this.#chunks[index];
    if (known?.satellite === satellite) return known;
    known?.segment.close();
    this.#chunks[index] = undefined;
    if (satellite === 0) return undefined;
    const segment = this.#satellites.open(satellite, 'mapcells');
    if (segment !== undefined) {
      const chunk = view(index, satellite, segment);
      if (chunk !== undefined) return (this.#chunks[index] = chunk);
      segment.close(false);
      throw damaged(this.#map, `chunk ${index} has cells of a size that none can have`);
    }
    // A chunk is taken out of the list before its file goes.
    if (this.#satellite(index) === satellite)
      throw damaged(this.#map, `the file of chunk ${index} was removed`);
    return undefined;
  }

  /** A chunk of the list, for the owner of the lock. */
  #present(index: number): Chunk {
    const chunk = this.#chunk(index);
    if (chunk !== undefined) return chunk;
    throw damaged(this.#map, `there is no chunk ${index}`);
  }

  #satellite(index: number): number {
    return Atomics.load(this.#words, entryOf(index) + SATELLITE);
  }

  #chunkBytes(index: number): number {
    const entry = entryOf(index);
    return this.#words[entry + CELL_BYTES] * this.#words[entry + CELLS];
  }

  #hasSpace(index: number, cellBytes: number): boolean {
    const entry = entryOf(index);
    const words = this.#words;
    if (words[entry + SATELLITE] === 0 || words[entry + CELL_BYTES] !== cellBytes) return false;
    return words[entry + FREE] !== 0 || words[entry + USED] < words[entry + CELLS];
  }

  #chunkWithSpace(cellBytes: number): number | undefined {
    for (let index = 0; index < CHUNKS_MOST; index++) if (this.#hasSpace(index, cellBytes)) return index;
    return undefined;
  }

  #grow(cellBytes: number): number {
    this.removeEmpty();
    const words = this.#words;
    let index = 0;
    while (index < CHUNKS_MOST && this.#satellite(index) !== 0) index++;
    if (index === CHUNKS_MOST) {
      throw new MpError(
        'ERR_MP_NO_SPACE',
        `Cannot store more in the ${this.#map.title}: it has ${index} chunks`,
      );
    }
    let sum = 0;
    for (let other = 0; other < CHUNKS_MOST; other++)
      if (this.#satellite(other) !== 0 && words[entryOf(other) + CELL_BYTES] === cellBytes)
        sum += this.#chunkBytes(other);
    const bytes = Math.min(CHUNK_MOST_BYTES, Math.max(CHUNK_LEAST_BYTES, sum / 4));
    const most = Math.min(NUMBER, Math.floor(bytes / cellBytes));
    const { cells, number, segment } = largestFit(most, 1, (count) => ({
      cells: count,
      ...this.#satellites.create({
        kind: 'mapcells',
        version: 1,
        size: FIRST_CELL + count * cellBytes,
        fill: (views) => {
          views.words[BODY] = cellBytes;
        },
      }),
    }));
    const entry = entryOf(index);
    words[entry + CELL_BYTES] = cellBytes;
    words[entry + CELLS] = cells;
    words[entry + USED] = 0;
    words[entry + FREE] = 0;
    words[entry + LIVE] = 0;
    this.#chunks[index]?.segment.close();
    this.#chunks[index] = view(index, number, segment);
    Atomics.store(words, entry + SATELLITE, number);
    this.#satellites.settle();
    return index;
  }

  #remove(index: number): void {
    const entry = entryOf(index);
    const known = this.#chunks[index];
    const satellite = this.#satellite(index);
    this.#satellites.remove(satellite, known?.satellite === satellite ? known.segment : undefined, () => {
      Atomics.store(this.#words, entry + SATELLITE, 0);
    });
    this.#chunks[index] = undefined;
  }
}

function entryOf(index: number): number {
  return CHUNKS + index * CHUNK_WORDS;
}

/** A chunk in its segment, `undefined` when that cannot be one. */
function view(index: number, satellite: number, segment: Segment): Chunk | undefined {
  const { words, floats, buffer } = segment;
  const cellBytes = words[BODY];
  const cells = Math.floor((buffer.byteLength - FIRST_CELL) / cellBytes);
  if (!(cells > 0) || sizeBytes(sizeIndex(cellBytes)) !== cellBytes) return undefined;
  return { index, satellite, cellBytes, cells, segment, words, floats, buffer: Buffer.from(buffer) };
}

/** Which size of cells has space for `bytes`. */
function sizeIndex(bytes: number): number {
  if (bytes <= SMALLEST_BYTES) return 0;
  const octave = 31 - Math.clz32(bytes - 1);
  const quarter = (bytes - 1) >>> (octave - 2);
  return (octave - 5) * STEPS + (quarter & 3) + 1;
}

function sizeBytes(index: number): number {
  const octave = Math.floor(index / STEPS);
  return (SMALLEST_BYTES << octave) + (index % STEPS) * ((SMALLEST_BYTES << octave) >>> 2);
}
