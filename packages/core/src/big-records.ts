import type { Segment } from './segment.ts';

/*
 * Records too large for a ring lie in satellites of their own. One that is made and not committed yet, or taken and not
 * removed yet, is noted in the control lines before, so that it does not outlive a side that is killed in between:
 *
 *   base+36 UNBORN  first satellite that the writer made for what it has not committed, 0 = none
 *   base+37         the last one
 *   base+38         records written before
 *   base+40 DOOMED  satellite of the record that the reader takes, 0 = none
 *   base+41         records read before
 */
const UNBORN = 36;
const DOOMED = 40;

/** What one thread notes of the large records of a ring. */
export class BigRecords {
  readonly #control: Segment;
  readonly #words: Int32Array;
  readonly #base: number;

  constructor(control: Segment, base: number) {
    this.#control = control;
    this.#words = control.words;
    this.#base = base;
  }

  /** Writer: makes a satellite for a record that will be committed when more than `written` are. */
  create(size: number, written: number): { number: number; segment: Segment } {
    const words = this.#words;
    const at = this.#base + UNBORN;
    return this.#control.createSatellite({ kind: 'message', version: 1, size }, (number) => {
      words[at + 1] = number;
      if (words[at] !== 0) return;
      words[at + 2] = written;
      Atomics.store(words, at, number);
    });
  }

  /** Writer: what was noted is committed, or gone. */
  settle(): void {
    Atomics.store(this.#words, this.#base + UNBORN, 0);
  }

  /** Writer: removes what one that died had made and not committed. @param written records that are committed now */
  removeUnborn(written: number): void {
    const words = this.#words;
    const at = this.#base + UNBORN;
    if (words[at] === 0) return;
    // Numbers in between may be those of others.
    if (words[at + 2] === written) {
      for (let number = words[at]; number <= words[at + 1]; number++) this.#remove(number);
    }
    this.settle();
  }

  /** Reader: takes a record by `commit` and removes its satellite. */
  take(number: number, segment: Segment, read: number, commit: () => void): void {
    const words = this.#words;
    const at = this.#base + DOOMED;
    words[at + 1] = read;
    Atomics.store(words, at, number);
    commit();
    segment.closeAndUnlink();
    Atomics.store(words, at, 0);
  }

  /** Reader: removes what one that died had taken. @param read records that are read now */
  removeDoomed(read: number): void {
    const words = this.#words;
    const at = this.#base + DOOMED;
    if (words[at] === 0) return;
    if (words[at + 1] !== read) this.#remove(words[at]);
    Atomics.store(words, at, 0);
  }

  #remove(number: number): void {
    const segment = this.#control.openSatellite(number, 'message');
    if (segment?.kind === 'message') segment.closeAndUnlink();
    else segment?.close();
  }
}
