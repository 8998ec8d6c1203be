import { type WordCount, WordTable } from './word-table.ts';

/*
 * A table of words as a message is one string. It has a line for each count, the highest first:
 *
 *   <count> <word> <word> … <word> \n
 *
 * There is a blank before and behind every word, so each can be found by its text.
 */

/** @param words in any order */
export function packWords(words: Iterable<readonly [word: string, count: number]>): string {
  const byCount = new Map<number, string[]>();
  for (const [word, count] of words) {
    const same = byCount.get(count);
    if (same === undefined) byCount.set(count, [word]);
    else same.push(word);
  }
  const lines = [...byCount].sort(([a], [b]) => b - a);
  return lines.map(([count, same]) => `${count} ${same.join(' ')} \n`).join('');
}

/** Yields the words, the most frequent first. */
export function* wordsIn(packed: string): Generator<readonly [word: string, count: number], void, undefined> {
  for (let from = 0; from < packed.length; ) {
    const end = packed.indexOf('\n', from);
    const [count, ...words] = packed.slice(from, end - 1).split(' ');
    for (const word of words) yield [word, Number(count)];
    from = end + 1;
  }
}

/**
 * Finds the most frequent words of several tables together. Most words are rare, so merging the tables would be nearly all
 * in vain: a word that is one of the first has, in at least one table, its fair share of the least count that they can have.
 */
export function mostFrequentIn(tables: readonly string[], most: number): WordCount[] {
  const least = leastCount(tables, most) / tables.length;
  const candidates = new Set<string>();
  for (const table of tables) {
    for (const [word, count] of wordsIn(table)) {
      if (count < least) break;
      candidates.add(word);
    }
  }
  const found = new WordTable();
  for (const word of candidates) for (const table of tables) found.add(word, countIn(table, word));
  return found.mostFrequent(most);
}

/** So often, or more often, all of the first words were found: their sums are at least those of the first of each table. */
function leastCount(tables: readonly string[], most: number): number {
  const sums = new WordTable();
  for (const table of tables) {
    let taken = 0;
    for (const [word, count] of wordsIn(table)) {
      if (++taken > most) break;
      sums.add(word, count);
    }
  }
  return sums.size < most ? 0 : (sums.mostFrequent(most).at(-1) as WordCount).count;
}

function countIn(packed: string, word: string): number {
  const at = packed.indexOf(` ${word} `);
  if (at < 0) return 0;
  const from = packed.lastIndexOf('\n', at) + 1;
  return Number(packed.slice(from, packed.indexOf(' ', from)));
}
