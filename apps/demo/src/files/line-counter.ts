const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Counts the lines of one text as Python's `readlines()` does (they end with `\n`, `\r\n` or `\r`; a last one may lack its
 * end), and its characters: code points without line ends.
 */
export class LineCounter {
  lines = 0;
  characters = 0;
  #last = NEWLINE;

  /** @param text UTF-8, whole characters */
  take(text: Uint8Array): void {
    let { lines, characters } = this;
    let before = this.#last;
    for (let index = 0; index < text.length; index++) {
      const byte = text[index];
      if (byte === NEWLINE) {
        if (before !== RETURN) lines++;
      } else if (byte === RETURN) lines++;
      else if ((byte & 0xc0) !== 0x80) characters++;
      before = byte;
    }
    this.lines = lines;
    this.characters = characters;
    this.#last = before;
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#last !== NEWLINE && this.#last !== RETURN) this.lines++;
  }
}
