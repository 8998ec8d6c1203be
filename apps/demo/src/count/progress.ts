const WIDTH = 30;
const REDRAW_MS = 100;
const LINE_MS = 2_000;

/** Shows how far a job is: a bar on a terminal, now and then a line elsewhere. */
export class Progress {
  readonly #total: number;
  readonly #stream: NodeJS.WriteStream;
  readonly #periodMs: number;
  #shownAt = performance.now();

  constructor(total: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#total = total;
    this.#stream = stream;
    this.#periodMs = stream.isTTY ? REDRAW_MS : LINE_MS;
  }

  show(done: number): void {
    const now = performance.now();
    if (done < this.#total && now - this.#shownAt < this.#periodMs) return;
    this.#shownAt = now;
    const share = this.#total === 0 ? 1 : done / this.#total;
    const text = `${done} of ${this.#total} files, ${Math.floor(share * 100)} %`;
    if (!this.#stream.isTTY) {
      this.#stream.write(`${text}\n`);
      return;
    }
    const filled = Math.round(share * WIDTH);
    this.#stream.write(`\r\x1b[K[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${text}`);
    if (done >= this.#total) this.#stream.write('\r\x1b[K');
  }
}
