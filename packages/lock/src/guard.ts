import type { AsyncGuard } from './async-types.ts';

/** @internal What became of an acquisition while a wait on a Condition had given it up. */
export interface Renewal {
  /** Its number at first … */
  readonly origin: number;
  /** … and since it was got back. */
  readonly token: number;
  /** Whether it was got back from an owner that died. */
  readonly recovered: boolean;
}

/** @internal What a guard ends. */
export interface Acquired {
  releaseToken(token: number): void;
  renewalOf(token: number): Renewal | undefined;
}

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
 *   console.log(held.recovered); // false: no holder died
 * }
 * console.log(lock.locked); // false
 * ```
 */
export class Guard implements AsyncGuard {
  readonly #lock: Acquired;
  readonly #token: number;
  readonly #recovered: boolean;

  /** @internal */
  constructor(lock: Acquired, token: number, recovered: boolean) {
    this.#lock = lock;
    this.#token = token;
    this.#recovered = recovered;
  }

  /**
   * Number of this acquisition. It is larger than that of every earlier one of the same lock, also of one that was
   * removed and made again: a fencing token to hand to a store that refuses older ones. A wait on a `Condition` gives
   * the lock up and acquires it again: then this is the number of that acquisition.
   */
  get token(): number {
    return this.#lock.renewalOf(this.#token)?.token ?? this.#token;
  }

  /**
   * Whether the owner before died holding the lock, so that what it protects may be half changed. After a wait on a
   * `Condition`: whether that was so when the lock was acquired again.
   */
  get recovered(): boolean {
    return this.#lock.renewalOf(this.#token)?.recovered ?? this.#recovered;
  }

  /** Ends this acquisition. Later calls do nothing; it never ends another's. */
  release(): void {
    this.#lock.releaseToken(this.#token);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
