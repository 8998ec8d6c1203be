import { NotOwnerError, type SyncWaitOptions, type WaitOptions } from '@mp/core';
import {
  checkOptions,
  deadlineOf,
  deadlineOfSync,
  HANDLE,
  type HandleRecord,
  openPrimitive,
  type Segment,
} from '@mp/core/internal';
import type { AsyncLock } from './async-types.ts';
import { Guard } from './guard.ts';
import { forgetRenewal, type Held, lockPlan, OwnedLock, registerLock } from './owned-lock.ts';

/** What a new {@link Lock} may be told. */
export interface LockOptions {
  /** Shares the lock with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
}

/**
 * A lock between processes, worker threads and the async tasks of one thread: one holder at a time.
 *
 * It is `multiprocessing.Lock` of Python with three differences: an acquisition is a {@link Guard} that frees
 * nothing but itself; a lock whose holder died is recovered by the next acquire (Python's stays locked for
 * good); and threads that would wait for themselves or in a ring without end get an error. As in Python, anybody may
 * `release()`.
 *
 * A lock travels: pass it in the arguments of a process, a pool task or a queue message, and the other side gets
 * the same lock. Waiters are served roughly in order; a newcomer may get in between, but no waiter is passed over for
 * more than some milliseconds. Closing it does not release it: an acquisition lasts until its guard is released.
 *
 * @example
 * ```js
 * import { Lock } from '@mp/lock';
 *
 * const lock = new Lock({ name: 'db-migrate' });
 * await lock.with(async () => {
 *   // one process of this user at a time
 * });
 * lock.unlink();
 * ```
 */
export class Lock extends OwnedLock implements AsyncLock {
  /**
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: a segment of its own whose body begins with the lock
   * @throws TypeError, RangeError on a bad name
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, `ERR_MP_NO_SPACE` when the segment
   * directory is full, `ERR_MP_UNSUPPORTED_PLATFORM` or `ERR_MP_NATIVE_MISSING` where it cannot work
   */
  constructor(options: LockOptions = {}, received?: Segment) {
    checkOptions(options, 'Lock', ['name']);
    const plan = lockPlan('lock', options.name !== undefined);
    super(received ? { segment: received, created: false } : openPrimitive(options, plan));
  }

  /**
   * Waits until the lock is free and takes it.
   *
   * @param options `timeout` in ms; `signal` ends the wait
   * @returns a guard that ends this acquisition
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not free in time (Python answers `False`)
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed in this thread
   */
  acquire(options?: WaitOptions): Promise<Guard> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      if (this.mutex.tryLock()) return Promise.resolve(this.#guard(false));
      return this.takeLater(deadline, options, (recovered) => this.#guard(recovered));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Blocks the thread until the lock is free and takes it. Signal handlers written in JavaScript do not run
   * meanwhile.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not free in time
   * @throws DeadlockError `ERR_MP_DEADLOCK` when no timeout was given and this thread holds the lock itself, or is in a
   * ring of threads that all wait in this way for each other: one of them gets the error, a tenth of a second later
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed in this thread
   */
  acquireSync(options?: SyncWaitOptions): Guard {
    this.assertOpen();
    const deadline = deadlineOfSync(options);
    if (this.mutex.tryLock()) return this.#guard(false);
    return this.takeSync(
      deadline,
      options,
      (recovered) => this.#guard(recovered),
      'Give a timeout, use acquire(), or an RLock',
    );
  }

  /**
   * Takes the lock if it is free, or if its holder is dead. Never waits.
   *
   * @returns a guard, or `undefined` when it is held
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed in this thread
   */
  tryAcquire(): Guard | undefined {
    this.assertOpen();
    const recovered = this.takeNow();
    return recovered === undefined ? undefined : this.#guard(recovered);
  }

  /**
   * Acquires the lock, runs `body`, and releases it when `body` returned, resolved or threw.
   *
   * @param body gets the guard; what it returns is returned
   * @param options as for {@link Lock.acquire}
   */
  async with<T>(body: (guard: Guard) => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    const guard = await this.acquire(options);
    try {
      return await body(guard);
    } finally {
      guard.release();
    }
  }

  /**
   * Frees the lock, also for another holder: as in Python, any thread of any process may. Prefer the guard, which cannot
   * free another's acquisition.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it is not held
   */
  release(): void {
    this.assertOpen();
    if (!this.mutex.forceUnlock())
      throw new NotOwnerError(`Cannot release the ${this.segment.title}: nobody holds it`);
    forgetRenewal(this.address.file);
  }

  /** @internal Any task of the thread that holds it: it does not know its tasks. */
  override held(): Held {
    this.assertOpen();
    if (!this.mutex.isMine) throw this.notOwner('wait with', 'acquire it first');
    return { origin: this.origin };
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    return this.handleOf('lock');
  }

  #guard(recovered: boolean): Guard {
    return new Guard(this, this.mutex.token, recovered);
  }
}

registerLock('lock', ['lock', 'value', 'array', 'struct', 'list', 'map'], (segment) => new Lock({}, segment));
