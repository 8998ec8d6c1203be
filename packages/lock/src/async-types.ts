import type { WaitOptions } from '@mp/core';

/*
 * What is common to the classes of this package and to those of other packages that are used in the same way, but whose
 * object lies in another process: the proxies of `@mp/manager`. What is at hand here and has to be asked for there is
 * typed as `Told`: `await` it, and the code works with both.
 */

/** A value that is there, or a promise of it. */
export type Told<T> = T | Promise<T>;

/** What every object here has. */
interface Closable {
  /** Lets go of it in this thread; waits for it here reject with `ERR_MP_CLOSED`. Safe to call again. */
  close(): void;
  [Symbol.dispose](): void;
}

/** One acquisition: a {@link Guard}, or one of a lock that lies in another process. */
export interface AsyncGuard {
  /** A number that is larger for each later acquisition: a fencing token. */
  readonly token: number;
  /** Whether the owner before died holding the lock. */
  readonly recovered: boolean;
  /** Ends this acquisition. Later calls do nothing. */
  release(): Told<void>;
  [Symbol.dispose](): void;
}

/** One permit: a {@link Permit}, or one of a semaphore that lies in another process. */
export interface AsyncPermit {
  /** Whether it was taken over from an owner that died. */
  readonly recovered: boolean;
  /** Gives it back. Later calls do nothing. */
  release(): Told<void>;
  [Symbol.dispose](): void;
}

/** What is known of the owner of any lock. */
export interface AsyncHolder {
  /** Since when it holds the lock. */
  readonly since: Date;
  /** False: it died, and the next acquire recovers the lock. */
  readonly alive: boolean;
}

/** What acquiring an {@link AsyncRLock} takes. */
export interface AsyncReentrantOptions extends WaitOptions {
  /** A guard of the present acquisition: enters it once more instead of waiting for its end. */
  within?: AsyncGuard | undefined;
}

/**
 * What a {@link Lock} can do without blocking its thread, wherever the lock lies.
 *
 * @example
 * ```ts
 * import { type AsyncLock, Lock } from '@mp/lock';
 *
 * async function migrate(lock: AsyncLock): Promise<void> {
 *   if (await lock.locked) console.log('another one migrates');
 *   await lock.with(() => console.log('migrated'), { timeout: 1_000 });
 * }
 *
 * using lock = new Lock();
 * await migrate(lock); // migrated
 * ```
 */
export interface AsyncLock extends Closable {
  /** Whether it is held. */
  readonly locked: Told<boolean>;
  /** Its holder; `undefined` when it is free. */
  readonly holder: Told<AsyncHolder | undefined>;
  /** Waits until the lock is free and takes it. Rejects with `TimeoutError`, or with the reason of the signal. */
  acquire(options?: WaitOptions): Promise<AsyncGuard>;
  /** Takes the lock if it can be had at once. */
  tryAcquire(): Told<AsyncGuard | undefined>;
  /** Acquires the lock, runs `body`, and releases it. */
  with<T>(body: (guard: AsyncGuard) => T | PromiseLike<T>, options?: WaitOptions): Promise<T>;
  /** Frees the lock, also one that another owner holds. `NotOwnerError` when it is free. */
  release(): Told<void>;
}

/** What an {@link RLock} can do without blocking its thread, wherever the lock lies. */
export interface AsyncRLock extends Closable {
  /** Whether it is held. */
  readonly locked: Told<boolean>;
  /** Its holder; `undefined` when it is free. */
  readonly holder: Told<AsyncHolder | undefined>;
  /** Enters the lock once more if the caller owns it, else waits until it is free and takes it. */
  acquire(options?: AsyncReentrantOptions): Promise<AsyncGuard>;
  /** Like `acquire`, but never waits. */
  tryAcquire(options?: { within?: AsyncGuard | undefined }): Told<AsyncGuard | undefined>;
  /** Runs `body` as the owner: in it, and in what it begins, acquiring enters again. */
  with<T>(body: (guard: AsyncGuard) => T | PromiseLike<T>, options?: AsyncReentrantOptions): Promise<T>;
  /** Ends the level that was entered last. `NotOwnerError` when it is not the caller's. */
  release(): Told<void>;
}

/** What a {@link Semaphore} can do without blocking its thread, wherever it lies. */
export interface AsyncSemaphore extends Closable {
  /** How many permits are free. */
  readonly value: Told<number>;
  /** Waits until a permit is free and takes it. */
  acquire(options?: WaitOptions): Promise<AsyncPermit>;
  /** Takes a permit if one is free. */
  tryAcquire(): Told<AsyncPermit | undefined>;
  /** Takes a permit, runs `body`, and gives it back. */
  with<T>(body: () => T | PromiseLike<T>, options?: WaitOptions): Promise<T>;
  /** Gives back `count` permits, or makes new ones. */
  release(count?: number): Told<void>;
}

/** What a {@link Condition} can do without blocking its thread, wherever it lies. */
export interface AsyncCondition extends Closable {
  /** The lock that belongs to it. */
  readonly lock: Told<AsyncLock | AsyncRLock>;
  /** Acquires the lock. */
  acquire(options?: AsyncReentrantOptions): Promise<AsyncGuard>;
  /** Runs `body` holding the lock. */
  with<T>(body: (guard: AsyncGuard) => T | PromiseLike<T>, options?: AsyncReentrantOptions): Promise<T>;
  /** Releases the lock, as that does. */
  release(): Told<void>;
  /** Gives the lock up, waits until it is notified, and acquires the lock again. `false` when the time is over. */
  wait(options?: AsyncReentrantOptions): Promise<boolean>;
  /** Waits until `predicate`, asked with the lock held, answers something truthy. Its last answer. */
  waitFor<T>(predicate: () => T | PromiseLike<T>, options?: AsyncReentrantOptions): Promise<T>;
  /** Ends the `count` longest of the waits. */
  notify(count?: number): Told<void>;
  /** Ends all waits. */
  notifyAll(): Told<void>;
}

/** What an {@link Event} can do without blocking its thread, wherever it lies. */
export interface AsyncEvent extends Closable {
  /** Whether it is set. */
  readonly isSet: Told<boolean>;
  /** Sets it and wakes all waiters. */
  set(): Told<void>;
  /** Clears it: later waits wait again. */
  clear(): Told<void>;
  /** Waits until it is set. `false` when the time is over. */
  wait(options?: WaitOptions): Promise<boolean>;
}

/** What a {@link Barrier} can do without blocking its thread, wherever it lies. */
export interface AsyncBarrier extends Closable {
  /** How many have to come. */
  readonly parties: Told<number>;
  /** How many have come and wait for the others. */
  readonly nWaiting: Told<number>;
  /** Whether every wait rejects until it is reset. */
  readonly broken: Told<boolean>;
  /** Waits until all parties have come. A number of its own for each party, from 0. */
  wait(options?: WaitOptions): Promise<number>;
  /** Breaks it. */
  abort(): Told<void>;
  /** Makes it as new. The parties that wait get the error. */
  reset(): Told<void>;
}
