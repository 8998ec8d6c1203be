import { BODY, HEADER_BYTES, type Segment } from '@mp/core/internal';

/*
 * Instead of the cells of a queue's store, which lie in satellites of many sizes: some of one size, in one satellite. As
 * with the real ones, a cell is free when its first word is 0. What lists the free ones is made again after a death; here
 * they are found by looking.
 */
/** As in `layout.ts`. */
const STORE = BODY + 48;

const CELLS = 4;
const CELL_BYTES = 48;

export class SlabAllocator {
  readonly #control: Segment;
  #chunk: { words: Int32Array; floats: Float64Array; buffer: Buffer; cellBytes: number } | undefined;

  constructor(control: Segment) {
    this.#control = control;
  }

  refresh(): void {
    const number = this.#control.words[STORE];
    if (number !== 0) this.#use(this.#control.openSatellite(number, 'cells') as Segment);
  }

  allocate(): number {
    if (this.#chunk === undefined) {
      const size = HEADER_BYTES + CELLS * CELL_BYTES;
      const { number, segment } = this.#control.createSatellite({ kind: 'cells', version: 1, size });
      this.#control.words[STORE] = number;
      this.#use(segment);
    }
    const free = this.all().find((cell) => this.chunkOf().words[this.wordOf(cell)] === 0);
    if (free === undefined) throw new Error('The model has no more cells');
    return free;
  }

  free(): void {}

  chunkOf(): { words: Int32Array; floats: Float64Array; buffer: Buffer } {
    if (this.#chunk === undefined) throw new Error('There are no cells');
    return this.#chunk;
  }

  has(): boolean {
    return this.#chunk !== undefined;
  }

  wordOf(cell: number): number {
    return (HEADER_BYTES + cell * CELL_BYTES) >>> 2;
  }

  all(): number[] {
    return this.#chunk === undefined ? [] : [...Array(CELLS).keys()];
  }

  rebuild(): void {}

  shrink(): void {}

  close(): void {}

  #use({ words, floats, buffer }: Segment): void {
    this.#chunk = { words, floats, buffer: Buffer.from(buffer), cellBytes: CELL_BYTES };
  }
}
