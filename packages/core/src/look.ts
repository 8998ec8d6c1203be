import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import type { Look } from './description.ts';

/*
 * A look changes nothing: it maps nothing and locks nothing, so a user that closes the file is still its last one; reading a
 * hole gives it no page, and its time of access stays. `docs/decisions/013` has the reasons.
 */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Linux has it; only the owner of a file may ask for it. */
const NO_ACCESS_TIME = constants.O_NOATIME ?? 0;

/** A file of the segment directory, open to be looked at. */
export class LookedAt {
  readonly stats: Stats;
  readonly #directory: string;
  readonly #file: string;
  readonly #descriptor: number;

  private constructor(directory: string, file: string, descriptor: number) {
    this.#directory = directory;
    this.#file = file;
    this.#descriptor = descriptor;
    this.stats = fstatSync(descriptor);
  }

  /** @returns `undefined` when there is no such file, or none that can be read: a socket, a link */
  static open(directory: string, file: string): LookedAt | undefined {
    const descriptor = openToRead(`${directory}/${file}`);
    if (descriptor === undefined) return undefined;
    const opened = new LookedAt(directory, file, descriptor);
    if (opened.stats.isFile()) return opened;
    opened.close();
    return undefined;
  }

  /** A copy of the first `most` bytes, or of all when there are fewer. */
  copy(most: number): Look {
    const length = Math.max(0, Math.min(most, this.stats.size));
    const buffer = new ArrayBuffer((length + 7) & ~7);
    const bytes = new Uint8Array(buffer);
    let done = 0;
    while (done < length) {
      const read = readSync(this.#descriptor, bytes, done, length - done, done);
      if (read === 0) break;
      done += read;
    }
    const directory = this.#directory;
    const file = this.#file;
    return {
      file,
      size: this.stats.size,
      bytes,
      words: new Int32Array(buffer),
      floats: new Float64Array(buffer),
      satellite: (number, count) => lookAt(directory, `${file}+${number}`, count),
    };
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/**
 * A copy of the first bytes of a file of the segment directory.
 *
 * @returns `undefined` when there is no such file, or none that can be read
 */
export function lookAt(directory: string, file: string, bytes: number): Look | undefined {
  const opened = LookedAt.open(directory, file);
  try {
    return opened?.copy(bytes);
  } finally {
    opened?.close();
  }
}

function openToRead(path: string): number | undefined {
  for (const flags of [FLAGS | NO_ACCESS_TIME, FLAGS]) {
    try {
      return openSync(path, flags);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EMFILE' || code === 'ENFILE') throw error;
      // Another user's file, which root may read: without the flag.
      if (code !== 'EPERM') return undefined;
    }
  }
  return undefined;
}
