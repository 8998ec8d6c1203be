import type { AsyncGuard, AsyncPermit } from '@mp/lock';
import type { RefClient } from '../reference.ts';
import { type Renewal, renewalOf } from './renewals.ts';

/** What a guard belongs to. */
export interface GuardOwner {
  readonly client: RefClient;
  /** Ends the level or the permit in the server. */
  end(what: number): Promise<void>;
}

/** Makes guards: their constructor is not for users. `isLevel`: of an RLock. */
export let guardOf: (owner: GuardOwner, answer: Acquired, isLevel: boolean) => RemoteGuard;

/** Makes permits. */
export let permitOf: (owner: GuardOwner, permit: number, recovered: boolean) => RemotePermit;

/** What was acquired: with which the acquisition began, the level, whether the holder before was lost. */
type Acquired = readonly [origin: number, level: number, recovered: boolean];

/**
 * One acquisition of a lock of a manager. It ends with `release()`, or by itself at the end of a `using` block. It does
 * not travel: to release in another process, send the lock and call its `release()` there.
 *
 * @example
 * ```ts
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const lock = await manager.lock();
 * {
 *   using held = await lock.acquire();
 *   console.log(held.recovered); // false: no holder was lost
 * }
 * await manager.close();
 * ```
 */
export class RemoteGuard implements AsyncGuard {
  readonly #owner: GuardOwner;
  readonly #origin: number;
  readonly #recovered: boolean;
  readonly #level: number;
  readonly #isLevel: boolean;
  #released: Promise<void> | undefined;
  /** As it was when it was released. */
  #renewal: Renewal | undefined;

  static {
    guardOf = (owner, answer, isLevel) => new RemoteGuard(owner, answer, isLevel);
  }

  private constructor(owner: GuardOwner, [origin, level, recovered]: Acquired, isLevel: boolean) {
    this.#owner = owner;
    this.#origin = origin;
    this.#level = level;
    this.#recovered = recovered;
    this.#isLevel = isLevel;
  }

  /**
   * Number of this acquisition, larger than those of all earlier acquisitions of all locks of the server: a fencing token
   * to hand to a store that refuses older ones. After a wait on a condition it is that of the acquisition after the wait.
   */
  get token(): number {
    return this.#lastRenewal?.token ?? this.#origin;
  }

  /**
   * Whether the client that held the lock before was lost, so that what the lock protects may be half changed. After a
   * wait on a condition: whether that was so when the lock was acquired again.
   */
  get recovered(): boolean {
    return this.#lastRenewal?.recovered ?? this.#recovered;
  }

  /**
   * Ends this acquisition, and never another's. Need not be awaited: it is on its way before every later call.
   *
   * @returns resolves when the server has done it; the same for later calls, which do nothing
   * @throws ClosedError `ERR_MP_CLOSED` when the server is gone
   */
  release(): Promise<void> {
    if (this.#released === undefined) {
      this.#renewal = this.#lastRenewal;
      this.#released = handled(this.#owner.end(this.#level));
    }
    return this.#released;
  }

  [Symbol.dispose](): void {
    void this.release();
  }

  get #lastRenewal(): Renewal | undefined {
    return this.#renewal ?? renewalOf(this.#owner.client, this.#origin);
  }

  /** @internal */
  get isReleased(): boolean {
    return this.#released !== undefined;
  }

  /** @internal Whether it is of an RLock. */
  get isLevel(): boolean {
    return this.#isLevel;
  }

  /** @internal */
  get level(): number {
    return this.#level;
  }

  /** @internal */
  get origin(): number {
    return this.#origin;
  }
}

/**
 * One permit of a semaphore of a manager. It is given back with `release()`, or by itself at the end of a `using` block.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const seats = await manager.semaphore(2);
 * const permit = await seats.acquire();
 * console.log(permit.recovered); // false: no client was lost with it
 * await permit.release();
 * await manager.close();
 * ```
 */
export class RemotePermit implements AsyncPermit {
  /** Of a semaphore with `recover`: whether it was taken over from a client that was lost. */
  readonly recovered: boolean;
  readonly #owner: GuardOwner;
  readonly #permit: number;
  #released: Promise<void> | undefined;

  static {
    permitOf = (owner, permit, recovered) => new RemotePermit(owner, permit, recovered);
  }

  private constructor(owner: GuardOwner, permit: number, recovered: boolean) {
    this.#owner = owner;
    this.#permit = permit;
    this.recovered = recovered;
  }

  /** Gives it back. Later calls do nothing. @returns resolves when the server has done it */
  release(): Promise<void> {
    this.#released ??= handled(this.#owner.end(this.#permit));
    return this.#released;
  }

  [Symbol.dispose](): void {
    void this.release();
  }
}

/** A promise that a program may leave alone: without it, the end of the server would be an unhandled rejection. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => {});
  return promise;
}
