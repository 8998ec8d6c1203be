import type { ClosedError, SyncWaitOptions, WaitOptions } from '@mp/core';
import {
  deadlineOf,
  dueTurn,
  HANDLE,
  type HandleRecord,
  type Kind,
  type Opened,
  Primitive,
  type Readiness,
  WAITABLE,
} from '@mp/core/internal';
import { Body } from './body.ts';
import { DeadLetters } from './dead-letters.ts';
import { Entrance } from './entrance.ts';
import { Exit, type Leased } from './exit.ts';
import type { Manner } from './latch.ts';
import { Lease } from './lease.ts';
import { Outbox } from './outbox.ts';
import type { Order } from './store.ts';
import { type Read, type Step, Waits } from './waits.ts';

const DONE = Promise.resolve();
const isPut = (): true => true;

/**
 * How items flow through one queue object: its two sides and who of this thread waits there, in the three forms of a call,
 * and the leases that it gave.
 */
export abstract class Flow<T> extends Primitive {
  /** @internal */
  protected readonly body: Body;
  /** @internal */
  protected readonly entrance: Entrance;
  /** @internal */
  protected readonly exit: Exit;
  /** @internal */
  protected readonly puts: Waits;
  readonly #gets: Waits;
  /** @internal */
  protected readonly take: Step<T> = (manner) => this.takeOne(manner);
  /** @internal */
  protected readonly lend: Step<Lease<T>> = (manner) => this.leaseOne(manner);
  /** Leases that did not end. */
  readonly #leases = new Set<Lease<T>>();
  #deadLetters: DeadLetters<T> | undefined;
  /** One that was sent and can be used again. */
  #outbox: Outbox | undefined;

  /** @internal */
  protected constructor(opened: Opened, order: Order) {
    super(opened);
    const body = new Body(this.segment, order);
    const { title } = this.segment;
    this.body = body;
    this.entrance = new Entrance(body);
    this.exit = new Exit(body);
    this.puts = new Waits(body.putRoom, `Cannot put into the ${title}`, 'it is full');
    this.#gets = new Waits(body.getRoom, `Cannot get from the ${title}`, 'it is empty');
  }

  /**
   * Items that were leased `maxAttempts` times and never acknowledged, and those that came back and cannot be read any
   * more, because what they mention is gone: a Connection went with the consumer that had received it.
   */
  get deadLetters(): DeadLetters<T> {
    this.#deadLetters ??= new DeadLetters<T>(this.body, this.exit, () => this.assertOpen());
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
    const removable = this.name === undefined || this.exit.latched.isIdle;
    this.exit.close();
    this.body.ring.close();
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
    return { isReady: () => this.exit.answers, room: this.body.getRoom };
  }

  /** @internal Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. */
  get rescued(): number {
    const { putRoom, getRoom, joinRoom, letterRoom } = this.body;
    return putRoom.rescued + getRoom.rescued + joinRoom.rescued + letterRoom.rescued;
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.puts.failAll(error);
    this.#gets.failAll(error);
    this.#deadLetters?.failAll(error);
  }

  /** @internal What follows each message of a put. */
  protected suffixOf(options: object | undefined): Uint8Array | undefined {
    if (options === undefined || !('priority' in options)) return undefined;
    throw new TypeError(`Cannot put with a priority into a ${this.constructor.name}: use a PriorityQueue`);
  }

  /** @internal What a `get` does when it does not have to wait. */
  protected takeOne(manner: Manner): Read<T> | undefined {
    return this.exit.take(manner) as Read<T> | undefined;
  }

  /** @internal */
  protected takeSome(most: number, manner: Manner): Read<T[]> | undefined {
    return this.exit.takeMany(most, manner) as Read<T[]> | undefined;
  }

  /** @internal */
  protected leaseOne(manner: Manner): Read<Lease<T>> | undefined {
    const read = this.exit.lease(manner);
    return read && (() => this.#lent(read()));
  }

  /** @internal */
  protected leaseSome(most: number, manner: Manner): Read<Lease<T>[]> | undefined {
    const read = this.exit.leaseMany(most, manner);
    return read && (() => read().map((leased) => this.#lent(leased)));
  }

  /** @param isBatch whether `what` is an array of items, instead of one */
  #pack(what: T | readonly T[], isBatch: boolean, options: object | undefined): Outbox {
    if (isBatch) this.#checkBatch(what);
    const outbox = this.#outbox ?? new Outbox(this.body.carrier);
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
    if (items.length > this.body.maxSize) {
      throw new RangeError(`Cannot put ${items.length} items at once: maxSize is ${this.body.maxSize}`);
    }
  }

  /** @internal Puts now, or waits. @param isBatch whether `what` is an array of items, instead of one */
  protected putOf(what: T | readonly T[], isBatch: boolean, options: WaitOptions | undefined): Promise<void> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      const outbox = this.#pack(what, isBatch, options);
      return this.#putNow(outbox, 'now') ? (dueTurn() ?? DONE) : this.#putLater(outbox, deadline, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @internal */
  protected putSyncOf(what: T | readonly T[], isBatch: boolean, options: SyncWaitOptions | undefined): void {
    this.assertOpen();
    const deadline = deadlineOf(options);
    const outbox = this.#pack(what, isBatch, options);
    if (this.#putNow(outbox, 'now')) return;
    try {
      // Nothing else is encoded while this thread waits: the message may stay where it is.
      this.puts.laterSync((manner) => this.#enter(outbox, manner) && isPut, deadline, options);
    } catch (error) {
      outbox.drop();
      throw error;
    }
  }

  /** @internal */
  protected tryPutOf(what: T | readonly T[], isBatch: boolean, options: object | undefined): boolean {
    this.assertOpen();
    const outbox = this.#pack(what, isBatch, options);
    if (this.#putNow(outbox, 'try')) return true;
    outbox.drop();
    return false;
  }

  #putNow(outbox: Outbox, manner: Manner): boolean {
    if (outbox.count === 0) return true;
    if (!this.puts.isFree) return false;
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
      await this.puts.later((manner) => this.#enter(outbox, manner) && isPut, deadline, options);
    } catch (error) {
      outbox.drop();
      throw error;
    }
  }

  #enter(outbox: Outbox, manner: Manner): true | undefined {
    const done = this.entrance.put(outbox, manner);
    if (done || manner === 'now' || manner === 'waiting') return done;
    // Full, it seems: that may be a count of one who died.
    return this.exit.latched.mend() ? this.entrance.put(outbox, manner) : undefined;
  }

  /** @internal Whether nothing will come any more. @throws ClosedError when it was closed in this thread */
  protected isOver(): boolean {
    this.assertOpen();
    return this.exit.latched.isOver;
  }

  /** @internal Gets something by a step now, or waits. */
  protected getBy<R>(step: Step<R>, options: WaitOptions | undefined): Promise<R> {
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

  /** @internal */
  protected getSyncBy<R>(step: Step<R>, options: SyncWaitOptions | undefined): R {
    this.assertOpen();
    const deadline = deadlineOf(options);
    return this.#gets.now(step) ?? this.#gets.laterSync(step, deadline, options);
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
        const ended = this.exit.end(delivery, isDone ? 'done' : 'again');
        this.#leases.delete(lease);
        return ended;
      },
    });
    this.#leases.add(lease);
    return lease;
  }
}
