const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K';
const REST = '\u001b[J';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The terminal while a command draws on all of it. What was there before comes back. */
export class Screen {
  readonly isOn: boolean;
  readonly #left = new AbortController();
  readonly #leave = () => this.#left.abort();
  readonly #onKey = (key: Buffer) => {
    // q, Ctrl-C, Ctrl-D
    if (key[0] === 0x71 || key[0] === 3 || key[0] === 4) this.#leave();
  };

  /** @param isOn whether there is a terminal to draw on */
  constructor(isOn: boolean) {
    this.isOn = isOn;
    for (const signal of SIGNALS) process.on(signal, this.#leave);
    if (!isOn) return;
    process.stdout.write(ENTER);
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#onKey);
  }

  /** Aborted when the user wants to leave. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  get isLeft(): boolean {
    return this.left.aborted;
  }

  /** Draws over what was drawn before, without a flicker: nothing is cleared first. */
  draw(lines: readonly string[]): void {
    const fit = lines.slice(0, Math.max(1, process.stdout.rows - 1));
    process.stdout.write(`${HOME}${fit.map((line) => `${line}${END_OF_LINE}\n`).join('')}${REST}`);
  }

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#leave);
    if (!this.isOn) return;
    process.stdout.write(LEAVE);
    if (!process.stdin.isTTY) return;
    process.stdin.off('data', this.#onKey);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}
