/*
 * What the suites need of what they test: the types of @mp/lock that are common to a class and to a proxy, which this
 * package, being below, cannot import.
 */

export type Told<T> = T | Promise<T>;

export interface WaitOptions {
  timeout?: number;
  signal?: AbortSignal;
}

export interface Guard {
  readonly token: number;
  readonly recovered: boolean;
  release(): Told<void>;
  [Symbol.dispose](): void;
}

export interface ReentrantOptions extends WaitOptions {
  within?: Guard;
}

interface Closable {
  close(): void;
}

export interface AsyncLock extends Closable {
  readonly locked: Told<boolean>;
  readonly holder: Told<{ readonly since: Date; readonly alive: boolean } | undefined>;
  acquire(options?: WaitOptions): Promise<Guard>;
  tryAcquire(): Told<Guard | undefined>;
  with<T>(body: (guard: Guard) => T | PromiseLike<T>, options?: WaitOptions): Promise<T>;
  release(): Told<void>;
}

export interface AsyncRLock extends Closable {
  readonly locked: Told<boolean>;
  acquire(options?: ReentrantOptions): Promise<Guard>;
  tryAcquire(options?: { within?: Guard }): Told<Guard | undefined>;
  with<T>(body: (guard: Guard) => T | PromiseLike<T>, options?: ReentrantOptions): Promise<T>;
  release(): Told<void>;
}

export interface AsyncSemaphore extends Closable {
  readonly value: Told<number>;
  acquire(options?: WaitOptions): Promise<{ readonly recovered: boolean; release(): Told<void> }>;
  tryAcquire(): Told<{ readonly recovered: boolean; release(): Told<void> } | undefined>;
  with<T>(body: () => T | PromiseLike<T>, options?: WaitOptions): Promise<T>;
  release(count?: number): Told<void>;
}

export interface AsyncCondition extends Closable {
  readonly lock: Told<AsyncRLock>;
  /** How many wait and were not notified. */
  readonly waiting: Told<number>;
  acquire(options?: ReentrantOptions): Promise<Guard>;
  with<T>(body: (guard: Guard) => T | PromiseLike<T>, options?: ReentrantOptions): Promise<T>;
  release(): Told<void>;
  wait(options?: ReentrantOptions): Promise<boolean>;
  waitFor<T>(predicate: () => T | PromiseLike<T>, options?: ReentrantOptions): Promise<T>;
  notify(count?: number): Told<void>;
  notifyAll(): Told<void>;
}

export interface AsyncEvent extends Closable {
  readonly isSet: Told<boolean>;
  set(): Told<void>;
  clear(): Told<void>;
  wait(options?: WaitOptions): Promise<boolean>;
}

export interface AsyncBarrier extends Closable {
  readonly parties: Told<number>;
  readonly nWaiting: Told<number>;
  readonly broken: Told<boolean>;
  wait(options?: WaitOptions): Promise<number>;
  abort(): Told<void>;
  reset(): Told<void>;
}

type MapKey = string | number | bigint | boolean | Uint8Array;
type Loop<T> = Iterable<T> | AsyncIterable<T>;

export type AsyncMap = MapCalls & Loop<[MapKey, unknown]>;

interface MapCalls extends Closable {
  readonly size: Told<number>;
  get(key: MapKey): Told<unknown>;
  has(key: MapKey): Told<boolean>;
  getMany(keys: Iterable<MapKey>): Told<unknown[]>;
  set(key: MapKey, value: unknown, options?: { ttl?: number }): Told<unknown>;
  setMany(entries: Iterable<readonly [MapKey, unknown]>, options?: { ttl?: number }): Told<unknown>;
  delete(key: MapKey): Told<boolean>;
  clear(): Told<void>;
  getOrInsert(key: MapKey, make: () => unknown): Told<unknown>;
  update(key: MapKey, change: (value: unknown) => unknown): Told<unknown>;
  keys(): Loop<MapKey>;
  values(): Loop<unknown>;
  entries(): Loop<[MapKey, unknown]>;
}

/** One object, as two users have it. */
export interface Users<T> {
  readonly one: T;
  /** What the other user has: closing it does not close that of the first. */
  readonly other: T;
  /** The other user is gone, as if it was killed. */
  lose(): Promise<void>;
  /** Closes all, and checks that nothing is left. */
  end(): Promise<void>;
}

/** What a suite runs on. */
export interface AsyncFactory<T, A extends readonly unknown[] = []> {
  /** As the tests are called. */
  readonly title: string;
  /** Whether the two users are two owners, of which the other can be lost. */
  readonly hasTwoOwners: boolean;
  make(...args: A): Promise<Users<T>>;
}
