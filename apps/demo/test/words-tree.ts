import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PIECE } from './tree.ts';

/** Files whose words are easily found wrong. */
const WORDS: Record<string, string> = {
  'plain.txt': 'the cat and the dog and the bird',
  'numbers.txt': '42 1st 3rd ½ Ⅷ ٣٤ x2y 2024-11-29',
  'joined.txt': "snake_case kebab-case it's don’t a.b e-mail@example.org",
  'scripts.txt': 'हिन्दी हिन्दी 日本語 ελληνικά русский العربية ไทย 𝒜𝒷c',
  'marks.txt': 'e\u0301te\u0301 \u0301x ❤\ufe0f y\u0301\u0301 1\ufe0f\u20e3',
  'case.txt': 'Word word WORD İ ß ẞ ς Σ',
  'lengths.txt': `${'w'.repeat(64)} ${'v'.repeat(65)} ${'𝒜'.repeat(32)} ${'𝒜'.repeat(33)} ${'u'.repeat(13)}`,
  'word-at-the-cut.txt': `${'a '.repeat(PIECE / 2 - 1)}boundary next`,
  'mark-at-the-cut.txt': `${' '.repeat(PIECE - 1)}e\u0301 tail`,
  'mark-of-no-word-at-the-cut.txt': `${' '.repeat(PIECE - 10)}word❤\ufe0fnext`,
  'word-ends-at-the-cut.txt': `${' '.repeat(PIECE - 4)}word next`,
  'longer-than-a-piece.txt': `${'y'.repeat(2 * PIECE + 10)} end`,
  'mark-after-a-long-word.txt': `${'z'.repeat(PIECE)}\u0301z end`,
};

const COPIES = ['copy.txt', 'copies/copy.txt', 'copies/another.txt'];

/** Adds to a directory files with awkward words, files of the same content, and hard links. */
export function addWords(root: string): void {
  mkdirSync(join(root, 'copies'));
  for (const [name, text] of Object.entries(WORDS)) writeFileSync(join(root, name), text);
  for (const name of COPIES) writeFileSync(join(root, name), 'one of three\n'.repeat(100));
  writeFileSync(join(root, 'late.bin'), `${'late words '.repeat(PIECE / 8)}\0`);
  writeFileSync(join(root, 'copies/late.bin'), `${'late words '.repeat(PIECE / 8)}\0`);
  writeFileSync(join(root, 'empty-too.txt'), '');
  linkSync(join(root, 'copy.txt'), join(root, 'copies/hard-link.txt'));
  linkSync(join(root, 'plain.txt'), join(root, 'copies/only-a-hard-link.txt'));
}

/** Makes a directory of so many files of a megabyte. Of each 100, their analysis takes some seconds. @returns its path */
export function makeMany(folder: string, files: number): string {
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let index = 0; index < files; index++)
    writeFileSync(join(many, `${index}.txt`), `word${index} and another\n`.repeat(50_000));
  return many;
}
