import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { segmentDirectory } from '@mp/core/internal';
import { putStderr } from '@mp/process/internal';

/** So much of the end is kept, in bytes. */
const TAIL_BYTES = 8192;

/** So many lines of that go into a message. */
const MESSAGE_LINES = 20;

/** How much is passed on at once, in bytes. */
const PART_BYTES = 65_536;

/**
 * A file without a name that a process has as its standard error. It can be read at once when the process has ended, and a
 * process that writes to it never waits for a reader.
 */
export class StderrFile {
  readonly descriptor: number;
  #passedOn = 0;
  #tail = Buffer.alloc(0);

  constructor() {
    const path = join(segmentDirectory(), `stderr-${randomBytes(8).toString('hex')}`);
    this.descriptor = openSync(path, 'ax+', 0o600);
    unlinkSync(path);
  }

  /** The end of what was written, as far as it was passed on. */
  get tail(): string {
    return this.#tail.toString().trim();
  }

  /** Writes what is new to the standard error of this process. */
  passOn(): void {
    const end = fstatSync(this.descriptor).size;
    while (this.#passedOn < end) {
      const part = Buffer.alloc(Math.min(PART_BYTES, end - this.#passedOn));
      const read = readSync(this.descriptor, part, 0, part.length, this.#passedOn);
      if (read === 0) return;
      const bytes = part.subarray(0, read);
      this.#passedOn += read;
      this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-TAIL_BYTES);
      putStderr(bytes);
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** The last lines of a text, for a message. */
export function lastLines(text: string): string {
  return text.split('\n').slice(-MESSAGE_LINES).join('\n');
}
