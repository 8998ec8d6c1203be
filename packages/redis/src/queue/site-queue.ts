import { NotOwnerError, TimeoutError, type WaitOptions } from '@mp/core';
import { checkOptions, deadlineOf, HANDLE, type HandleRecord } from '@mp/core/internal';
import { siteHandle } from '../message.ts';
import type { Session } from '../session.ts';
import { bodiesOf } from './bodies.ts';
import { ItemReader } from './item-reader.ts';
import { isOver, OverError } from './over.ts';
import { PutLine } from './put-line.ts';
import { QueueLink, type Seen } from './queue-link.ts';
import { QueueLoop } from './queue-loop.ts';
import { checkMost, checkQueue, PUT_OPTIONS, type SiteQueueOptions } from './queue-options.ts';
import { SHUT_DOWN, UNLINK } from './scripts.ts';
import { Settler } from './settler.ts';
import { SiteDeadLetters } from './site-dead-letters.ts';
import { SiteLease } from './site-lease.ts';
import { type Item, type Mode, TakeLine } from './take-line.ts';

/**
 * A first-in first-out queue in Redis, for all machines that reach it. It has the verbs, options and errors of `Queue` of
 * `@mp/queue`, which is far faster where all are on one machine. What is a property there is a promise here: `await queue.size`.
 *
 * - **At least once.** An item that was got or leased comes back when its consumer dies: one second after another consumer
 *   notices that nobody listens for it any more, and at the latest after `visibility`. A plain `get` is confirmed with the next
 *   call of this object, or 2 ms later.
 * - A `put` is done when Redis has it. What Redis itself loses with its machine depends on its append-only file and replicas.
 * - A put that gives up while Redis is asked ends as Redis says; nothing appears later that was not put. If Redis is away then, it
 *   rejects with `ERR_MP_DISCONNECTED`: it may have happened, or may still.
 * - It stays until {@link SiteQueue.unlink}, empty or not.
 *
 * @typeParam T what the items are; `undefined` is none
 *
 * @example
 * ```js
 * import { connectRedis } from '@mp/redis';
 *
 * const site = await connectRedis(process.env.REDIS_URL, { namespace: 'example' });
 * const queue = site.queue('jobs', { maxSize: 100 });
 * await queue.put({ id: 1 });
 * console.log(await queue.size, await queue.get()); // 1 { id: 1 }
 * await queue.unlink();
 * await site.close();
 * ```
 */
export class SiteQueue<T = unknown> {
  /** By which all machines find it. */
  readonly name: string;
  /** @internal */
  protected readonly link: QueueLink;
  /** @internal */
  protected readonly settler: Settler;
  readonly #session: Session;
  readonly #puts: PutLine;
  readonly #gets: TakeLine;
  readonly #leases = new Map<string, SiteLease<T>>();
  readonly #forget: () => void;
  readonly #reader: ItemReader<T>;
  #deadLetters: SiteDeadLetters<T> | undefined;
  #closing: Promise<void> | undefined;

  /** @internal Made by `site.queue()`. */
  constructor(session: Session, name: string, options: SiteQueueOptions = {}) {
    const { kind } = new.target as unknown as { kind: string };
    const title = `${kind} "${name}"`;
    this.name = name;
    this.#session = session;
    this.link = new QueueLink(
      session,
      { kind, name, title, limits: checkQueue(options, `${kind}()`) },
      (error) => this.onLost(error),
    );
    this.settler = new Settler(this.link);
    this.#reader = new ItemReader<T>({
      session,
      settler: this.settler,
      title,
      assertOpen: () => this.assertOpen(),
    });
    this.#puts = new PutLine(this.link);
    this.#gets = new TakeLine(this.link, this.settler, {
      word: 'gets',
      isLifo: kind === 'lifoQueue',
      late: (timeout) => new TimeoutError(`Cannot get from the ${title}: it was empty for ${timeout} ms`),
      over: () => new OverError(`Cannot get from the ${title}: it was shut down and is empty`),
      lost: (tokens) => this.#lostSome(tokens),
      unsure: () => this.#gets.doubt(),
    });
    const forgetAgain = session.onAgain(() => this.#gets.recheck());
    const forgetClose = session.onClose(async () => {
      this.close();
      await this.#closing;
    });
    this.#forget = () => {
      forgetAgain();
      forgetClose();
    };
  }

  /** @internal */
  static get kind(): string {
    return 'queue';
  }

  /** How many items may lie in the queue; `Infinity` = no limit. */
  get maxSize(): Promise<number> {
    return this.#guarded(() => this.link.maxSize());
  }

  /** How many items can be taken: exact at one moment of this call. An item that is leased does not count. */
  get size(): Promise<number> {
    return this.#look().then(({ ready }) => ready);
  }

  /** Whether no item can be taken. */
  get isEmpty(): Promise<boolean> {
    return this.#look().then(({ ready }) => ready === 0);
  }

  /** Whether a `put` would have to wait. */
  get isFull(): Promise<boolean> {
    return this.#look().then(({ ready, maxSize }) => maxSize > 0 && ready >= maxSize);
  }

  /** Whether the queue was shut down, by anybody. */
  get isShutdown(): Promise<boolean> {
    return this.#look().then(({ state }) => state !== 'open');
  }

  /** Items that were leased `maxAttempts` times and never acknowledged. */
  get deadLetters(): SiteDeadLetters<T> {
    this.#deadLetters ??= new SiteDeadLetters<T>({
      link: this.link,
      settler: this.settler,
      count: () => this.#look().then(({ letters }) => letters),
      open: (item) => {
        const value = this.#reader.read(item, 'dead letter');
        this.settler.confirm(item.id, item.token);
        return value;
      },
      doubt: () => this.#gets.doubt(),
    });
    if (this.#closing !== undefined) this.#deadLetters.close(this.link.closed());
    return this.#deadLetters;
  }

  /**
   * Puts an item at the end. The promise resolves when Redis has it. Calls keep their order, awaited or not; those of one turn of
   * the event loop go together.
   *
   * @param item anything but `undefined`, which means "nothing" in {@link SiteQueue.tryGet}; send `null`
   * @param options `timeout` in ms and `signal`, for the wait of a queue that is full
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be sent, like what lies in shared memory
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it stayed full
   * @throws ClosedError `ERR_MP_CLOSED` when it was shut down, or closed here
   * @throws MpError `ERR_MP_NO_SPACE` when Redis is full; the queue is as before
   */
  async put(item: T, options: WaitOptions = {}): Promise<void> {
    await this.#put([item], false, options);
  }

  /** Puts an item if there is space for it. @returns whether it was put */
  async tryPut(item: T, options?: object): Promise<boolean> {
    return this.#tryPut([item], false, options);
  }

  /**
   * Puts several items at once, next to each other: all become visible together, in one round trip.
   *
   * @throws TypeError when `items` is no array, RangeError when there are more than `maxSize`; else as {@link SiteQueue.put}
   */
  async putMany(items: readonly T[], options: WaitOptions = {}): Promise<void> {
    await this.#put(items, true, options);
  }

  /** Puts several items if there is space for all of them. @returns whether they were put */
  async tryPutMany(items: readonly T[], options?: object): Promise<boolean> {
    return this.#tryPut(items, true, options);
  }

  /**
   * Takes the first item, or waits for one.
   *
   * @param options `timeout` in ms, which may take up to 2 s more while Redis does not answer, and `signal`
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed here
   * @throws SerializationError `ERR_MP_SERIALIZATION` when it cannot be read here: it is a dead letter then
   */
  async get(options: WaitOptions = {}): Promise<T> {
    const [item] = await this.take(this.getMode, 1, options);
    return this.#got(item);
  }

  /** Takes the first item if there is one. @returns the item, or `undefined`. @throws ClosedError as {@link SiteQueue.get} */
  async tryGet(): Promise<T | undefined> {
    const [item] = await this.#tryTake(this.getMode, 1);
    return item && this.#got(item);
  }

  /**
   * Takes up to `most` items, in one round trip; waits for the first one only.
   *
   * @param most 1 to 2³⁰
   * @returns at least one item
   * @throws RangeError on a bad `most`; else as {@link SiteQueue.get}
   */
  async getMany(most: number, options: WaitOptions = {}): Promise<T[]> {
    const items = await this.take(this.getMode, checkMost(most), options);
    return this.#reader.all(items, (item) => this.#got(item));
  }

  /** Takes up to `most` of the items that are there. @returns the items, maybe none */
  async tryGetMany(most: number): Promise<T[]> {
    const items = await this.#tryTake(this.getMode, checkMost(most));
    return this.#reader.all(items, (item) => this.#got(item));
  }

  /** Takes items until the queue is shut down and drained. Leaving the loop leaves the rest in the queue. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return new QueueLoop({ next: () => this.get(), isOver });
  }

  /**
   * Takes the first item, or waits for one, and keeps it in the queue until it is acknowledged: given back, or when this
   * consumer is not heard of any more, it is delivered again.
   *
   * @throws as {@link SiteQueue.get}; after a shutdown it waits for what is leased, which may come back
   */
  async lease(options: WaitOptions = {}): Promise<SiteLease<T>> {
    const [item] = await this.take('l', 1, options);
    return this.#leased(item);
  }

  /** Leases the first item if there is one. @returns `undefined` when there is none now */
  async tryLease(): Promise<SiteLease<T> | undefined> {
    const [item] = await this.#tryTake('l', 1);
    return item && this.#leased(item);
  }

  /** Leases items until the queue is shut down and all in it is acknowledged. */
  leases(): AsyncIterableIterator<SiteLease<T>, void, undefined> {
    return new QueueLoop({ next: () => this.lease(), isOver });
  }

  /**
   * Ends the queue for all its users: puts reject, gets drain what is left and then reject, `for await` ends.
   *
   * @param options `immediate` discards what is left, and later what comes back
   * @returns how many items were discarded
   */
  async shutdown(options: { immediate?: boolean } = {}): Promise<number> {
    this.assertOpen();
    checkOptions(options, 'shutdown()', ['immediate']);
    const [, discarded] = (await this.link.run(SHUT_DOWN, [options.immediate === true ? 1 : 0])) as number[];
    return discarded;
  }

  /**
   * Removes the queue with all that is in it, for all its users: who uses it on has a new one.
   *
   * @returns whether there was one
   */
  async unlink(): Promise<boolean> {
    this.assertOpen();
    return (await this.link.run(UNLINK, [])) === 1;
  }

  /** Lets go of the queue here: waits here reject, leases are given back. `site.close()` waits for that. Safe to call again. */
  close(): void {
    if (this.#closing !== undefined) return;
    const error = this.link.closed();
    for (const lease of this.#leases.values()) lease.close();
    this.#leases.clear();
    this.closeWaits(error);
    // The errors of a Redis that is gone: what is leased comes back without us.
    this.#closing = this.#leave().catch(() => {});
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes it, and waits until Redis knows. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#closing;
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    return siteHandle(this.#session, this.link.order.kind, this.name);
  }

  /** @internal How a plain get takes an item. */
  protected get getMode(): Mode {
    return 'g';
  }

  /** @internal An item was got: it is confirmed, or noted. */
  protected note(item: Item): void {
    this.settler.confirm(item.id, item.token);
  }

  /** @internal */
  protected priorityOf(options: object | undefined): number {
    if (options === undefined || options === null || !('priority' in options)) return 0;
    throw new TypeError(`Cannot put with a priority into the ${this.link.title}: use a PriorityQueue`);
  }

  /** @internal */
  protected closeWaits(error: ReturnType<QueueLink['closed']>): void {
    this.#puts.close(error);
    this.#gets.close(error);
    this.#deadLetters?.close(error);
  }

  /** @internal All that this object had comes back. */
  protected onLost(error: NotOwnerError): void {
    this.settler.lost(error);
    for (const lease of this.#leases.values()) lease.lose(error);
    this.#leases.clear();
  }

  /** Redis has lost these leases, with its memory, or its replica has never heard of them. */
  #lostSome(tokens: readonly string[]): void {
    for (const token of tokens) {
      const lease = this.#leases.get(token);
      this.#leases.delete(token);
      lease?.lose(
        new NotOwnerError(
          `Lost a lease of the ${this.link.title}: Redis does not know of it any more. Another consumer may have the item`,
        ),
      );
    }
  }

  /** @internal */
  protected assertOpen(): void {
    if (this.#closing !== undefined) throw this.link.closed();
  }

  /** @internal */
  protected async take(mode: Mode, most: number, options: WaitOptions): Promise<readonly Item[]> {
    this.#mayTake();
    return this.#gets.take(mode, most, options, deadlineOf(options));
  }

  async #tryTake(mode: Mode, most: number): Promise<readonly Item[]> {
    this.#mayTake();
    return this.#gets.take(mode, most, undefined, 0);
  }

  #mayTake(): void {
    this.assertOpen();
    this.#reader.throwFailure();
  }

  async #put(items: readonly T[], isBatch: boolean, options: WaitOptions): Promise<void> {
    this.assertOpen();
    const deadline = deadlineOf(options, PUT_OPTIONS);
    const rank = this.priorityOf(options);
    const bodies = bodiesOf(this.#session, items, isBatch);
    if (await this.#puts.put(bodies, rank, options, deadline)) return;
    throw new TimeoutError(`Cannot put into the ${this.link.title}: it is full`);
  }

  async #tryPut(items: readonly T[], isBatch: boolean, options: object | undefined): Promise<boolean> {
    this.assertOpen();
    if (options !== undefined)
      checkOptions<{ priority?: number }>(options, 'A put that does not wait', PUT_OPTIONS);
    const rank = this.priorityOf(options);
    return this.#puts.put(bodiesOf(this.#session, items, isBatch), rank, undefined, 0);
  }

  /** An item is the user's from now on. */
  #got(item: Item): T {
    const value = this.#reader.read(item);
    this.note(item);
    return value;
  }

  #leased(item: Item): SiteLease<T> {
    const value = this.#reader.read(item);
    const lease = new SiteLease<T>(value, item, {
      title: this.link.title,
      end: async ({ id, token }, verdict) => {
        const hasEnded = await this.settler.end(id, token, verdict);
        this.#leases.delete(token);
        return hasEnded;
      },
    });
    this.#leases.set(item.token, lease);
    return lease;
  }

  async #look(): Promise<Seen> {
    this.assertOpen();
    return this.link.look();
  }

  async #guarded<R>(ask: () => Promise<R>): Promise<R> {
    this.assertOpen();
    return ask();
  }

  async #leave(): Promise<void> {
    this.#forget();
    await this.settler.idle();
    await this.link.leave();
  }
}
