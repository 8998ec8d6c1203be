/**
 * One acquisition of a lock. It ends with `release()`, or by itself at the end of a `using` block.
 *
 * @example
 * ```ts
 * import { Lock } from '@mp/lock';
 *
 * const lock = new Lock();
 * {
 *   using held = await lock.acquire();
 *   console.log(held.recovered); // false: nobody died holding it
 * }
 * console.log(lock.locked); // false
 * ```
 */
export class Guard {
  /**
   * Number of this acquisition. It is larger than that of every earlier one of the same lock, also of one that was
   * removed and made again: a fencing token to hand to a store that refuses older ones.
   */
  readonly token: number;
  /** Whether the owner before died holding the lock, so that what it protects may be half changed. */
  readonly recovered: boolean;
  readonly #release: { releaseToken(token: number): void };

  /** @internal */
  constructor(lock: { releaseToken(token: number): void }, token: number, recovered: boolean) {
    this.#release = lock;
    this.token = token;
    this.recovered = recovered;
  }

  /** Ends this acquisition. Later calls do nothing; it never ends anybody else's. */
  release(): void {
    this.#release.releaseToken(this.token);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
