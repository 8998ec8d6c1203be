import { NotOwnerError, type SyncWaitOptions, type WaitOptions } from '@mp/core';
import {
  checkOptions,
  deadlineOf,
  deadlineOfSync,
  HANDLE,
  type HandleRecord,
  openPrimitive,
  type Segment,
  singleton,
} from '@mp/core/internal';
import type { AsyncRLock } from './async-types.ts';
import type { Guard } from './guard.ts';
import { Hold, Level } from './hold.ts';
import type { LockOptions } from './lock.ts';
import { type Held, lockPlan, OwnedLock, registerLock } from './owned-lock.ts';
import { inScopeOf, isInScopeOf } from './scopes.ts';

/*
 * The lock's word names the thread that owns it; which task of that thread does is known to that thread alone, and dies with it.
 *
 * The thread has one *hold* of the lock at most: an acquisition with one or more levels. A caller is its owner, and adds
 * a level instead of waiting, when it
 *
 * | is                                             | because                                                     |
 * | ---------------------------------------------- | ----------------------------------------------------------- |
 * | in the scope of a `with()` of this hold        | AsyncLocalStorage carries the scope to all it begins        |
 * | synchronous, and the hold was begun by acquireSync() | that hold is the thread's, as in Python               |
 * | in possession of a guard of this hold: `within` | it says so                                                 |
 *
 * Other tasks of the thread wait like another thread. A scope ends with its `with()`: what was begun in it and still
 * runs is then a stranger. A level that such work holds keeps the lock until it is released.
 */

/** The options that acquiring an {@link RLock} takes beside those of a wait. */
export const WITHIN = ['within'] as const;

/** What acquiring an {@link RLock} takes. */
export interface ReentrantWaitOptions extends WaitOptions {
  /** A guard of the present acquisition: enters it once more instead of waiting for its end. */
  within?: Guard | undefined;
}

/** What acquiring an {@link RLock} synchronously takes. */
export interface ReentrantSyncWaitOptions extends SyncWaitOptions {
  /** A guard of the present acquisition: enters it once more instead of waiting for its end. */
  within?: Guard | undefined;
}

/**
 * A lock that its owner can acquire again: `multiprocessing.RLock` of Python.
 *
 * The owner is not the thread, which may run many tasks at once, but a scope: inside `with()`, and in everything that
 * is begun there, acquiring enters the lock once more. Outside, two tasks of one thread exclude each other. An
 * `acquireSync()` makes the thread the owner, as in Python, until it is released. A task that acquired with a bare
 * `acquire()` or `tryAcquire()` enters again by `{ within: guard }`; without, it would wait for itself.
 *
 * It is free when every level was released, in whatever order. Work that outlives the `with()` in which it was begun is
 * no owner any more; a level that it acquired there keeps the lock until it is released. Only the owner can release.
 *
 * @example
 * ```js
 * import { RLock } from '@mp/lock';
 *
 * const lock = new RLock();
 * const save = () => lock.with(() => console.log('saved'));
 * await lock.with(async () => {
 *   await save(); // saved
 * });
 * console.log(lock.locked); // false
 * lock.close();
 * ```
 */
export class RLock extends OwnedLock implements AsyncRLock {
  readonly #holds = holds();

  /**
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: a segment of its own whose body begins with the lock
   * @throws TypeError, RangeError on a bad name
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, `ERR_MP_NO_SPACE` when the segment
   * directory is full
   */
  constructor(options: LockOptions = {}, received?: Segment) {
    checkOptions(options, 'RLock', ['name']);
    const plan = lockPlan('rlock', options.name !== undefined);
    super(received ? { segment: received, created: false } : openPrimitive(options, plan));
  }

  /**
   * Enters the lock once more if the caller owns it, else waits until it is free and takes it.
   *
   * @param options `timeout` in ms; `signal` ends the wait; `within`
   * @returns a guard that ends this level
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not free in time (Python answers `False`)
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when `within` was released
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed in this thread
   */
  acquire(options?: ReentrantWaitOptions): Promise<Guard> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options, WITHIN);
      const own = this.#own(options?.within, false);
      if (own !== undefined) return Promise.resolve(own.enter(false));
      if (this.mutex.tryLock()) return Promise.resolve(this.#begin(false, false));
      return this.takeLater(deadline, options, (recovered) => this.#begin(recovered, false));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Like {@link RLock.acquire} but blocks the thread. Until it is released, the thread is the owner: `acquireSync()` and
   * `tryAcquire()` enter again, in whatever task.
   *
   * @throws DeadlockError `ERR_MP_DEADLOCK` when no timeout was given and a task of this thread holds the lock, or this
   * thread is in a ring of threads that all wait in this way for each other
   */
  acquireSync(options?: ReentrantSyncWaitOptions): Guard {
    this.assertOpen();
    const deadline = deadlineOfSync(options, WITHIN);
    const own = this.#own(options?.within, true);
    if (own !== undefined) return own.enter(false);
    if (this.mutex.tryLock()) return this.#begin(false, true);
    return this.takeSync(
      deadline,
      options,
      (recovered) => this.#begin(recovered, true),
      'Acquire it inside its with(), or tell { within: guard }',
    );
  }

  /**
   * Enters the lock once more if the caller owns it; takes it if it is free, or if its holder is dead. Never waits.
   *
   * @param options `within`
   * @returns a guard, or `undefined` when another owner holds it
   */
  tryAcquire(options?: { within?: Guard | undefined }): Guard | undefined {
    this.assertOpen();
    if (options !== undefined) checkOptions(options, 'tryAcquire()', WITHIN);
    const own = this.#own(options?.within, true);
    if (own !== undefined) return own.enter(false);
    const recovered = this.takeNow();
    return recovered === undefined ? undefined : this.#begin(recovered, false);
  }

  /**
   * Acquires the lock, runs `body` as its owner, and releases this level when `body` returned, resolved or threw.
   *
   * @param body gets the guard; what it returns is returned. In it, and in what it begins, acquiring enters again
   * @param options as for {@link RLock.acquire}
   */
  async with<T>(body: (guard: Guard) => T | PromiseLike<T>, options?: ReentrantWaitOptions): Promise<T> {
    const guard = await this.acquire(options);
    try {
      return await inScopeOf((guard as Level).hold, () => body(guard));
    } finally {
      guard.release();
    }
  }

  /**
   * Ends the level that was entered last. Prefer the guard, which knows its level.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when this thread does not hold it (`AssertionError` in Python)
   */
  release(): void {
    this.assertOpen();
    const hold = this.#hold;
    if (hold === undefined) throw this.notOwner('release', 'only its owner can release an RLock');
    hold.end();
  }

  /** @internal */
  override releaseToken(token: number): void {
    if (this.#holds.get(this.address.file)?.token === token) this.#holds.delete(this.address.file);
    super.releaseToken(token);
  }

  /** @internal Scope, Sync hold or `within` say which task of this thread it is. */
  override held(within?: Guard): Held & { hold: Hold } {
    this.assertOpen();
    const hold = this.#own(within, true);
    if (hold !== undefined) return { origin: hold.token, hold };
    throw this.notOwner(
      'wait with',
      this.mutex.isMine
        ? 'this task is not known as its owner: wait inside with(), or tell { within: guard }'
        : 'acquire it first',
    );
  }

  /** @internal */
  override suspend(held: Held): void {
    this.#holds.delete(this.address.file);
    super.suspend(held);
  }

  /** @internal */
  protected override restore(held: Held & { hold: Hold }, recovered: boolean): true {
    super.restore(held, recovered);
    this.#holds.set(this.address.file, held.hold);
    // Every level was released while it was given up.
    if (held.hold.depth === 0) this.releaseToken(held.origin);
    return true;
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    return this.handleOf('rlock');
  }

  /** The present hold of this thread. */
  get #hold(): Hold | undefined {
    if (!this.mutex.isMine) return undefined;
    const hold = this.#holds.get(this.address.file);
    // Not one of a lock that had this name before.
    return hold?.token === this.origin ? hold : undefined;
  }

  /** The present hold, if the caller owns it. @throws NotOwnerError when `within` is not of it */
  #own(within: Guard | undefined, sync: boolean): Hold | undefined {
    const hold = this.#hold;
    if (within === undefined) {
      return hold !== undefined && ((sync && hold.isOfThread) || isInScopeOf(hold)) ? hold : undefined;
    }
    if (!(within instanceof Level)) throw new TypeError('within must be a guard of this RLock');
    if (hold !== undefined && within.hold === hold && hold.has(within)) return hold;
    throw new NotOwnerError(
      `Cannot enter the ${this.segment.title} again: the guard given as within was released, or is of another lock`,
    );
  }

  #begin(recovered: boolean, isOfThread: boolean): Level {
    const hold = new Hold(this, this.mutex.token, isOfThread);
    this.#holds.set(this.address.file, hold);
    return hold.enter(recovered);
  }
}

/** The holds of this thread, by the file of the lock: two objects may be the same lock. */
function holds(): Map<string, Hold> {
  return singleton('rlock-holds', () => new Map());
}

registerLock('rlock', ['rlock', 'condition'], (segment) => new RLock({}, segment));
