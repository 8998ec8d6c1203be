import { describe, expect, test } from 'vitest';
import { mostFrequentIn, packWords, wordsIn } from '../src/analyse/packed-words.ts';
import { Parts } from '../src/analyse/parts.ts';
import { noText } from '../src/analyse/text-tally.ts';
import { WordTable } from '../src/analyse/word-table.ts';

type Counts = [word: string, count: number][];

/** The same numbers each time, from 0 to below `below`. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** Numbers are words, and counts are numbers; many words are a part of others. */
function randomCounts(next: (below: number) => number): Counts {
  const counts = new Map<string, number>();
  for (let i = next(60); i > 0; i--) counts.set(String(next(120)), 1 + next(next(2) === 0 ? 4 : 120));
  return [...counts];
}

function sumOf(tables: readonly Counts[]): WordTable {
  const sum = new WordTable();
  for (const table of tables) sum.addAll(table);
  return sum;
}

describe('packed words', () => {
  test('come back, the most frequent first', () => {
    const counts: Counts = [
      ['1', 2],
      ['é', 7],
      ['日本', 2],
      ['x', 100],
    ];
    const packed = packWords(counts);
    expect(packed).toBe('100 x \n7 é \n2 1 日本 \n');
    expect([...wordsIn(packed)]).toEqual([counts[3], counts[1], counts[0], counts[2]]);
    expect([...wordsIn(packWords([]))]).toEqual([]);
  });

  test('of several tables have the most frequent words of their sum', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const next = numbers(seed);
      const tables = Array.from({ length: 1 + next(5) }, () => randomCounts(next));
      const most = 1 + next(8);
      const expected = sumOf(tables).mostFrequent(most);
      expect(mostFrequentIn(tables.map(packWords), most), `seed ${seed}`).toEqual(expected);
    }
  });

  test('of no table have none', () => {
    expect(mostFrequentIn([], 20)).toEqual([]);
  });
});

test('many parts are kept as few, and nothing of them is lost', () => {
  const parts = new Parts();
  const tables: Counts[] = [];
  for (let seed = 1; seed <= 200; seed++) {
    const table = randomCounts(numbers(seed));
    tables.push(table);
    parts.add({
      text: { ...noText(), words: 2 },
      words: packWords(table),
      hashed: [],
      compressedBytes: 3,
      skipped: [[seed, 'link']],
    });
  }
  expect(parts.words().equals(sumOf(tables))).toBe(true);
  expect(parts.mostFrequent(20)).toEqual(sumOf(tables).mostFrequent(20));
  expect([parts.text.words, parts.compressedBytes]).toEqual([400, 600]);
  expect(parts.skipped).toHaveLength(200);
});
