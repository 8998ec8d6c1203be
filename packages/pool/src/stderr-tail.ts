import { readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { putStderr } from '@mp/process/internal';

/** So much of the end is kept, in bytes. */
const TAIL_BYTES = 8192;

/** So many lines of that go into a message. */
const MESSAGE_LINES = 20;

/** How much is read at once, in bytes. */
const PART_BYTES = 65_536;

type Pipe = Readable & { unref?(): void; _handle?: { fd?: number } | null };

const open = new Set<StderrTail>();
let watching = false;

/** Passes the standard error of a worker on to that of this process, and keeps the end of it. */
export class StderrTail {
  readonly #pipe: Pipe;
  #tail = Buffer.alloc(0);

  constructor(pipe: Readable) {
    this.#pipe = pipe;
    pipe.on('data', (part: Buffer) => this.#passOn(part));
    pipe.on('error', () => {});
    this.#pipe.unref?.();
    open.add(this);
    if (watching) return;
    watching = true;
    // The program may be over as soon as it has its results: what a worker wrote before those is still in the pipe.
    process.once('exit', () => {
      for (const tail of open) tail.readOn();
    });
  }

  /** The end of what was written. */
  get text(): string {
    return this.#tail.toString().trim();
  }

  /** Reads what is in the pipe now, without waiting for the event loop. */
  readOn(): void {
    const fd = this.#pipe._handle?.fd;
    if (fd === undefined || fd < 0) return;
    const part = Buffer.allocUnsafe(PART_BYTES);
    try {
      for (let read = readSync(fd, part); read > 0; read = readSync(fd, part))
        this.#passOn(part.subarray(0, read));
    } catch {
      // There is no more now (EAGAIN), or the pipe is closed.
    }
  }

  /** The worker has ended: reads the rest. A process that it started may go on to write. */
  close(): void {
    this.readOn();
    open.delete(this);
  }

  #passOn(part: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, part]).subarray(-TAIL_BYTES);
    putStderr(part);
  }
}

/** The last lines of a text, for a message. */
export function lastLines(text: string): string {
  return text.split('\n').slice(-MESSAGE_LINES).join('\n');
}
