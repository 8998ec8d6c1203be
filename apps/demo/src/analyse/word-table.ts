import { LONGEST } from './word-splitter.ts';

/** A word, and how often it was found. */
export interface WordCount {
  word: string;
  count: number;
}

/** From this length on, V8 lets a part of a string be a view of the whole. */
const SLICED_FROM = 13;

/** How often each word was found. */
export class WordTable {
  readonly #places = new Map<string, number>();
  readonly #counts: number[] = [];

  /** How many different words there are. */
  get size(): number {
    return this.#places.size;
  }

  [Symbol.iterator](): Iterator<[word: string, count: number]> {
    return this.#entries();
  }

  /** Counts the words of a text; those that are too long are left out. */
  count(words: readonly string[]): void {
    for (const word of words) if (word.length <= LONGEST) this.add(word, 1);
  }

  add(word: string, count: number): void {
    const place = this.#places.get(word);
    if (place !== undefined) {
      this.#counts[place] += count;
      return;
    }
    this.#places.set(copyOf(word), this.#counts.length);
    this.#counts.push(count);
  }

  /** Adds what another table has. */
  addAll(words: Iterable<readonly [word: string, count: number]>): void {
    for (const [word, count] of words) this.add(word, count);
  }

  /** @returns at most so many, the most frequent first; those found equally often in the order of their UTF-16 units */
  mostFrequent(most: number): WordCount[] {
    const best: WordCount[] = [];
    for (const [word, place] of this.#places) {
      const count = this.#counts[place];
      const last = best.at(-1);
      if (best.length === most && last !== undefined && !isBefore(word, count, last)) continue;
      const at = best.findIndex((each) => isBefore(word, count, each));
      best.splice(at < 0 ? best.length : at, 0, { word, count });
      if (best.length > most) best.pop();
    }
    return best;
  }

  equals(other: WordTable): boolean {
    if (this.size !== other.size) return false;
    for (const [word, place] of this.#places) {
      const there = other.#places.get(word);
      if (there === undefined || other.#counts[there] !== this.#counts[place]) return false;
    }
    return true;
  }

  *#entries(): Generator<[word: string, count: number], void, undefined> {
    for (const [word, place] of this.#places) yield [word, this.#counts[place]];
  }
}

function isBefore(word: string, count: number, other: WordCount): boolean {
  return count > other.count || (count === other.count && word < other.word);
}

const scratch = Buffer.allocUnsafeSlow(LONGEST * 3);

/** The same word, but not as a view: that would keep all of the text that it was found in. */
function copyOf(word: string): string {
  if (word.length < SLICED_FROM) return word;
  return scratch.toString('utf8', 0, scratch.write(word));
}
