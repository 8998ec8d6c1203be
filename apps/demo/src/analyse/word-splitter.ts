/** A run of letters and numbers, with the marks that belong to them, as in Hindi or in an accent of its own. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;

/** Longer words, in UTF-16 units, are data, like keys and encoded files. They are words, but their text is not kept. */
export const LONGEST = 64;

const TOO_LONG = 'x'.repeat(LONGEST + 1);

/** Splits one text, which comes in pieces, into words. */
export class WordSplitter {
  /** The word at the end of the last piece: it may go on in the next one. */
  #open = '';

  /** @returns the words that have ended */
  take(piece: string): string[] {
    const text = this.#open + piece;
    const words: string[] = text.match(WORD) ?? [];
    const last = words.at(-1);
    this.#open = '';
    if (last === undefined || !text.endsWith(last)) return words;
    words.pop();
    // Only that it is too long counts, so a text without any end of a word takes no memory.
    this.#open = last.length > LONGEST ? TOO_LONG : last;
    return words;
  }

  /** Nothing more comes. @returns the last word, if the text ends with one */
  end(): string[] {
    return this.#open === '' ? [] : [this.#open];
  }
}
