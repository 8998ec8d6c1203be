import { ClosedError, MpError, type SyncWaitOptions, TimeoutError, type WaitOptions } from '@mp/core';
import {
  type Attempt,
  type Carrier,
  deadlineIn,
  HANDLE,
  type HandleRecord,
  LOOK,
  RecordRing,
  Room,
  registerHandle,
  Segment,
  type SegmentPlan,
  segmentCarrier,
  WaitLine,
} from '@mp/core/internal';
import { decode, encode } from '@mp/serde/internal';
import { Latch } from './latch.ts';
import {
  DISCARDED,
  FIRST_RING,
  FIRST_RING_BYTES,
  GET_ROOM,
  HEAD_LATCH,
  MAX_BYTES,
  MAX_SIZE,
  OPEN,
  PUT_ROOM,
  QUEUE_BYTES,
  QUEUE_VERSION,
  RINGS,
  ROOM_CAPACITY,
  SHUT_DOWN,
  STATE,
  TAIL_LATCH,
} from './layout.ts';
import { Outbox } from './outbox.ts';

/** What a new {@link Queue} may be told. */
export interface QueueOptions {
  /** Shares the queue with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
  /** Items that may lie in the queue, 1 to 2³⁰; a `put` beyond waits. Absent: no limit. */
  maxSize?: number;
  /** Bytes of messages that may lie in the queue, 1 to 2⁵⁰; a `put` beyond waits. Absent: no limit. */
  maxBytes?: number;
}

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
export class Queue<T = unknown> {
  /** Whether this object made the queue, or found it made under its name. */
  readonly created: boolean;
  readonly #segment: Segment;
  readonly #carrier: Carrier;
  readonly #ring: RecordRing;
  readonly #tail: Latch;
  readonly #head: Latch;
  readonly #putRoom: Room;
  readonly #getRoom: Room;
  readonly #putLine: WaitLine;
  readonly #getLine: WaitLine;
  readonly #maxSize: number;
  readonly #maxBytes: number;
  readonly #take: Attempt<{ value: T }>;
  #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  /**
   * @param options limits and name; limits left out are taken from a named queue that exists
   * @param received only for `@mp`: the segment of a queue that came in a message
   * @throws TypeError, RangeError on bad options
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else or to a queue with other limits,
   * `ERR_MP_NO_SPACE` when the segment directory is full
   */
  constructor(options: QueueOptions = {}, received?: Segment) {
    const { segment, created } = received ? { segment: received, created: false } : open(options);
    this.created = created;
    this.#segment = segment;
    const { words } = segment;
    this.#maxSize = words[MAX_SIZE] || Infinity;
    this.#maxBytes = segment.floats[MAX_BYTES] || Infinity;
    this.#carrier = segmentCarrier(segment);
    this.#ring = new RecordRing(segment, RINGS, FIRST_RING, FIRST_RING_BYTES);
    this.#putRoom = new Room(words, PUT_ROOM, ROOM_CAPACITY);
    this.#getRoom = new Room(words, GET_ROOM, ROOM_CAPACITY);
    this.#tail = new Latch(words, TAIL_LATCH, this.#putRoom);
    this.#head = new Latch(words, HEAD_LATCH, this.#getRoom);
    this.#putLine = new WaitLine(this.#putRoom);
    this.#getLine = new WaitLine(this.#getRoom);
    this.#take = (reason) => this.#attemptTake(reason === LOOK);
  }

  /** The name it was given, if any. */
  get name(): string | undefined {
    return this.#segment.name;
  }

  /** How many items may lie in the queue; `Infinity` = no limit. */
  get maxSize(): number {
    return this.#maxSize;
  }

  /** How many items lie in the queue: exact at one moment of this call. */
  get size(): number {
    this.#assertOpen();
    return this.#ring.size;
  }

  /** Whether no item lies in the queue. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether a `put` would have to wait. Always `false` without limits. */
  get isFull(): boolean {
    this.#assertOpen();
    return !this.#hasRoom(1, 1);
  }

  /** Whether the queue was shut down, by anybody. */
  get isShutdown(): boolean {
    this.#assertOpen();
    return this.#state !== OPEN;
  }

  /**
   * Puts an item at the end. The promise resolves when other processes can see it; without limits that is at once.
   * Calls keep their order, awaited or not.
   *
   * @param item anything but `undefined`, which means "nothing" in {@link Queue.tryGet}; send `null`
   * @param options `timeout` in ms and `signal` for the wait of a bounded queue
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be sent
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it stayed full
   * @throws ClosedError `ERR_MP_CLOSED` when it was shut down, or closed in this thread
   * @throws MpError `ERR_MP_NO_SPACE` when the segment directory is full; the queue is as before
   */
  put(item: T, options?: WaitOptions): Promise<void> {
    return this.#put([item], options, 'put');
  }

  /** Like {@link Queue.put} but blocks the thread. */
  putSync(item: T, options?: SyncWaitOptions): void {
    this.#assertOpen();
    const outbox = this.#pack([item]);
    if (this.#putLine.isEmpty && this.#attemptPut(outbox, false)) return;
    const deadline = deadlineIn(options?.timeout);
    outbox.keep();
    const done = this.#orDrop(outbox, () =>
      this.#putLine.waitSync((reason) => this.#attemptPut(outbox, reason === LOOK), deadline),
    );
    if (done === undefined) throw this.#full(outbox, options?.timeout);
  }

  /**
   * Puts an item if there is space for it. Never waits.
   *
   * @returns whether it was put
   */
  tryPut(item: T): boolean {
    this.#assertOpen();
    if (!this.#putLine.isEmpty) return false;
    const outbox = this.#pack([item]);
    if (this.#orDrop(outbox, () => this.#tail.tryLock() && this.#putLocked(outbox))) return true;
    outbox.drop();
    return false;
  }

  /**
   * Puts several items at once, next to each other: all become visible together.
   *
   * @throws RangeError when there are more than `maxSize`
   */
  putMany(items: readonly T[], options?: WaitOptions): Promise<void> {
    if (items.length > this.#maxSize) {
      return Promise.reject(
        new RangeError(`Cannot put ${items.length} items at once: maxSize is ${this.#maxSize}`),
      );
    }
    return items.length === 0 ? Promise.resolve() : this.#put(items, options, 'putMany');
  }

  /**
   * Takes the first item, or waits for one.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time (Python raises `Empty`)
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed in this thread
   */
  get(options?: WaitOptions): Promise<T> {
    const signal = options?.signal;
    try {
      this.#assertOpen();
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (this.#getLine.isEmpty) {
        const taken = this.#attemptTake(false);
        if (taken !== undefined) return Promise.resolve(taken.value);
      }
      return this.#getLater(options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like {@link Queue.get} but blocks the thread. */
  getSync(options?: SyncWaitOptions): T {
    this.#assertOpen();
    if (this.#getLine.isEmpty) {
      const taken = this.#attemptTake(false);
      if (taken !== undefined) return taken.value;
    }
    const taken = this.#getLine.waitSync(this.#take, deadlineIn(options?.timeout));
    if (taken === undefined) throw this.#empty(options?.timeout);
    return taken.value;
  }

  /**
   * Takes the first item if there is one. Never waits.
   *
   * @returns the item, or `undefined` when there is none now
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed in this thread
   */
  tryGet(): T | undefined {
    this.#assertOpen();
    if (this.#ring.isEmpty) {
      this.#assertMore();
      return undefined;
    }
    if (!this.#head.tryLock()) return undefined;
    return this.#takeLocked()?.value;
  }

  /**
   * Takes up to `most` items at once; waits for the first one only.
   *
   * @param most 1 to 2³⁰
   * @returns at least one item
   */
  async getMany(most: number, options?: WaitOptions): Promise<T[]> {
    if (!Number.isInteger(most) || most < 1)
      throw new RangeError(`most must be a whole number from 1, not ${most}`);
    const items: T[] = [await this.get(options)];
    while (items.length < most && !this.#ring.isEmpty) {
      const item = this.tryGet();
      if (item === undefined) break;
      items.push(item);
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
        if (ClosedError[Symbol.hasInstance](error) && !this.#segment.closed) return;
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
    this.#assertOpen();
    Atomics.store(this.#segment.words, STATE, options.immediate ? DISCARDED : SHUT_DOWN);
    const discarded = options.immediate ? this.#discard() : 0;
    this.#putRoom.notify(ROOM_CAPACITY);
    this.#getRoom.notify(ROOM_CAPACITY);
    return discarded;
  }

  /**
   * Lets go of the queue in this thread: pending waits reject, a later use throws. Items stay for others; the last
   * one out removes the queue, unless it has a name and items.
   */
  close(): void {
    if (this.#segment.closed) return;
    const error = this.#closedError();
    this.#putLine.failAll(error);
    this.#getLine.failAll(error);
    const removable = this.name === undefined || this.#ring.isEmpty;
    this.#ring.close();
    this.#segment.close(removable);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Removes a named queue when nobody uses it any more, with what lies in it; this object is closed first.
   *
   * @returns whether the name is free now
   * @throws TypeError when the queue has no name
   */
  unlink(): boolean {
    const { name } = this;
    if (name === undefined)
      throw new TypeError('Cannot unlink a Queue without a name: it goes with its last user');
    this.close();
    return Segment.removeNamed(name);
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.#assertOpen();
    return { kind: 'queue', data: this.#segment.file, segment: this.#segment.file };
  }

  /** Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. @internal */
  get rescued(): number {
    return this.#putRoom.rescued + this.#getRoom.rescued;
  }

  get #state(): number {
    return Atomics.load(this.#segment.words, STATE);
  }

  #pack(items: readonly T[]): Outbox {
    return new Outbox(items, this.#carrier, encode);
  }

  #put(items: readonly T[], options: WaitOptions | undefined, name: string): Promise<void> {
    const signal = options?.signal;
    try {
      this.#assertOpen();
      if (signal?.aborted) return Promise.reject(signal.reason);
      const outbox = this.#pack(items);
      if (this.#putLine.isEmpty && this.#orDrop(outbox, () => this.#attemptPut(outbox, false))) return DONE;
      outbox.keep();
      return this.#putLater(outbox, options, name);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #putLater(outbox: Outbox, options: WaitOptions | undefined, _name: string): Promise<void> {
    const deadline = deadlineIn(options?.timeout);
    let done: true | undefined;
    try {
      done = await this.#putLine.wait(
        (reason) => this.#attemptPut(outbox, reason === LOOK),
        deadline,
        options?.signal,
      );
    } catch (error) {
      outbox.drop();
      throw error;
    }
    if (done === undefined) throw this.#full(outbox, options?.timeout);
  }

  async #getLater(options: WaitOptions | undefined): Promise<T> {
    const taken = await this.#getLine.wait(this.#take, deadlineIn(options?.timeout), options?.signal);
    if (taken === undefined) throw this.#empty(options?.timeout);
    return taken.value;
  }

  #attemptPut(outbox: Outbox, look: boolean): true | undefined {
    this.#assertTakesMore();
    if (!this.#hasRoom(outbox.count, outbox.bytes)) return undefined;
    if (!this.#tail.attempt(look)) return undefined;
    return this.#putLocked(outbox) || undefined;
  }

  /** The tail latch is held; it is not when this returns or throws. */
  #putLocked(outbox: Outbox): boolean {
    const waited = this.#getRoom.announced;
    if (waited) this.#getRoom.beginNotify();
    try {
      try {
        this.#assertTakesMore();
        if (!this.#hasRoom(outbox.count, outbox.bytes)) return false;
        outbox.lay(this.#ring);
        this.#ring.commit();
      } finally {
        this.#tail.unlock();
      }
      if (this.#getRoom.announced && this.#getRoom.notify(outbox.count) === 0) this.#getRoom.settle();
      if (this.#putRoom.announced && this.#hasRoom(1, 1)) this.#wakePutter();
      return true;
    } finally {
      if (waited) this.#getRoom.endNotify();
    }
  }

  #attemptTake(look: boolean): { value: T } | undefined {
    if (this.#ring.isEmpty) {
      this.#assertMore();
      return undefined;
    }
    return this.#head.attempt(look) ? this.#takeLocked() : undefined;
  }

  /** The head latch is held; it is not when this returns or throws. */
  #takeLocked(): { value: T } | undefined {
    const waited = this.#putRoom.announced;
    if (waited) this.#putRoom.beginNotify();
    let bytes: Buffer;
    try {
      try {
        const record = this.#ring.peek();
        if (record === undefined) return undefined;
        const length = record.end - record.start;
        bytes = length <= SCRATCH_BYTES ? this.#scratch : Buffer.allocUnsafeSlow(length);
        record.source.copy(bytes, 0, record.start, record.end);
        if (length < bytes.length) bytes = bytes.subarray(0, length);
        this.#ring.take(record);
      } finally {
        this.#head.unlock();
      }
      if (this.#putRoom.announced) this.#wakePutter();
    } finally {
      if (waited) this.#putRoom.endNotify();
    }
    return { value: decode(bytes, this.#carrier) as T };
  }

  #wakePutter(): void {
    if (this.#putRoom.notify(1) === 0) this.#putRoom.settle();
  }

  #hasRoom(items: number, bytes: number): boolean {
    if (this.#maxSize !== Infinity && this.#ring.size + items > this.#maxSize) return false;
    if (this.#maxBytes === Infinity) return true;
    return this.#ring.isEmpty || this.#ring.bytes + bytes <= this.#maxBytes;
  }

  #discard(): number {
    let count = 0;
    while (!this.#ring.isEmpty) {
      if (!this.#head.tryLock()) continue;
      try {
        for (let record = this.#ring.peek(); record !== undefined; record = this.#ring.peek()) {
          this.#ring.take(record);
          count++;
        }
      } finally {
        this.#head.unlock();
      }
    }
    return count;
  }

  #orDrop<R>(outbox: Outbox, body: () => R): R {
    try {
      return body();
    } catch (error) {
      outbox.drop();
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.#segment.words.length === 0) throw this.#closedError();
  }

  #assertTakesMore(): void {
    if (this.#state !== OPEN)
      throw new ClosedError(`Cannot put into the ${this.#segment.title}: it was shut down`);
  }

  /** An empty queue gives more only while it is open; what was put before the shutdown is seen first. */
  #assertMore(): void {
    if (this.#state === OPEN || !this.#ring.isEmpty) return;
    throw new ClosedError(`Cannot get from the ${this.#segment.title}: it was shut down and is empty`);
  }

  #closedError(): ClosedError {
    return new ClosedError(`Cannot use the ${this.#segment.title}: it was closed in this thread`);
  }

  #full(outbox: Outbox, timeout: number | undefined): TimeoutError {
    outbox.drop();
    return new TimeoutError(`Cannot put into the ${this.#segment.title} within ${timeout} ms: it is full`);
  }

  #empty(timeout: number | undefined): TimeoutError {
    return new TimeoutError(`Cannot get from the ${this.#segment.title} within ${timeout} ms: it is empty`);
  }
}

/** Messages up to this are taken through one buffer that is reused. */
const SCRATCH_BYTES = 16 << 10;

const DONE = Promise.resolve();

function open(options: QueueOptions): { segment: Segment; created: boolean } {
  if (options === null || typeof options !== 'object') {
    throw new TypeError(
      `options must be an object like { maxSize }, not ${options === null ? 'null' : typeof options}`,
    );
  }
  const maxSize = limit('maxSize', options.maxSize, 2 ** 30);
  const maxBytes = limit('maxBytes', options.maxBytes, 2 ** 50);
  const plan: SegmentPlan = {
    kind: 'queue',
    version: QUEUE_VERSION,
    size: QUEUE_BYTES,
    fill: ({ words, floats }) => {
      words[MAX_SIZE] = maxSize ?? 0;
      floats[MAX_BYTES] = maxBytes ?? 0;
    },
  };
  if (options.name === undefined) return { segment: Segment.create(plan), created: true };
  const opened = Segment.openNamed(options.name, plan);
  const { words, floats } = opened.segment;
  const wrong =
    differs('maxSize', maxSize, words[MAX_SIZE]) ?? differs('maxBytes', maxBytes, floats[MAX_BYTES]);
  if (wrong === undefined) return opened;
  opened.segment.close();
  throw new MpError('ERR_MP_MISMATCH', `Cannot open the Queue ${JSON.stringify(options.name)}: ${wrong}`);
}

function limit(name: string, value: number | undefined, most: number): number | undefined {
  if (value === undefined || value === Infinity) return value === undefined ? undefined : 0;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not a ${typeof value}`);
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new RangeError(
      `${name} must be a whole number from 1 to ${most}, not ${value}; leave it out for no limit`,
    );
  }
  return value;
}

function differs(name: string, asked: number | undefined, found: number): string | undefined {
  if (asked === undefined || asked === found) return undefined;
  return `its ${name} is ${found || 'unlimited'}, not ${asked || 'unlimited'}`;
}

registerHandle('queue', {
  package: '@mp/queue',
  decode: (file) => {
    if (typeof file !== 'string')
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a Queue: its handle is damaged');
    return new Queue({}, Segment.attach(file, 'queue', QUEUE_VERSION));
  },
});
