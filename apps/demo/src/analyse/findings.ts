import { isDeepStrictEqual } from 'node:util';
import type { Walk } from '../files/walk.ts';
import { type Duplicates, duplicatesOf } from './duplicates.ts';
import type { HashedFile, SkippedFile } from './tally.ts';
import type { TextTotals } from './text-tally.ts';
import type { WordCount, WordTable } from './word-table.ts';

const FREQUENT_WORDS = 20;

/** What is known about a tree in the end. Paths are strings of bytes. */
export interface Findings {
  files: number;
  /** Of all files that could be read. */
  bytes: number;
  /** What these would take if each were compressed. */
  compressedBytes: number;
  text: TextTotals;
  frequentWords: WordCount[];
  duplicates: Duplicates[];
  skipped: Walk['skipped'];
  /** All words, to compare them. */
  words: () => WordTable;
}

/** What was found in the files of a list, by one process or by several. */
interface Source {
  readonly text: TextTotals;
  readonly hashed: readonly HashedFile[];
  readonly compressedBytes: number;
  readonly skipped: readonly SkippedFile[];
  mostFrequent(most: number): WordCount[];
  words(): WordTable;
}

/** @param skipped what the walk that listed the files left out */
export function findingsOf(source: Source, files: readonly string[], skipped: Walk['skipped']): Findings {
  const unread = source.skipped.map(([number, reason]) => ({ path: files[number], reason }));
  return {
    files: files.length,
    bytes: source.hashed.reduce((sum, [, bytes]) => sum + bytes, 0),
    compressedBytes: source.compressedBytes,
    text: source.text,
    frequentWords: source.mostFrequent(FREQUENT_WORDS),
    duplicates: duplicatesOf(source.hashed, files),
    skipped: [...skipped, ...unread].sort((a, b) => (a.path < b.path ? -1 : 1)),
    words: () => source.words(),
  };
}

/** @returns the names of what is not the same */
export function differences(a: Findings, b: Findings): string[] {
  const same: Record<string, boolean> = {
    'the number of files': a.files === b.files,
    'their bytes': a.bytes === b.bytes && a.compressedBytes === b.compressedBytes,
    'the totals of the text': isDeepStrictEqual(a.text, b.text),
    'the words': isDeepStrictEqual(a.frequentWords, b.frequentWords) && a.words().equals(b.words()),
    'the duplicates': isDeepStrictEqual(a.duplicates, b.duplicates),
    'what was skipped': isDeepStrictEqual(a.skipped, b.skipped),
  };
  return Object.keys(same).filter((each) => !same[each]);
}
