import { availableParallelism } from 'node:os';
import type { ClosedError, SyncWaitOptions, WaitOptions } from '@mp/core';
import {
  checkOptions,
  deadlineOf,
  deadlineOfSync,
  dueTurn,
  HANDLE,
  type HandleRecord,
  type Kind,
  type Opened,
  Primitive,
  type Readiness,
  type ShortWay,
  WAITABLE,
} from '@mp/core/internal';
import { DeadLetters } from './dead-letters.ts';
import { GetSide, type Leased } from './get-side.ts';
import type { Manner } from './latch.ts';
import { Lease } from './lease.ts';
import { PendingPut } from './pending-put.ts';
import { PutSide } from './put-side.ts';
import { QueueState } from './queue-state.ts';
import { openShortWay } from './short-item.ts';
import type { Order } from './store.ts';
import { type Read, type ReadTaken, type Step, Waits } from './waits.ts';

const DONE = Promise.resolve();
const isPut = (): true => true;

/** The options of a put beside those of a wait: a queue that has no priorities refuses them with words of its own. */
const PUT_OPTIONS = ['priority'] as const;

/**
 * A message that waits for space is copied first, as the caller may change the value meanwhile. To copy a large one takes as
 * long as the consumer takes for one: before that, the thread tries again for as long as the copy would take.
 */
const LARGE_BYTES = 64 << 10;
const COPY_MS_OF_BYTE = availableParallelism() > 1 ? 0.1 / (1 << 20) : 0;
const COPY_MOST_MS = 0.4;
/** After so many tries in vain, one after the other, that is given up for this many messages. */
const VAIN_TRIES = 4;
const MODEST_PUTS = 100;

/** The native part would keep the memory of a queue that the program has lost without a `close()`. */
const forgotten = new FinalizationRegistry<ShortWay>((way) => way.close());

/**
 * How items flow through one queue object: its two sides and the waits of this thread there, in the three forms of a call,
 * and the leases that it gave.
 */
export abstract class BaseQueue<T> extends Primitive {
  /** @internal */
  protected readonly state: QueueState;
  /** @internal */
  protected readonly putSide: PutSide;
  /** @internal */
  protected readonly getSide: GetSide;
  /** @internal */
  protected readonly puts: Waits;
  readonly #gets: Waits;
  /** @internal */
  protected readonly take: Step<T> = (manner) => this.takeOne(manner);
  /** @internal */
  protected readonly lend: Step<Lease<T>> = (manner) => this.leaseOne(manner);
  readonly #readTaken: ReadTaken<T>;
  /** Opened when a thread was met that waits: a program may have many queues, and few lines. */
  #shortWay: ShortWay | undefined;
  /** Leases that did not end. */
  readonly #leases = new Set<Lease<T>>();
  #deadLetters: DeadLetters<T> | undefined;
  /** One that was sent and can be used again. */
  #pendingPut: PendingPut | undefined;
  /** Times that space for a large message did not come soon; below 0 while nobody tries. */
  #vain = 0;

  /** @internal */
  protected constructor(opened: Opened, order: Order) {
    super(opened);
    const state = new QueueState(this.segment, order);
    const { title } = this.segment;
    this.state = state;
    this.putSide = new PutSide(state);
    this.getSide = new GetSide(state);
    this.puts = new Waits(state.putWaiters, `Cannot put into the ${title}`, 'it is full');
    this.#gets = new Waits(state.getWaiters, `Cannot get from the ${title}`, 'it is empty');
    this.#readTaken = (length) => this.getSide.readTaken(length) as T;
  }

  /**
   * Items that were leased `maxAttempts` times and never acknowledged, and those that came back and cannot be read any
   * more, because what they mention is gone: a Connection went with the consumer that had received it.
   */
  get deadLetters(): DeadLetters<T> {
    this.#deadLetters ??= new DeadLetters<T>(this.state, this.getSide, () => this.assertOpen());
    return this.#deadLetters;
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
    if (this.#shortWay !== undefined) {
      forgotten.unregister(this);
      this.#shortWay.close();
    }
    const removable = this.name === undefined || this.getSide.latched.isIdle;
    this.getSide.close();
    this.state.ring.close();
    this.segment.close(removable);
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    const { file } = this.segment;
    return { kind: (this.constructor as unknown as { readonly kind: Kind }).kind, data: file, segment: file };
  }

  /** @internal Ready when a `get` would not wait. */
  [WAITABLE](): Readiness {
    this.assertOpen();
    return { isReady: () => this.getSide.answers, waiters: this.state.getWaiters };
  }

  /** @internal Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. */
  get rescued(): number {
    const { putWaiters, getWaiters, joinWaiters, letterWaiters } = this.state;
    return putWaiters.rescued + getWaiters.rescued + joinWaiters.rescued + letterWaiters.rescued;
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.puts.failAll(error);
    this.#gets.failAll(error);
    this.#deadLetters?.failAll(error);
  }

  /** @internal What the messages of a put are sorted by; `undefined` = nothing. */
  protected rankOf(options: object | undefined): number | undefined {
    if (options === undefined || !('priority' in options)) return undefined;
    throw new TypeError(`Cannot put with a priority into a ${this.constructor.name}: use a PriorityQueue`);
  }

  /** @internal What a `get` does when it does not have to wait. */
  protected takeOne(manner: Manner): Read<T> | undefined {
    return this.getSide.take(manner) as Read<T> | undefined;
  }

  /** @internal Whether a `get` takes any item for good as it lies in the ring, which the short way can do. */
  protected get takesAsItCame(): boolean {
    return this.state.order === 'arrival';
  }

  /** @internal */
  protected takeSome(most: number, manner: Manner): Read<T[]> | undefined {
    return this.getSide.takeMany(most, manner) as Read<T[]> | undefined;
  }

  /** @internal */
  protected leaseOne(manner: Manner): Read<Lease<T>> | undefined {
    const read = this.getSide.lease(manner);
    return read && (() => this.#lent(read()));
  }

  /** @internal */
  protected leaseSome(most: number, manner: Manner): Read<Lease<T>[]> | undefined {
    const read = this.getSide.leaseMany(most, manner);
    return read && (() => read().map((leased) => this.#lent(leased)));
  }

  /** @param isBatch whether `what` is an array of items, instead of one */
  #pack(what: T | readonly T[], isBatch: boolean, options: object | undefined): PendingPut {
    if (isBatch) this.#checkBatch(what);
    const pendingPut = this.#pendingPut ?? new PendingPut(this.state.carrier);
    // It is ours until it was sent: packing may run code of the user that puts something itself.
    this.#pendingPut = undefined;
    if (isBatch) pendingPut.packMany(what as readonly T[], this.rankOf(options));
    else pendingPut.packOne(what, this.rankOf(options));
    return pendingPut;
  }

  #checkBatch(items: unknown): void {
    if (!Array.isArray(items)) {
      throw new TypeError(`items must be an array, not ${items === null ? 'null' : typeof items}`);
    }
    if (items.length > this.state.maxSize) {
      throw new RangeError(`Cannot put ${items.length} items at once: maxSize is ${this.state.maxSize}`);
    }
  }

  /** @internal Puts now, or waits. @param isBatch whether `what` is an array of items, instead of one */
  protected putOf(what: T | readonly T[], isBatch: boolean, options: WaitOptions | undefined): Promise<void> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options, PUT_OPTIONS);
      const pendingPut = this.#pack(what, isBatch, options);
      return this.#putNow(pendingPut, 'now') || this.#putSoon(pendingPut, deadline)
        ? (dueTurn() ?? DONE)
        : this.#putLater(pendingPut, deadline, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @internal */
  protected putSyncOf(what: T | readonly T[], isBatch: boolean, options: SyncWaitOptions | undefined): void {
    this.assertOpen();
    const deadline = deadlineOfSync(options, PUT_OPTIONS);
    const pendingPut = this.#pack(what, isBatch, options);
    if (this.#putNow(pendingPut, 'now')) return;
    try {
      // Nothing else is encoded while this thread waits: the message may stay where it is.
      const step = (manner: Manner) => this.#enter(pendingPut, manner) && isPut;
      this.puts.laterSync(step, deadline, options, () => this.putSide.leavesSpace(pendingPut));
    } catch (error) {
      pendingPut.drop();
      throw error;
    }
  }

  /** @internal */
  protected tryPutOf(what: T | readonly T[], isBatch: boolean, options: object | undefined): boolean {
    this.assertOpen();
    if (options !== undefined)
      checkOptions<{ priority?: number }>(options, 'A put that does not wait', PUT_OPTIONS);
    const pendingPut = this.#pack(what, isBatch, options);
    if (this.#putNow(pendingPut, 'try')) return true;
    pendingPut.drop();
    return false;
  }

  #putNow(pendingPut: PendingPut, manner: Manner): boolean {
    if (pendingPut.count === 0) return true;
    if (!this.puts.isFree) return false;
    try {
      const way = this.putSide.wasAwaited ? this.#openedWay() : undefined;
      const isDone = way?.isOpen && this.putSide.putShort(pendingPut, way);
      if (!isDone && this.#enter(pendingPut, manner) === undefined) return false;
    } catch (error) {
      pendingPut.drop();
      throw error;
    }
    pendingPut.clear();
    this.#pendingPut = pendingPut;
    return true;
  }

  /** A large message of a queue that is full: @returns whether there was space soon */
  #putSoon(pendingPut: PendingPut, deadline: number): boolean {
    const { bytes, isToCopy } = pendingPut;
    if (bytes < LARGE_BYTES || !isToCopy || COPY_MS_OF_BYTE === 0 || !this.puts.isFree) return false;
    if (deadline === -Infinity) return false;
    if (this.#vain < 0) {
      this.#vain++;
      return false;
    }
    const until = Math.min(deadline, performance.now() + Math.min(bytes * COPY_MS_OF_BYTE, COPY_MOST_MS));
    while (performance.now() < until) {
      if (!this.#putNow(pendingPut, 'spin')) continue;
      this.#vain = 0;
      return true;
    }
    if (++this.#vain === VAIN_TRIES) this.#vain = -MODEST_PUTS;
    return false;
  }

  async #putLater(pendingPut: PendingPut, deadline: number, options: WaitOptions | undefined): Promise<void> {
    pendingPut.keep();
    try {
      const step = (manner: Manner) => this.#enter(pendingPut, manner) && isPut;
      await this.puts.later(step, deadline, options, () => this.putSide.leavesSpace(pendingPut));
    } catch (error) {
      pendingPut.drop();
      throw error;
    }
  }

  #enter(pendingPut: PendingPut, manner: Manner): true | undefined {
    const done = this.putSide.put(pendingPut, manner);
    if (done || manner === 'now' || manner === 'spin' || manner === 'waiting') return done;
    // Full, it seems: that may be a count that a thread left when it died.
    return this.getSide.latched.mend() ? this.putSide.put(pendingPut, manner) : undefined;
  }

  /** @internal Whether nothing will come any more. @throws ClosedError when it was closed in this thread */
  protected isOver(): boolean {
    this.assertOpen();
    return this.getSide.latched.isOver;
  }

  /** @internal Gets something by a step now, or waits. */
  protected getBy<R>(step: Step<R>, options: WaitOptions | undefined): Promise<R> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      const result = this.#gets.now(step);
      if (result === undefined) return this.#later(step, deadline, options);
      return dueTurn()?.then(() => result) ?? Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @internal Like {@link BaseQueue.getBy} for a loop; `fail` answers instead of an error, or throws it. */
  protected getOr<R, E>(step: Step<R>, fail: (error: unknown) => E): Promise<R | E> {
    let result: R | undefined;
    try {
      this.assertOpen();
      result = this.#gets.now(step);
    } catch (error) {
      return new Promise((resolve) => resolve(fail(error)));
    }
    // What is there costs no promise more than its own.
    if (result === undefined) return this.#later(step, Infinity, undefined).then(undefined, fail);
    return dueTurn()?.then(() => result as R) ?? Promise.resolve(result);
  }

  /** @internal */
  protected getSyncBy<R>(step: Step<R>, options: SyncWaitOptions | undefined): R {
    this.assertOpen();
    const deadline = deadlineOfSync(options);
    const result = this.#gets.now(step);
    // Not `??`: `null` is an item.
    if (result !== undefined) return result;
    return this.#gets.laterSync(step, deadline, options, undefined, this.#readTakenOf(step));
  }

  #later<R>(step: Step<R>, deadline: number, options: WaitOptions | undefined): Promise<R> {
    return this.#gets.later(step, deadline, options, undefined, this.#readTakenOf(step));
  }

  #readTakenOf<R>(step: Step<R>): ReadTaken<R> | undefined {
    if ((step as unknown) !== this.take || !this.takesAsItCame) return undefined;
    return this.#openedWay().isOpen ? (this.#readTaken as unknown as ReadTaken<R>) : undefined;
  }

  #openedWay(): ShortWay {
    if (this.#shortWay !== undefined) return this.#shortWay;
    this.#shortWay = openShortWay(this.state, this.getSide, this.#gets.line);
    forgotten.register(this, this.#shortWay, this);
    return this.#shortWay;
  }

  /** @internal */
  protected tryGetBy<R>(step: Step<R>): R | undefined {
    this.assertOpen();
    return this.#gets.try(step);
  }

  /** @internal */
  protected batch(most: number): Step<T[]> {
    if (!Number.isInteger(most) || most < 1 || most > 2 ** 30) {
      throw new RangeError(`most must be a whole number from 1 to 2^30, not ${most}`);
    }
    return (manner) => this.takeSome(most, manner);
  }

  #lent({ delivery, value }: Leased): Lease<T> {
    const lease: Lease<T> = new Lease<T>(value as T, delivery.attempt, {
      end: (isDone) => {
        const ended = this.getSide.end(delivery, isDone ? 'done' : 'again');
        this.#leases.delete(lease);
        return ended;
      },
    });
    this.#leases.add(lease);
    return lease;
  }
}
