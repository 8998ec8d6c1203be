import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { lengthOfCharacter, pathOf } from './byte-path.ts';

/** Files are read in pieces of this size, so that one of any size fits. */
const PIECE_BYTES = 1 << 20;

/** Not through a link, and never waiting for somebody at the other end of a pipe. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A part of a file. Both buffers are overwritten by the next one. */
export interface Piece {
  /** As it was read. */
  readonly bytes: Buffer;
  /** The whole characters that came; `undefined` once the file is known to be binary. */
  readonly text: Buffer | undefined;
  readonly isLast: boolean;
}

/** A file to be read once. */
export interface OpenFile {
  readonly stats: Stats;
  /** At least one. The loop over them closes the file, whether it comes to the end or is left. */
  readonly pieces: Generator<Piece, void, undefined>;
}

/**
 * @param path a string of bytes
 * @returns `undefined` when it is no file
 * @throws what the file system answers
 */
export function openFile(path: string): OpenFile | undefined {
  const file = openSync(pathOf(path), FLAGS);
  let stats: Stats;
  try {
    stats = fstatSync(file);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  if (stats.isFile()) return { stats, pieces: piecesOf(file, stats.size) };
  closeSync(file);
  return undefined;
}

/** The buffer of the last file, for the next one. */
let spare: Buffer | undefined;

function* piecesOf(file: number, size: number): Generator<Piece, void, undefined> {
  const buffer = spare ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
  spare = undefined;
  let isText = true;
  let total = 0;
  let kept = 0;
  try {
    for (let isLast = false; !isLast; ) {
      const got = readSync(file, buffer, kept, buffer.length - kept, null);
      total += got;
      // Its size saves the call that would only find the end. Files of /proc have none, and are read to that end.
      isLast = got === 0 || total === size;
      const end = kept + got;
      // A character may be cut by the end of the piece: its first bytes wait for the rest.
      const whole = isLast || !isText ? end : end - cutBytes(buffer, end);
      const text = buffer.subarray(0, whole);
      isText &&= !text.includes(0) && isUtf8(text);
      yield { bytes: buffer.subarray(kept, end), text: isText ? text : undefined, isLast };
      buffer.copyWithin(0, whole, end);
      kept = end - whole;
    }
  } finally {
    spare = buffer;
    closeSync(file);
  }
}

/** How many bytes at the end begin a character that is not all there. */
function cutBytes(buffer: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = buffer[end - back];
    if ((byte & 0xc0) === 0x80) continue;
    return lengthOfCharacter(byte) > back ? back : 0;
  }
  return 0;
}
