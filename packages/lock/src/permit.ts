import type { Grant } from './permits.ts';

/**
 * One permit of a semaphore. It is given back with `release()`, or by itself at the end of a `using` block.
 */
export class Permit {
  /** Whether it was taken over from a thread that died: only with `recover`. */
  readonly recovered: boolean;
  #owner: { releaseGrant(grant: Grant): void } | undefined;
  readonly #grant: Grant;

  /** @internal */
  constructor(owner: { releaseGrant(grant: Grant): void }, grant: Grant) {
    this.#owner = owner;
    this.#grant = grant;
    this.recovered = grant.recovered;
  }

  /** Gives it back. Later calls do nothing. */
  release(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.releaseGrant(this.#grant);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
