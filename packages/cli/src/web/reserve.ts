import { closeSync, openSync } from 'node:fs';

/** A look has a directory or a few files open at a time: an object, one of its satellites, a file of `/proc`. */
const DESCRIPTORS = 8;

/**
 * Descriptors that are kept for looks. Every page that is open takes some, and a program may open any number of connections; a
 * look that finds none left sees nothing, and looks as if nothing were shared.
 */
export class Reserve {
  #kept: number[] = [];

  constructor() {
    this.#keep();
  }

  /** Runs what needs them; it must not wait: others would take them. */
  lend<T>(run: () => T): T {
    this.release();
    try {
      return run();
    } finally {
      this.#keep();
    }
  }

  release(): void {
    for (const descriptor of this.#kept.splice(0)) closeSync(descriptor);
  }

  #keep(): void {
    try {
      while (this.#kept.length < DESCRIPTORS) this.#kept.push(openSync('/dev/null', 'r'));
    } catch {
      // Others were quicker, or the limit was lowered: fewer, until the next time.
    }
  }
}
