import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { pathOf } from './byte-path.ts';

/** What was found in a text file, or why there is nothing to count. */
export type Count = { lines: number; chars: number; bytes: number } | { skipped: string };

/** Files are read in pieces of this size, so that one of any size fits. */
const PIECE_BYTES = 1 << 20;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Not through a link, and never waiting for somebody at the other end of a pipe. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

let piece: Buffer | undefined;

/**
 * Counts the lines of a file as Python's `readlines()` does (they end with `\n`, `\r\n` or `\r`; a last one may lack
 * its end), and its characters: code points without line ends.
 *
 * @param path a string of bytes
 */
export function countFile(path: string): Count {
  let file: number;
  try {
    file = openSync(pathOf(path), FLAGS);
  } catch (error) {
    return { skipped: reasonOf(error) };
  }
  try {
    if (!fstatSync(file).isFile()) return { skipped: 'not a file' };
    return countPieces((into, offset) => readSync(file, into, offset, into.length - offset, null));
  } catch (error) {
    return { skipped: reasonOf(error) };
  } finally {
    closeSync(file);
  }
}

/**
 * @param read fills a buffer from an offset; answers how many bytes came, 0 = the end
 */
export function countPieces(read: (into: Buffer, offset: number) => number): Count {
  piece ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
  const count = { lines: 0, chars: 0, bytes: 0 };
  let last = NEWLINE;
  let kept = 0;
  for (;;) {
    const got = read(piece, kept);
    const end = kept + got;
    // A character may be cut by the end of the piece: its first bytes wait for the rest.
    const whole = got === 0 ? end : end - cutBytes(piece, end);
    const text = piece.subarray(0, whole);
    if (text.includes(0) || !isUtf8(text)) return { skipped: 'binary' };
    last = countInto(count, text, last);
    if (got === 0) break;
    count.bytes += got;
    piece.copyWithin(0, whole, end);
    kept = end - whole;
  }
  if (last !== NEWLINE && last !== RETURN) count.lines++;
  return count;
}

/** @returns the last byte, or `last` when there is none */
function countInto(count: { lines: number; chars: number }, text: Uint8Array, last: number): number {
  let { lines, chars } = count;
  let before = last;
  for (let index = 0; index < text.length; index++) {
    const byte = text[index];
    if (byte === NEWLINE) {
      if (before !== RETURN) lines++;
    } else if (byte === RETURN) lines++;
    else if ((byte & 0xc0) !== 0x80) chars++;
    before = byte;
  }
  count.lines = lines;
  count.chars = chars;
  return before;
}

/** How many bytes at the end begin a character that is not all there. */
function cutBytes(buffer: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = buffer[end - back];
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'vanished';
  if (code === 'ELOOP') return 'link';
  if (code === 'ENXIO') return 'not a file';
  return `unreadable (${code ?? String(error)})`;
}
