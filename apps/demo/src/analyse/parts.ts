import { mostFrequentIn, packWords, wordsIn } from './packed-words.ts';
import type { HashedFile, Part, SkippedFile } from './tally.ts';
import { addText, noText } from './text-tally.ts';
import { type WordCount, WordTable } from './word-table.ts';

/** So many tables of words are kept as they came. More of them become one, so that they do not take too much memory. */
const TABLES_MOST = 64;

/** What several workers found in files of one list. */
export class Parts {
  readonly text = noText();
  readonly hashed: HashedFile[] = [];
  compressedBytes = 0;
  readonly skipped: SkippedFile[] = [];
  #tables: string[] = [];

  add({ text, words, hashed, compressedBytes, skipped }: Part): void {
    addText(this.text, text);
    this.compressedBytes += compressedBytes;
    for (const each of hashed) this.hashed.push(each);
    for (const each of skipped) this.skipped.push(each);
    this.#tables.push(words);
    if (this.#tables.length > TABLES_MOST) this.#tables = [packWords(this.words())];
  }

  mostFrequent(most: number): WordCount[] {
    return mostFrequentIn(this.#tables, most);
  }

  /** All words in one table. */
  words(): WordTable {
    const all = new WordTable();
    for (const table of this.#tables) all.addAll(wordsIn(table));
    return all;
  }
}
