/** The head of an entry in a log of a Debian package: `bash (5.2-3) unstable; urgency=medium`. */
const ENTRY = /^[a-z0-9][a-z0-9.+-]* \([^()]+\) [^;]*; *urgency=/;
/** The first word of a change: `  * Fix building with …`. */
const FIRST_WORD = /^[ \t]*\*[ \t]+([A-Za-z]+)/;
/** At least so much is kept of a line that is not whole. Only the beginning of a line says anything. */
const BEGINNING = 1 << 16;

/** Counts what stands in one log, whose bytes come in pieces. */
export class LogCounter {
  /** Line ends, as `wc -l` counts them. */
  lines = 0;
  bytes = 0;
  entries = 0;
  /** How many changes begin with which word, in small letters. */
  readonly firstWords = new Map<string, number>();
  #rest = '';

  take(piece: Buffer): void {
    this.bytes += piece.length;
    // One character for each byte, like tools in the C locale: not every log is UTF-8.
    const lines = piece.toString('latin1').split('\n');
    if (this.#rest.length < BEGINNING) lines[0] = this.#rest + lines[0];
    else lines[0] = this.#rest;
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#countLine(line);
    this.lines += lines.length;
  }

  /** The last line may lack its end. */
  end(): void {
    this.#countLine(this.#rest);
    this.#rest = '';
  }

  #countLine(line: string): void {
    if (ENTRY.test(line)) this.entries++;
    const word = FIRST_WORD.exec(line)?.[1].toLowerCase();
    if (word !== undefined) addTo(this.firstWords, word, 1);
  }
}

/** Adds to a number of a map. */
export function addTo(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
