import type { ClosedError, SyncWaitOptions, WaitOptions } from '@mp/core';
import {
  deadlineOf,
  dueTurn,
  HANDLE,
  type HandleRecord,
  type Kind,
  Primitive,
  type Readiness,
  type Segment,
  WAITABLE,
} from '@mp/core/internal';
import { Body } from './body.ts';
import { DeadLetters, untilOver } from './dead-letters.ts';
import { Entrance } from './entrance.ts';
import { Exit, type Leased } from './exit.ts';
import { registerQueue } from './handle.ts';
import type { Manner } from './latch.ts';
import { DISCARDED, SHUT_DOWN } from './layout.ts';
import { Lease } from './lease.ts';
import { openQueue, type QueueOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import type { Order } from './store.ts';
import { type Step, Waits } from './waits.ts';

const DONE = Promise.resolve();

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
export class Queue<T = unknown> extends Primitive {
  readonly #body: Body;
  readonly #entrance: Entrance;
  readonly #exit: Exit;
  readonly #puts: Waits;
  readonly #gets: Waits;
  readonly #take: Step<T> = (manner) => this.takeOne(manner);
  readonly #lease: Step<Lease<T>> = (manner) => this.leaseOne(manner);
  /** Leases that did not end. */
  readonly #leases = new Set<Lease<T>>();
  #deadLetters: DeadLetters<T> | undefined;
  /** One that was sent and can be used again. */
  #outbox: Outbox | undefined;

  /**
   * @param options limits and name; limits left out are taken from a named queue that exists
   * @param received only for `@mp`: the segment of a queue that came in a message
   * @throws TypeError, RangeError on bad options
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else or to a queue with other limits,
   * `ERR_MP_NO_SPACE` when the segment directory is full
   */
  constructor(options: QueueOptions = {}, received?: Segment) {
    super(received ? { segment: received, created: false } : openQueue(new.target.kind, options));
    const body = new Body(this.segment, new.target.order);
    const { title } = this.segment;
    this.#body = body;
    this.#entrance = new Entrance(body);
    this.#exit = new Exit(body);
    this.#puts = new Waits(body.putRoom, `Cannot put into the ${title}`, 'it is full');
    this.#gets = new Waits(body.getRoom, `Cannot get from the ${title}`, 'it is empty');
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
    return this.#body.maxSize;
  }

  /**
   * How many items can be taken: exact at one moment of this call. An item that is leased does not count; when it
   * comes back it does, even beyond `maxSize`.
   */
  get size(): number {
    this.assertOpen();
    this.#exit.mend();
    return this.#body.size;
  }

  /** Whether no item can be taken. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether a `put` would have to wait. Always `false` without limits. */
  get isFull(): boolean {
    this.assertOpen();
    this.#exit.mend();
    return !this.#body.hasSpace(1, 1);
  }

  /** Whether the queue was shut down, by anybody. */
  get isShutdown(): boolean {
    this.assertOpen();
    return !this.#body.isOpen;
  }

  /**
   * Items that were leased `maxAttempts` times and never acknowledged, and those that came back and cannot be read any
   * more, because what they mention is gone: a Connection went with the consumer that had received it.
   */
  get deadLetters(): DeadLetters<T> {
    this.#deadLetters ??= new DeadLetters<T>(this.#body, this.#exit, () => this.assertOpen());
    return this.#deadLetters;
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
    return this.#put(item, false, options);
  }

  /** Like {@link Queue.put} but blocks the thread. */
  putSync(item: T, options?: SyncWaitOptions): void {
    this.#putSync(item, false, options);
  }

  /**
   * Puts an item if there is space for it. Never waits.
   *
   * @returns whether it was put
   */
  tryPut(item: T, options?: object): boolean {
    return this.#tryPut(item, false, options);
  }

  /**
   * Puts several items at once, next to each other: all become visible together.
   *
   * @throws TypeError when `items` is no array, RangeError when there are more than `maxSize`; else as {@link Queue.put}
   */
  putMany(items: readonly T[], options?: WaitOptions): Promise<void> {
    return this.#put(items, true, options);
  }

  /** Like {@link Queue.putMany} but blocks the thread. */
  putManySync(items: readonly T[], options?: SyncWaitOptions): void {
    this.#putSync(items, true, options);
  }

  /**
   * Puts several items if there is space for all of them. Never waits.
   *
   * @returns whether they were put
   */
  tryPutMany(items: readonly T[], options?: object): boolean {
    return this.#tryPut(items, true, options);
  }

  /**
   * Takes the first item, or waits for one.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time (Python raises `Empty`)
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed in this thread
   */
  get(options?: WaitOptions): Promise<T> {
    return this.#get(this.#take, options);
  }

  /** Like {@link Queue.get} but blocks the thread. */
  getSync(options?: SyncWaitOptions): T {
    return this.#getSync(this.#take, options);
  }

  /**
   * Takes the first item if there is one. Never waits.
   *
   * @returns the item, or `undefined` when there is none now
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed in this thread
   */
  tryGet(): T | undefined {
    return this.#tryGet(this.#take);
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
      return this.#get(this.#batch(most), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like {@link Queue.getMany} but blocks the thread. */
  getManySync(most: number, options?: SyncWaitOptions): T[] {
    return this.#getSync(this.#batch(most), options);
  }

  /**
   * Takes up to `most` of the items that are there. Never waits.
   *
   * @returns the items, none when there are none now
   */
  tryGetMany(most: number): T[] {
    return this.#tryGet(this.#batch(most)) ?? [];
  }

  /** Takes items until the queue is shut down and drained. Leaving the loop leaves the rest in the queue. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return untilOver(
      () => this.get(),
      () => this.#isOver(),
    );
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
    return this.#get(this.#lease, options);
  }

  /** Like {@link Queue.lease} but blocks the thread. */
  leaseSync(options?: SyncWaitOptions): Lease<T> {
    return this.#getSync(this.#lease, options);
  }

  /**
   * Leases the first item if there is one. Never waits.
   *
   * @returns `undefined` when there is none now
   */
  tryLease(): Lease<T> | undefined {
    return this.#tryGet(this.#lease);
  }

  /** Leases items until the queue is shut down and everything in it is acknowledged. */
  leases(): AsyncGenerator<Lease<T>, void, undefined> {
    return untilOver(
      () => this.lease(),
      () => this.#isOver(),
    );
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
    const immediate = options.immediate === true;
    return this.#body.tellAll(() => {
      this.#entrance.shut(immediate ? DISCARDED : SHUT_DOWN);
      return immediate ? this.#exit.discard() : 0;
    });
  }

  /**
   * Puts of this thread that wait for space do not keep the process alive any more: it may end before they are in the
   * queue, and they are lost then. What is in the queue stays. Named after Python's `cancel_join_thread`.
   */
  cancelJoinThread(): void {
    this.assertOpen();
    this.#puts.unref();
  }

  /**
   * Lets go of the queue in this thread: pending waits reject, leases are given back, a later use throws. Items stay
   * for others; the last one out removes the queue, unless it has a name and items.
   */
  override close(): void {
    if (this.segment.closed) return;
    this.endWaits(this.closedError());
    for (const lease of [...this.#leases]) {
      lease.retry();
      lease.close();
    }
    const removable = this.name === undefined || this.#exit.isIdle;
    this.#exit.close();
    this.#body.ring.close();
    this.segment.close(removable);
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    const { file } = this.segment;
    return { kind: (this.constructor as typeof Queue).kind, data: file, segment: file };
  }

  /** @internal Ready when a `get` would not wait. */
  [WAITABLE](): Readiness {
    this.assertOpen();
    return { isReady: () => this.#exit.answers, room: this.#body.getRoom };
  }

  /** @internal Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. */
  get rescued(): number {
    const { putRoom, getRoom, joinRoom, letterRoom } = this.#body;
    return putRoom.rescued + getRoom.rescued + joinRoom.rescued + letterRoom.rescued;
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.#puts.failAll(error);
    this.#gets.failAll(error);
    this.#deadLetters?.failAll(error);
  }

  /** @internal For what a kind of queue adds. */
  protected get inside(): { readonly body: Body; readonly exit: Exit } {
    return { body: this.#body, exit: this.#exit };
  }

  /** @internal What follows each message of a put. */
  protected suffixOf(options: object | undefined): Uint8Array | undefined {
    if (options === undefined || !('priority' in options)) return undefined;
    throw new TypeError(`Cannot put with a priority into a ${this.constructor.name}: use a PriorityQueue`);
  }

  /** @internal What a `get` does when it does not have to wait. */
  protected takeOne(manner: Manner): T | undefined {
    return this.#exit.take(manner) as T | undefined;
  }

  /** @internal */
  protected takeSome(most: number, manner: Manner): T[] | undefined {
    return this.#exit.takeMany(most, manner) as T[] | undefined;
  }

  /** @internal */
  protected leaseOne(manner: Manner): Lease<T> | undefined {
    const leased = this.#exit.lease(manner);
    return leased === undefined ? undefined : this.#lent(leased);
  }

  /** @internal */
  protected leaseSome(most: number, manner: Manner): Lease<T>[] | undefined {
    return this.#exit.leaseMany(most, manner)?.map((leased) => this.#lent(leased));
  }

  /** @param isBatch whether `what` is an array of items, instead of one */
  #pack(what: T | readonly T[], isBatch: boolean, options: object | undefined): Outbox {
    if (isBatch) this.#checkBatch(what);
    const outbox = this.#outbox ?? new Outbox(this.#body.carrier);
    // It is ours until it was sent: packing may run code of the user that puts something itself.
    this.#outbox = undefined;
    if (isBatch) outbox.packMany(what as readonly T[], this.suffixOf(options));
    else outbox.packOne(what, this.suffixOf(options));
    return outbox;
  }

  #checkBatch(items: unknown): void {
    if (!Array.isArray(items)) {
      throw new TypeError(`items must be an array, not ${items === null ? 'null' : typeof items}`);
    }
    if (items.length > this.maxSize) {
      throw new RangeError(`Cannot put ${items.length} items at once: maxSize is ${this.maxSize}`);
    }
  }

  #put(what: T | readonly T[], isBatch: boolean, options: WaitOptions | undefined): Promise<void> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      const outbox = this.#pack(what, isBatch, options);
      return this.#putNow(outbox, 'now') ? (dueTurn() ?? DONE) : this.#putLater(outbox, deadline, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #putSync(what: T | readonly T[], isBatch: boolean, options: SyncWaitOptions | undefined): void {
    this.assertOpen();
    const deadline = deadlineOf(options);
    const outbox = this.#pack(what, isBatch, options);
    if (this.#putNow(outbox, 'now')) return;
    try {
      // Nothing else is encoded while this thread waits: the message may stay where it is.
      this.#puts.laterSync((manner) => this.#enter(outbox, manner), deadline, options);
    } catch (error) {
      outbox.drop();
      throw error;
    }
  }

  #tryPut(what: T | readonly T[], isBatch: boolean, options: object | undefined): boolean {
    this.assertOpen();
    const outbox = this.#pack(what, isBatch, options);
    if (this.#putNow(outbox, 'try')) return true;
    outbox.drop();
    return false;
  }

  #putNow(outbox: Outbox, manner: Manner): boolean {
    if (outbox.count === 0) return true;
    if (!this.#puts.isFree) return false;
    try {
      if (this.#enter(outbox, manner) === undefined) return false;
    } catch (error) {
      outbox.drop();
      throw error;
    }
    outbox.clear();
    this.#outbox = outbox;
    return true;
  }

  async #putLater(outbox: Outbox, deadline: number, options: WaitOptions | undefined): Promise<void> {
    outbox.keep();
    try {
      await this.#puts.later((manner) => this.#enter(outbox, manner), deadline, options);
    } catch (error) {
      outbox.drop();
      throw error;
    }
  }

  #enter(outbox: Outbox, manner: Manner): true | undefined {
    const done = this.#entrance.put(outbox, manner);
    if (done || manner === 'now' || manner === 'waiting') return done;
    // Full, it seems: that may be a count of one who died.
    return this.#exit.mend() ? this.#entrance.put(outbox, manner) : undefined;
  }

  /** Whether nothing will come any more. @throws ClosedError when it was closed in this thread */
  #isOver(): boolean {
    this.assertOpen();
    return this.#exit.isOver;
  }

  #get<R>(step: Step<R>, options: WaitOptions | undefined): Promise<R> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      const result = this.#gets.now(step);
      if (result === undefined) return this.#gets.later(step, deadline, options);
      return dueTurn()?.then(() => result) ?? Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #getSync<R>(step: Step<R>, options: SyncWaitOptions | undefined): R {
    this.assertOpen();
    const deadline = deadlineOf(options);
    return this.#gets.now(step) ?? this.#gets.laterSync(step, deadline, options);
  }

  #tryGet<R>(step: Step<R>): R | undefined {
    this.assertOpen();
    return this.#gets.try(step);
  }

  #batch(most: number): Step<T[]> {
    if (!Number.isInteger(most) || most < 1 || most > 2 ** 30) {
      throw new RangeError(`most must be a whole number from 1 to 2^30, not ${most}`);
    }
    return (manner) => this.takeSome(most, manner);
  }

  #lent({ delivery, value }: Leased): Lease<T> {
    const lease: Lease<T> = new Lease<T>(value as T, delivery.attempt, {
      end: (isDone) => {
        const ended = this.#exit.end(delivery, isDone ? 'done' : 'again');
        this.#leases.delete(lease);
        return ended;
      },
    });
    this.#leases.add(lease);
    return lease;
  }
}

registerQueue(Queue);
