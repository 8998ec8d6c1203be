import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { type OpenFile, openFile } from '../files/open-file.ts';
import { BINARY, NOT_A_FILE, reasonOf } from '../files/reason.ts';
import { packWords } from './packed-words.ts';
import { addText, noText, TextTally, type TextTotals } from './text-tally.ts';
import { type WordCount, WordTable } from './word-table.ts';

/** A file that was read to its end: its number in the list of files, its size, its inode, and the SHA-256 of its content. */
export type HashedFile = readonly [file: number, bytes: number, inode: string, sha256: string];

export type SkippedFile = readonly [file: number, reason: string];

/** What a worker found, as a message. */
export interface Part {
  text: TextTotals;
  /** See `packed-words.ts`. */
  words: string;
  hashed: readonly HashedFile[];
  compressedBytes: number;
  skipped: readonly SkippedFile[];
}

/** What was found in some files of a list. */
export class Tally {
  readonly text = noText();
  /** All words that were found. */
  readonly table = new WordTable();
  readonly hashed: HashedFile[] = [];
  /** What these files would take, each compressed by itself as gzip does it, a piece at a time. */
  compressedBytes = 0;
  /** Binary files are among them: they have a hash, but no text. */
  readonly skipped: SkippedFile[] = [];

  /**
   * Analyses one file, a piece at each step of the generator.
   *
   * @param number which one of the list it is
   * @param path a string of bytes
   */
  *analyse(number: number, path: string): Generator<void, void, undefined> {
    try {
      const file = openFile(path);
      if (file === undefined) this.skipped.push([number, NOT_A_FILE]);
      else yield* this.#read(number, file);
    } catch (error) {
      this.skipped.push([number, reasonOf(error)]);
    }
  }

  words(): WordTable {
    return this.table;
  }

  mostFrequent(most: number): WordCount[] {
    return this.table.mostFrequent(most);
  }

  pack(): Part {
    const { text, hashed, compressedBytes, skipped } = this;
    return { text, words: packWords(this.table), hashed, compressedBytes, skipped };
  }

  *#read(number: number, { stats, pieces }: OpenFile): Generator<void, void, undefined> {
    const hash = createHash('sha256');
    let size = 0;
    let compressed = 0;
    let text: TextTally | undefined;
    let isText = false;
    for (const piece of pieces) {
      hash.update(piece.bytes);
      size += piece.bytes.length;
      compressed += deflateRawSync(piece.bytes).length;
      isText = piece.text !== undefined;
      if (piece.text !== undefined) {
        // A file may turn out to be binary at its end. Until then its words are not among the others.
        text ??= new TextTally(piece.isLast ? this.table : new WordTable());
        text.take(piece.text);
      }
      yield;
    }
    this.hashed.push([number, size, `${stats.dev}:${stats.ino}`, hash.digest('hex')]);
    this.compressedBytes += compressed;
    if (isText && text !== undefined) this.#addText(text);
    else this.skipped.push([number, BINARY]);
  }

  #addText(text: TextTally): void {
    addText(this.text, text.end());
    if (text.table !== this.table) this.table.addAll(text.table);
  }
}
