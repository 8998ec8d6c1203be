const WIDTH = 30;
const REDRAW_MS = 100;
const LINE_MS = 2_000;

/** To the beginning of the line, and nothing in it. */
const CLEAR = '\r\x1b[K';

/** Shows how far a job is: a bar on a terminal, now and then a line elsewhere. */
export class Progress {
  readonly #total: number;
  readonly #what: string;
  readonly #stream: NodeJS.WriteStream;
  readonly #periodMs: number;
  #shownAt = performance.now();

  /**
   * @param total how many files there are
   * @param what the job, where there is more than one
   */
  constructor(total: number, what = '', stream: NodeJS.WriteStream = process.stderr) {
    this.#total = total;
    this.#what = what === '' ? '' : `${what}: `;
    this.#stream = stream;
    this.#periodMs = stream.isTTY ? REDRAW_MS : LINE_MS;
  }

  /** @param detail what else there is to say */
  show(done: number, detail?: string): void {
    const now = performance.now();
    if (done < this.#total && now - this.#shownAt < this.#periodMs) return;
    this.#shownAt = now;
    const share = this.#total === 0 ? 1 : done / this.#total;
    const text = `${this.#what}${done} of ${this.#total} files, ${Math.floor(share * 100)} %${detail === undefined ? '' : `, ${detail}`}`;
    if (!this.#stream.isTTY) {
      this.#stream.write(`${text}\n`);
      return;
    }
    const filled = Math.round(share * WIDTH);
    this.#stream.write(`${CLEAR}[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${text}`);
    if (done >= this.#total) this.clear();
  }

  /** Says a line that stays, above the bar. */
  note(line: string): void {
    this.clear();
    console.log(line);
  }

  /** Takes the bar away, however far the job came. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write(CLEAR);
  }
}
