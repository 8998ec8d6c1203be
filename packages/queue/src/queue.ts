import type { SyncWaitOptions, WaitOptions } from '@mp/core';
import { checkOptions, type Kind, type Segment } from '@mp/core/internal';
import { BaseQueue } from './base-queue.ts';
import { registerQueue } from './handle.ts';
import { DISCARDED, SHUT_DOWN } from './layout.ts';
import type { Lease } from './lease.ts';
import { openQueue, type QueueOptions } from './options.ts';
import type { Order } from './store.ts';
import { UntilOver } from './until-over.ts';
import type { Step } from './waits.ts';

/**
 * A first-in first-out queue between processes and worker threads, for any number of producers and consumers.
 *
 * It is `multiprocessing.Queue` of Python with these differences: a `put` is visible to others when it returns
 * (Python hands it to a thread); what cannot be sent is refused at the call; `shutdown()` exists; a process that
 * exits, or is killed, never blocks or damages the queue, and what it put stays; items can be leased.
 *
 * @typeParam T what the messages are: plain data, typed arrays, errors, registered classes, handles of `@mp`
 *
 * @example
 * ```js
 * import { Queue } from '@mp/queue';
 *
 * const queue = new Queue();
 * await queue.put({ id: 1 });
 * console.log(await queue.get()); // { id: 1 }
 * queue.close();
 * ```
 */
export class Queue<T = unknown> extends BaseQueue<T> {
  /**
   * @param options limits and name; limits left out are taken from a named queue that exists
   * @param received only for `@mp`: the segment of a queue that came in a message
   * @throws TypeError, RangeError on bad options
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else or to a queue with other limits,
   * `ERR_MP_NO_SPACE` when the segment directory is full
   */
  constructor(options: QueueOptions = {}, received?: Segment) {
    super(
      received ? { segment: received, created: false } : openQueue(new.target, options),
      new.target.order,
    );
  }

  /** @internal */
  static get kind(): Kind {
    return 'queue';
  }

  /** @internal */
  static get order(): Order {
    return 'arrival';
  }

  /** How many items may lie in the queue; `Infinity` = no limit. */
  get maxSize(): number {
    return this.state.maxSize;
  }

  /**
   * How many items can be taken: exact at one moment of this call. An item that is leased does not count; when it
   * comes back it does, even beyond `maxSize`. What a thread had leased that has died comes back by this call.
   */
  get size(): number {
    this.assertOpen();
    this.getSide.latched.catchUp();
    return this.state.size;
  }

  /** Whether no item can be taken. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether a `put` would have to wait. Always `false` without limits. */
  get isFull(): boolean {
    this.assertOpen();
    this.getSide.latched.catchUp();
    return !this.state.hasSpace(1, 1);
  }

  /** Whether the queue was shut down, by anybody. */
  get isShutdown(): boolean {
    this.assertOpen();
    return !this.state.isOpen;
  }

  /**
   * Puts an item at the end. The promise resolves when other processes can see it; without limits that is at once.
   * Calls keep their order, awaited or not; one that waits for space keeps the process alive, see
   * {@link Queue.cancelJoinThread}.
   *
   * @param item anything but `undefined`, which means "nothing" in {@link Queue.tryGet}; send `null`
   * @param options `timeout` in ms and `signal` for the wait of a bounded queue
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be sent
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it stayed full (Python raises `Full`)
   * @throws ClosedError `ERR_MP_CLOSED` when it was shut down, or closed in this thread
   * @throws MpError `ERR_MP_NO_SPACE` when the segment directory is full; the queue is as before
   */
  put(item: T, options?: WaitOptions): Promise<void> {
    return this.putOf(item, false, options);
  }

  /** Like {@link Queue.put} but blocks the thread. */
  putSync(item: T, options?: SyncWaitOptions): void {
    this.putSyncOf(item, false, options);
  }

  /**
   * Puts an item if there is space for it. Never waits.
   *
   * @returns whether it was put
   */
  tryPut(item: T, options?: object): boolean {
    return this.tryPutOf(item, false, options);
  }

  /**
   * Puts several items at once, next to each other: all become visible together.
   *
   * @throws TypeError when `items` is no array, RangeError when there are more than `maxSize`; else as {@link Queue.put}
   */
  putMany(items: readonly T[], options?: WaitOptions): Promise<void> {
    return this.putOf(items, true, options);
  }

  /** Like {@link Queue.putMany} but blocks the thread. */
  putManySync(items: readonly T[], options?: SyncWaitOptions): void {
    this.putSyncOf(items, true, options);
  }

  /**
   * Puts several items if there is space for all of them. Never waits.
   *
   * @returns whether they were put
   */
  tryPutMany(items: readonly T[], options?: object): boolean {
    return this.tryPutOf(items, true, options);
  }

  /**
   * Takes the first item, or waits for one.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time (Python raises `Empty`)
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed in this thread
   */
  get(options?: WaitOptions): Promise<T> {
    return this.getBy(this.take, options);
  }

  /** Like {@link Queue.get} but blocks the thread. */
  getSync(options?: SyncWaitOptions): T {
    return this.getSyncBy(this.take, options);
  }

  /**
   * Takes the first item if there is one. Never waits.
   *
   * @returns the item, or `undefined` when there is none now
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed in this thread
   */
  tryGet(): T | undefined {
    return this.tryGetBy(this.take);
  }

  /**
   * Takes up to `most` items; waits for the first one only.
   *
   * @param most 1 to 2³⁰
   * @returns at least one item
   * @throws RangeError on a bad `most`; else as {@link Queue.get}
   */
  getMany(most: number, options?: WaitOptions): Promise<T[]> {
    try {
      return this.getBy(this.batch(most), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like {@link Queue.getMany} but blocks the thread. */
  getManySync(most: number, options?: SyncWaitOptions): T[] {
    return this.getSyncBy(this.batch(most), options);
  }

  /**
   * Takes up to `most` of the items that are there. Never waits.
   *
   * @returns the items, none when there are none now
   */
  tryGetMany(most: number): T[] {
    return this.tryGetBy(this.batch(most)) ?? [];
  }

  /** Takes items until the queue is shut down and drained. Leaving the loop leaves the rest in the queue. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return this.#until(this.take);
  }

  /**
   * Takes the first item, or waits for one, and keeps it in the queue until it is acknowledged: given back, or when
   * this thread dies, it is delivered again. So an item may be delivered twice, but is never lost. Python has no such
   * thing.
   *
   * @throws TimeoutError, ClosedError as {@link Queue.get}; after a shutdown it waits for what is leased, which may come back
   * @throws MpError `ERR_MP_NO_SPACE` when the segment directory is full; the item stays the first
   */
  lease(options?: WaitOptions): Promise<Lease<T>> {
    return this.getBy(this.lend, options);
  }

  /** Like {@link Queue.lease} but blocks the thread. */
  leaseSync(options?: SyncWaitOptions): Lease<T> {
    return this.getSyncBy(this.lend, options);
  }

  /**
   * Leases the first item if there is one. Never waits.
   *
   * @returns `undefined` when there is none now
   */
  tryLease(): Lease<T> | undefined {
    return this.tryGetBy(this.lend);
  }

  /** Leases items until the queue is shut down and everything in it is acknowledged. */
  leases(): AsyncIterableIterator<Lease<T>, void, undefined> {
    return this.#until(this.lend);
  }

  /**
   * Ends the queue for everybody: pending and later puts reject, gets drain what is left and then reject,
   * `for await` ends. What is leased may still come back and is delivered then.
   *
   * @param options `immediate` discards what is left, and later what comes back
   * @returns how many items were discarded
   */
  shutdown(options: { immediate?: boolean } = {}): number {
    this.assertOpen();
    checkOptions(options, 'shutdown()', ['immediate']);
    const immediate = options.immediate === true;
    return this.state.tellAll(() => {
      this.putSide.shut(immediate ? DISCARDED : SHUT_DOWN);
      return immediate ? this.getSide.discard() : 0;
    });
  }

  /**
   * Puts of this thread that wait for space do not keep the process alive any more: it may end before they are in the
   * queue, and they are lost then. What is in the queue stays. Named after Python's `cancel_join_thread`.
   */
  cancelJoinThread(): void {
    this.assertOpen();
    this.puts.unref();
  }

  #until<R>(step: Step<R>): UntilOver<R> {
    return new UntilOver({
      step,
      get: (each, fail) => this.getOr(each, fail),
      isOver: () => this.isOver(),
    });
  }
}

registerQueue(Queue);
