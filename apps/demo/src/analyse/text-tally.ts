import { LineCounter } from '../files/line-counter.ts';
import { WordSplitter } from './word-splitter.ts';
import type { WordTable } from './word-table.ts';

/** What was found in text files. */
export interface TextTotals {
  files: number;
  lines: number;
  /** Code points without line ends. */
  characters: number;
  words: number;
  bytes: number;
}

export function noText(): TextTotals {
  return { files: 0, lines: 0, characters: 0, words: 0, bytes: 0 };
}

export function addText(sum: TextTotals, more: TextTotals): void {
  sum.files += more.files;
  sum.lines += more.lines;
  sum.characters += more.characters;
  sum.words += more.words;
  sum.bytes += more.bytes;
}

/** What is found in one text, which comes in pieces. */
export class TextTally {
  readonly table: WordTable;
  readonly #lines = new LineCounter();
  readonly #splitter = new WordSplitter();
  #words = 0;
  #bytes = 0;

  /** @param table where its words are counted */
  constructor(table: WordTable) {
    this.table = table;
  }

  /** @param text UTF-8, whole characters */
  take(text: Buffer): void {
    this.#bytes += text.length;
    this.#lines.take(text);
    this.#count(this.#splitter.take(text.toString()));
  }

  /** Nothing more comes. */
  end(): TextTotals {
    this.#lines.end();
    this.#count(this.#splitter.end());
    const { lines, characters } = this.#lines;
    return { files: 1, lines, characters, words: this.#words, bytes: this.#bytes };
  }

  #count(words: readonly string[]): void {
    this.#words += words.length;
    this.table.count(words);
  }
}
