import type { WaitOptions } from '@mp/core';
import type { Priority } from './priority.ts';

/**
 * What all queues of `@mp` have in common, wherever they are: those of this package, in shared memory, and the proxies of
 * those that live in a server. A function that takes one works with each: what is at hand here and is not there is typed
 * as a value or a promise of it, and `await` does for both.
 *
 * Python has the same idea in the queues of a `Manager`, which have the methods of `queue.Queue`.
 *
 * @typeParam T what the items are; `undefined` is none
 *
 * @example
 * ```js
 * import { Queue } from '@mp/queue';
 *
 * // `queue` is an AsyncQueue: of this package, or of a manager.
 * async function drain(queue) {
 *   await queue.shutdown();
 *   console.log(await queue.size); // 2
 *   for await (const item of queue) console.log(item); // a, then b
 * }
 *
 * const queue = new Queue();
 * await queue.putMany(['a', 'b']);
 * await drain(queue);
 * queue.close();
 * ```
 */
export interface AsyncQueue<T = unknown> {
  /** How many items may lie in the queue; `Infinity` = no limit. */
  readonly maxSize: number | Promise<number>;
  /** How many items can be taken. One that is leased does not count. */
  readonly size: number | Promise<number>;
  /** Whether no item can be taken. */
  readonly isEmpty: boolean | Promise<boolean>;
  /** Whether a `put` would have to wait. */
  readonly isFull: boolean | Promise<boolean>;
  /** Whether the queue was shut down, by any of its users. */
  readonly isShutdown: boolean | Promise<boolean>;
  /** Items that were leased `maxAttempts` times and never acknowledged. */
  readonly deadLetters: AsyncDeadLetters<T>;

  /**
   * Puts an item at its place. The promise resolves when all users of the queue can see it. Calls keep their order.
   *
   * @param options `timeout` in ms and `signal`, for the wait of a queue that is full
   * @throws SerializationError `ERR_MP_SERIALIZATION` when it cannot be sent
   * @throws TimeoutError `ERR_MP_TIMEOUT` when the queue stayed full: the item is not in it
   * @throws ClosedError `ERR_MP_CLOSED` when it was shut down, or closed here
   */
  put(item: T, options?: WaitOptions): Promise<void>;
  /** Puts an item if there is space for it. @returns whether it was put */
  tryPut(item: T, options?: object): boolean | Promise<boolean>;
  /** Puts several items, all at once. @throws RangeError when there are more than `maxSize`; else as `put` */
  putMany(items: readonly T[], options?: WaitOptions): Promise<void>;
  /** Puts several items if there is space for all of them. @returns whether they were put */
  tryPutMany(items: readonly T[], options?: object): boolean | Promise<boolean>;

  /**
   * Takes the first item, or waits for one.
   *
   * @param options `timeout` in ms and `signal`
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed here
   */
  get(options?: WaitOptions): Promise<T>;
  /** Takes the first item if there is one. @returns the item, or `undefined`. @throws ClosedError as `get` */
  tryGet(): T | undefined | Promise<T | undefined>;
  /** Takes up to `most` items, 1 to 2³⁰; waits for the first one only. @throws RangeError on a bad `most`; else as `get` */
  getMany(most: number, options?: WaitOptions): Promise<T[]>;
  /** Takes up to `most` of the items that are there. @returns the items, maybe none */
  tryGetMany(most: number): T[] | Promise<T[]>;
  /** Takes items until the queue is shut down and drained. Leaving the loop leaves the rest in the queue. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined>;

  /**
   * Takes the first item, or waits for one, and keeps it in the queue until it is acknowledged: when it is given back, or
   * its holder is gone, it is delivered again.
   *
   * @throws as `get`
   */
  lease(options?: WaitOptions): Promise<AsyncLease<T>>;
  /** Leases the first item if there is one. @returns `undefined` when there is none now */
  tryLease(): AsyncLease<T> | undefined | Promise<AsyncLease<T> | undefined>;
  /** Leases items until the queue is shut down and all in it is acknowledged. */
  leases(): AsyncIterableIterator<AsyncLease<T>, void, undefined>;

  /**
   * Ends the queue for all its users: puts reject, gets drain what is left.
   *
   * @param options `immediate` discards what is left, and later what comes back
   * @returns how many items were discarded
   */
  shutdown(options?: { immediate?: boolean }): number | Promise<number>;
  /** Lets go of the queue here: waits here reject, leases are given back. Safe to call again. */
  close(): void;
}

/** A queue that knows when all of its items are done, see `JoinableQueue`. */
export interface AsyncJoinableQueue<T = unknown> extends AsyncQueue<T> {
  /** The oldest item that was got here is done. @throws RangeError when all are (Python's `ValueError`) */
  taskDone(): void | Promise<void>;
  /** Waits until all that was put is done. @throws TimeoutError `ERR_MP_TIMEOUT`, ClosedError `ERR_MP_CLOSED` */
  join(options?: WaitOptions): Promise<void>;
}

/** A queue that gives the item of the lowest priority first, see `PriorityQueue`. */
export interface AsyncPriorityQueue<T = unknown> extends AsyncQueue<T> {
  /** Puts an item behind those of lower or equal priority. @throws TypeError, RangeError on a priority that is no finite number */
  put(item: T, options?: WaitOptions & Priority): Promise<void>;
  tryPut(item: T, options?: Priority): boolean | Promise<boolean>;
  /** Puts several items of one priority, all at once. */
  putMany(items: readonly T[], options?: WaitOptions & Priority): Promise<void>;
  tryPutMany(items: readonly T[], options?: Priority): boolean | Promise<boolean>;
}

/** An item that was delivered and is not done with. */
export interface AsyncLease<T = unknown> {
  /** The item. */
  readonly value: T;
  /** The number of this delivery, from 1. */
  readonly attempt: number;
  /**
   * The item is done with. Safe to call again.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it was given back
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was closed here before: the item was given back then
   */
  ack(): void | Promise<void>;
  /**
   * Gives the item back: it is delivered again, before items that were put after it. Safe to call again.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it was acknowledged
   */
  retry(): void | Promise<void>;
  /** Gives the item back unless it was acknowledged: `await using lease = …`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The items of a queue that failed too often. */
export interface AsyncDeadLetters<T = unknown> {
  /** How many there are. */
  readonly size: number | Promise<number>;
  /** Takes the oldest one, or waits for one. @throws TimeoutError, ClosedError when there will be none any more */
  get(options?: WaitOptions): Promise<T>;
  /** Takes the oldest one if there is one. @returns `undefined` when there is none now */
  tryGet(): T | undefined | Promise<T | undefined>;
  /** Takes them until the queue is shut down and nothing is left of it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined>;
}
