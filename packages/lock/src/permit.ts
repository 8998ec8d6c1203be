import type { AsyncPermit } from './async-types.ts';

/** What was taken, as its giver sees it. */
interface Grant {
  readonly recovered: boolean;
}

/**
 * One permit of a semaphore, or to read under an `RWLock`. It is given back with `release()`, or by itself at the end of a
 * `using` block.
 *
 * @example
 * ```js
 * import { Semaphore } from '@mp/lock';
 *
 * const seats = new Semaphore(2);
 * const permit = seats.tryAcquire();
 * console.log(permit.recovered); // false: no owner died with it
 * permit.release();
 * seats.close();
 * ```
 */
export class Permit implements AsyncPermit {
  /**
   * Of a semaphore with `recover`: whether it was taken over from a thread that died. Of an `RWLock`: whether a writer
   * died while it wrote, and no other has seen that since.
   */
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
