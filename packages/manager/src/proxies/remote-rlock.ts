import { NotOwnerError, type WaitOptions } from '@mp/core';
import { checkOptions, deadlineOf } from '@mp/core/internal';
import type { AsyncRLock } from '@mp/lock';
import type { LevelAnswer } from '../objects/hosted-rlock.ts';
import type { RefClient } from '../reference.ts';
import { guardOf, RemoteGuard } from './remote-guard.ts';
import { RemoteOwnedLock } from './remote-lock.ts';
import { inScopeOf, scopesOf } from './scopes.ts';

export const WITHIN = ['within'] as const;

/** What acquiring a {@link RemoteRLock} takes. */
export interface RemoteReentrantOptions extends WaitOptions {
  /** A guard of the present acquisition: enters it once more instead of waiting for its end. */
  within?: RemoteGuard | undefined;
}

/**
 * A lock in the server that its owner can acquire again: `Manager().RLock()` of Python, with the methods of the `RLock` of
 * `@mp/lock`.
 *
 * The owner is a scope of one client: inside `with()`, and in everything that is begun there, acquiring enters the lock
 * once more. Outside, two tasks of one client exclude each other; one that acquired with a bare `acquire()` enters again by
 * `{ within: guard }`. It is free when every level was released, in whatever order. Only the owner can release. A client
 * that is lost leaves it abandoned, for the next to acquire.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const lock = await manager.rlock();
 * const save = () => lock.with(() => console.log('saved'));
 * await lock.with(save); // saved
 * await manager.close();
 * ```
 */
export class RemoteRLock extends RemoteOwnedLock implements AsyncRLock {
  /**
   * Enters the lock once more if the caller owns it, else waits until it is free and takes it.
   *
   * @param options `timeout` in ms; `signal` ends the wait; `within`
   * @returns a guard that ends this level
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not free in time (Python answers `False`)
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when `within` was released
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed here, or the server is gone
   */
  acquire(options?: RemoteReentrantOptions): Promise<RemoteGuard> {
    return this.#acquire(options);
  }

  /**
   * Enters the lock once more if the caller owns it; takes it if it is free, or if the client that holds it is gone.
   *
   * @param options `within`
   * @returns a guard, or `undefined` when another owner holds it
   */
  async tryAcquire(options?: { within?: RemoteGuard | undefined }): Promise<RemoteGuard | undefined> {
    if (options !== undefined) checkOptions(options, 'tryAcquire()', WITHIN);
    const which = whichOf(this.owner.client, options?.within);
    return await this.begin('tryAcquire', which, undefined, (answer: LevelAnswer | null) =>
      answer === null ? undefined : this.#level(answer),
    );
  }

  /**
   * Acquires the lock, runs `body` as its owner, and releases this level when `body` returned, resolved or threw.
   *
   * @param body gets the guard; what it returns is returned. In it, and in what it begins, acquiring enters again
   * @param options as for {@link RemoteRLock.acquire}
   */
  async with<T>(
    body: (guard: RemoteGuard) => T | PromiseLike<T>,
    options?: RemoteReentrantOptions,
  ): Promise<T> {
    const level = await this.#acquire(options);
    try {
      return await inScopeOf(this.owner.client, level.origin, () => body(level));
    } finally {
      await level.release();
    }
  }

  /**
   * Ends the level that was entered last. Prefer the guard, which knows its level.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when this client does not hold it (`AssertionError` in Python)
   */
  release(): Promise<void> {
    return this.ask('release', [], this.forget);
  }

  async #acquire(options: RemoteReentrantOptions | undefined): Promise<RemoteGuard> {
    if (options === undefined) return await this.#enter(undefined, undefined);
    deadlineOf(options, WITHIN);
    const { within, ...wait } = options;
    return await this.#enter(within, wait);
  }

  #enter(within: RemoteGuard | undefined, wait: WaitOptions | undefined): Promise<RemoteGuard> {
    const which = whichOf(this.owner.client, within);
    return this.begin('acquire', which, wait, (answer: LevelAnswer) => this.#level(answer));
  }

  #level(answer: LevelAnswer): RemoteGuard {
    this.retain();
    return guardOf(this.owner, answer, true);
  }
}

/**
 * What the server is told of the task that calls: the level of `within` or null, then the acquisitions in whose scopes
 * the task is.
 */
export function whichOf(client: RefClient, within: RemoteGuard | undefined): (number | null)[] {
  if (within === undefined) return [null, ...scopesOf(client)];
  if (!(within instanceof RemoteGuard && within.isLevel))
    throw new TypeError('within must be a guard of this RLock');
  if (within.isReleased)
    throw new NotOwnerError('Cannot enter the RLock again: the guard given as within was released');
  return [within.level];
}
