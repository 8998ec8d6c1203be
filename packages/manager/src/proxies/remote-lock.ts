import type { WaitOptions } from '@mp/core';
import type { AsyncLock } from '@mp/lock';
import type { HolderInfo } from '../objects/hosted-owned-lock.ts';
import { type GuardOwner, guardOf, type RemoteGuard } from './remote-guard.ts';
import { forget } from './renewals.ts';
import { WaitingProxy } from './waiting-proxy.ts';

/** The client that holds a lock of a manager. */
export type RemoteHolder = HolderInfo;

/** What the proxies of Lock and RLock have in common. */
export abstract class RemoteOwnedLock extends WaitingProxy {
  /** @internal */
  protected readonly owner: GuardOwner = {
    client: this.ref.client,
    end: (level) => this.#end(level),
  };

  /** Whether it is held. A lock whose client was lost counts as locked until it is acquired or released. */
  get locked(): Promise<boolean> {
    return this.ask('locked');
  }

  /**
   * The client that holds it: its number in the server, since when, and whether it is still connected; `undefined` when
   * the lock is free. Unlike a local lock it knows no process id: a client may be on another machine.
   */
  get holder(): Promise<RemoteHolder | undefined> {
    return this.ask('holder');
  }

  /** @internal */
  protected readonly forget = (renewed: number | undefined): void => forget(this.owner.client, renewed);

  async #end(level: number): Promise<void> {
    const done = this.call('end', [level], undefined, this.forget);
    this.letGo();
    await done;
  }
}

/**
 * A lock in the server: `Manager().Lock()` of Python, with the methods of the `Lock` of `@mp/lock`. The owner is a client.
 *
 * A client that is lost while it holds the lock leaves it abandoned: still locked, until a client acquires it, whose guard
 * says `recovered: true`, or releases it. Python's stays locked without end. Waiters are served in their order.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const lock = await manager.lock();
 * await lock.with(async () => {
 *   console.log(await lock.locked); // true
 * });
 * await manager.close();
 * ```
 */
export class RemoteLock extends RemoteOwnedLock implements AsyncLock {
  /**
   * Waits until the lock is free and takes it.
   *
   * @param options `timeout` in ms; `signal` ends the wait
   * @returns a guard that ends this acquisition
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not free in time (Python answers `False`)
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed here, or the server is gone
   */
  acquire(options?: WaitOptions): Promise<RemoteGuard> {
    return this.begin('acquire', [], options, this.#guard as never);
  }

  /**
   * Takes the lock if it is free, or if the client that holds it is gone.
   *
   * @returns a guard, or `undefined` when it is held
   */
  tryAcquire(): Promise<RemoteGuard | undefined> {
    return this.begin('tryAcquire', [], undefined, (answer: number | null) =>
      answer === null ? undefined : this.#guard(answer),
    );
  }

  /**
   * Acquires the lock, runs `body`, and releases it when `body` returned, resolved or threw.
   *
   * @param body gets the guard; what it returns is returned
   * @param options as for {@link RemoteLock.acquire}
   */
  async with<T>(body: (guard: RemoteGuard) => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    const guard = await this.acquire(options);
    try {
      return await body(guard);
    } finally {
      await guard.release();
    }
  }

  /**
   * Frees the lock, also for another holder: as in Python, any client may. Prefer the guard, which cannot free another's
   * acquisition.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it is not held
   */
  release(): Promise<void> {
    return this.ask('release', [], this.forget);
  }

  readonly #guard = (answer: number): RemoteGuard => {
    this.retain();
    const origin = Math.abs(answer);
    return guardOf(this.owner, [origin, origin, answer < 0], false);
  };
}
