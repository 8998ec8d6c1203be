const REDRAW_MS = 100;

/** Shows on a terminal how far the work is. */
export class Progress {
  #files = 0;
  #bytes = 0;
  #shownAt = Number.NEGATIVE_INFINITY;
  readonly #stream: NodeJS.WriteStream = process.stderr;

  /** One more file. */
  add(bytes: number): void {
    this.#files++;
    this.#bytes += bytes;
    const now = performance.now();
    if (!this.#stream.isTTY || now - this.#shownAt < REDRAW_MS) return;
    this.#shownAt = now;
    this.#stream.write(`\r\x1b[K${this.#files} files, ${(this.#bytes / 1e6).toFixed(1)} MB`);
  }

  /** Wipes it away. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }
}
