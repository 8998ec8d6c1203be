import { LineCounter } from '../files/line-counter.ts';
import { openFile } from '../files/open-file.ts';
import { BINARY, NOT_A_FILE, reasonOf } from '../files/reason.ts';

/** What was found in a text file, or why there is nothing to count. */
export type Count = { lines: number; chars: number; bytes: number } | { skipped: string };

/**
 * Counts the lines and characters of a file.
 *
 * @param path a string of bytes
 */
export function countFile(path: string): Count {
  const counter = new LineCounter();
  let bytes = 0;
  try {
    const file = openFile(path);
    if (file === undefined) return { skipped: NOT_A_FILE };
    for (const piece of file.pieces) {
      if (piece.text === undefined) return { skipped: BINARY };
      counter.take(piece.text);
      bytes += piece.bytes.length;
    }
  } catch (error) {
    return { skipped: reasonOf(error) };
  }
  counter.end();
  return { lines: counter.lines, chars: counter.characters, bytes };
}
