import { ClosedError, MpError, type SyncWaitOptions, TimeoutError, type WaitOptions } from '@mp/core';
import {
  deadlineOf,
  HANDLE,
  type HandleRecord,
  LOOK,
  Primitive,
  type Readiness,
  type Reason,
  registerHandle,
  Segment,
  WAITABLE,
  WaitLine,
} from '@mp/core/internal';
import { Fifo, type Manner, type Taken } from './fifo.ts';
import { QUEUE_VERSION } from './layout.ts';
import { openQueue, type QueueOptions } from './options.ts';
import { Outbox } from './outbox.ts';

const DONE = Promise.resolve();

/**
 * A first-in first-out queue between processes and worker threads, for any number of producers and consumers.
 *
 * It is `multiprocessing.Queue` of Python with these differences: a `put` is visible to others when it returns
 * (Python hands it to a thread); what cannot be sent is refused at the call; `shutdown()` exists; a process that
 * exits, or is killed, never blocks or damages the queue, and what it put stays.
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
export class Queue<T = unknown> extends Primitive {
  readonly #fifo: Fifo;
  readonly #putLine: WaitLine;
  readonly #getLine: WaitLine;
  readonly #take: (reason: Reason) => Taken | undefined;

  /**
   * @param options limits and name; limits left out are taken from a named queue that exists
   * @param received only for `@mp`: the segment of a queue that came in a message
   * @throws TypeError, RangeError on bad options
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else or to a queue with other limits,
   * `ERR_MP_NO_SPACE` when the segment directory is full
   */
  constructor(options: QueueOptions = {}, received?: Segment) {
    super(received ? { segment: received, created: false } : openQueue(options));
    this.#fifo = new Fifo(this.segment);
    this.#putLine = new WaitLine(this.#fifo.putRoom);
    this.#getLine = new WaitLine(this.#fifo.getRoom);
    this.#take = (reason) => this.#fifo.take(mannerOf(reason));
  }

  /** How many items may lie in the queue; `Infinity` = no limit. */
  get maxSize(): number {
    return this.#fifo.maxSize;
  }

  /** How many items lie in the queue: exact at one moment of this call. */
  get size(): number {
    this.assertOpen();
    return this.#fifo.size;
  }

  /** Whether no item lies in the queue. */
  get isEmpty(): boolean {
    this.assertOpen();
    return this.#fifo.isEmpty;
  }

  /** Whether a `put` would have to wait. Always `false` without limits. */
  get isFull(): boolean {
    this.assertOpen();
    return !this.#fifo.hasSpace(1, 1);
  }

  /** Whether the queue was shut down, by anybody. */
  get isShutdown(): boolean {
    this.assertOpen();
    return !this.#fifo.isOpen;
  }

  /**
   * Puts an item at the end. The promise resolves when other processes can see it; without limits that is at once.
   * Calls keep their order, awaited or not.
   *
   * @param item anything but `undefined`, which means "nothing" in {@link Queue.tryGet}; send `null`
   * @param options `timeout` in ms and `signal` for the wait of a bounded queue
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be sent
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it stayed full (Python raises `Full`)
   * @throws ClosedError `ERR_MP_CLOSED` when it was shut down, or closed in this thread
   * @throws MpError `ERR_MP_NO_SPACE` when the segment directory is full; the queue is as before
   */
  put(item: T, options?: WaitOptions): Promise<void> {
    return this.#put([item], options);
  }

  /** Like {@link Queue.put} but blocks the thread. */
  putSync(item: T, options?: SyncWaitOptions): void {
    this.assertOpen();
    const deadline = deadlineOf(options);
    const outbox = this.#pack([item]);
    if (this.#putNow(outbox)) return;
    // Nothing else is encoded while this thread waits: the message may stay where it is.
    const attempt = (reason: Reason) => this.#fifo.put(outbox, mannerOf(reason));
    const done = orDrop(outbox, () => this.#putLine.waitSync(attempt, deadline));
    if (done === undefined) throw this.#full(outbox, options?.timeout);
  }

  /**
   * Puts an item if there is space for it. Never waits.
   *
   * @returns whether it was put
   */
  tryPut(item: T): boolean {
    this.assertOpen();
    const outbox = this.#pack([item]);
    if (this.#putNow(outbox)) return true;
    outbox.drop();
    return false;
  }

  /**
   * Puts several items at once, next to each other: all become visible together.
   *
   * @throws RangeError when there are more than `maxSize`
   */
  putMany(items: readonly T[], options?: WaitOptions): Promise<void> {
    if (items.length > this.maxSize) {
      const message = `Cannot put ${items.length} items at once: maxSize is ${this.maxSize}`;
      return Promise.reject(new RangeError(message));
    }
    return items.length === 0 ? DONE : this.#put(items, options);
  }

  /**
   * Takes the first item, or waits for one.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time (Python raises `Empty`)
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed in this thread
   */
  get(options?: WaitOptions): Promise<T> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      const taken = this.#takeNow();
      return taken === undefined ? this.#getLater(deadline, options) : Promise.resolve(taken.value as T);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like {@link Queue.get} but blocks the thread. */
  getSync(options?: SyncWaitOptions): T {
    this.assertOpen();
    const deadline = deadlineOf(options);
    const taken = this.#takeNow() ?? this.#getLine.waitSync(this.#take, deadline);
    if (taken === undefined) throw this.#empty(options?.timeout);
    return taken.value as T;
  }

  /**
   * Takes the first item if there is one. Never waits.
   *
   * @returns the item, or `undefined` when there is none now
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed in this thread
   */
  tryGet(): T | undefined {
    this.assertOpen();
    return this.#takeNow()?.value as T | undefined;
  }

  /**
   * Takes up to `most` items; waits for the first one only.
   *
   * @param most 1 to 2³⁰
   * @returns at least one item
   */
  async getMany(most: number, options?: WaitOptions): Promise<T[]> {
    if (!Number.isInteger(most) || most < 1) {
      throw new RangeError(`most must be a whole number from 1, not ${most}`);
    }
    const items: T[] = [await this.get(options)];
    while (items.length < most && !this.#fifo.isEmpty) {
      const taken = this.#takeNow();
      if (taken === undefined) break;
      items.push(taken.value as T);
    }
    return items;
  }

  /** Takes items until the queue is shut down and drained. Leaving the loop leaves the rest in the queue. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      let item: T;
      try {
        item = await this.get();
      } catch (error) {
        if (error instanceof ClosedError && !this.segment.closed) return;
        throw error;
      }
      yield item;
    }
  }

  /**
   * Ends the queue for everybody: pending and later puts reject, gets drain what is left and then reject,
   * `for await` ends.
   *
   * @param options `immediate` discards what is left
   * @returns how many items were discarded
   */
  shutdown(options: { immediate?: boolean } = {}): number {
    this.assertOpen();
    return this.#fifo.shutDown(options.immediate === true);
  }

  /**
   * Lets go of the queue in this thread: pending waits reject, a later use throws. Items stay for others; the last
   * one out removes the queue, unless it has a name and items.
   */
  override close(): void {
    if (this.segment.closed) return;
    this.endWaits(this.closedError());
    const removable = this.name === undefined || this.#fifo.isEmpty;
    this.#fifo.close();
    this.segment.close(removable);
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    return { kind: 'queue', data: this.segment.file, segment: this.segment.file };
  }

  /** @internal Ready when a `get` would not wait. */
  [WAITABLE](): Readiness {
    this.assertOpen();
    return { isReady: () => !this.#fifo.isEmpty || !this.#fifo.isOpen, room: this.#fifo.getRoom };
  }

  /** @internal Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. */
  get rescued(): number {
    return this.#fifo.putRoom.rescued + this.#fifo.getRoom.rescued;
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.#putLine.failAll(error);
    this.#getLine.failAll(error);
  }

  #pack(items: readonly T[]): Outbox {
    return new Outbox(items, this.#fifo.carrier);
  }

  #put(items: readonly T[], options: WaitOptions | undefined): Promise<void> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      const outbox = this.#pack(items);
      return this.#putNow(outbox) ? DONE : this.#putLater(outbox, deadline, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Puts without waiting; those who wait in this thread go first. */
  #putNow(outbox: Outbox): boolean {
    if (!this.#putLine.isEmpty) return false;
    return orDrop(outbox, () => this.#fifo.put(outbox, 'now')) === true;
  }

  #takeNow(): Taken | undefined {
    return this.#getLine.isEmpty ? this.#fifo.take('now') : undefined;
  }

  async #putLater(outbox: Outbox, deadline: number, options: WaitOptions | undefined): Promise<void> {
    outbox.keep();
    const attempt = (reason: Reason) => this.#fifo.put(outbox, mannerOf(reason));
    let done: true | undefined;
    try {
      done = await this.#putLine.wait(attempt, deadline, options?.signal);
    } catch (error) {
      outbox.drop();
      throw error;
    }
    if (done === undefined) throw this.#full(outbox, options?.timeout);
  }

  async #getLater(deadline: number, options: WaitOptions | undefined): Promise<T> {
    const taken = await this.#getLine.wait(this.#take, deadline, options?.signal);
    if (taken === undefined) throw this.#empty(options?.timeout);
    return taken.value as T;
  }

  #full(outbox: Outbox, timeout: number | undefined): TimeoutError {
    outbox.drop();
    return new TimeoutError(`Cannot put into the ${this.segment.title} within ${timeout} ms: it is full`);
  }

  #empty(timeout: number | undefined): TimeoutError {
    return new TimeoutError(`Cannot get from the ${this.segment.title} within ${timeout} ms: it is empty`);
  }
}

function mannerOf(reason: Reason): Manner {
  return reason === LOOK ? 'look' : 'waiting';
}

function orDrop<R>(outbox: Outbox, body: () => R): R {
  try {
    return body();
  } catch (error) {
    outbox.drop();
    throw error;
  }
}

registerHandle('queue', {
  package: '@mp/queue',
  decode: (file) => {
    if (typeof file !== 'string') {
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a Queue: its handle is damaged');
    }
    return new Queue({}, Segment.attach(file, 'queue', QUEUE_VERSION));
  },
});
