import { ClosedError, SerializationError, type WaitOptions } from '@mp/core';
import { checkOptions } from '@mp/core/internal';
import type { AsyncQueue } from '@mp/queue';
import { type PendingCall, SETTLED } from '../reference.ts';
import { type Came, QueueLoop } from './queue-loop.ts';
import { lettersOf, type RemoteDeadLetters } from './remote-dead-letters.ts';
import { leaseOf, type RemoteLease } from './remote-lease.ts';
import { StandardProxy } from './standard-proxy.ts';

/** A put, as the server hears of it. */
interface PutCall {
  readonly priority: number;
  readonly wait: WaitOptions | undefined;
}

/**
 * A first-in first-out queue in the server, for all its clients: `Manager().Queue()` of Python. It has the verbs, options
 * and errors of `Queue` of `@mp/queue`, which is faster where all are on one machine; this one works from anywhere. What
 * is a property there is a promise here: `await queue.size`.
 *
 * - A wait that ends by its `timeout` or `signal` has done nothing: no item is lost, and what was not put does not appear
 *   later. (An item that a consumer has got before its producer gave up stays got.)
 * - What a client has got is gone with it. What was on its way when the client died, or closed the manager, goes back to
 *   its old place; so do its leases, which count an attempt.
 * - Items are in the server as values, so classes whose instances are put must be registered there too. There is no
 *   `maxBytes`.
 *
 * @typeParam T what the items are: all that a message can be
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const queue = await manager.queue({ maxSize: 10 });
 * await queue.put({ id: 1 });
 * console.log(await queue.size, await queue.get()); // 1 { id: 1 }
 * await manager.close();
 * ```
 */
export class RemoteQueue<T = unknown> extends StandardProxy implements AsyncQueue<T> {
  #deadLetters: RemoteDeadLetters<T> | undefined;
  #isClosed = false;
  /** Calls whose answers have yet to come. */
  readonly #calls = new Set<PendingCall>();
  /** The numbers of the leases that have not ended. */
  readonly #leases = new Set<number>();

  /** How many items may lie in the queue; `Infinity` = no limit. */
  get maxSize(): Promise<number> {
    return this.call('maxSize', []);
  }

  /** How many items can be taken, when the server is asked. An item that is leased does not count. */
  get size(): Promise<number> {
    return this.call('size', []);
  }

  /** Whether no item can be taken. */
  get isEmpty(): Promise<boolean> {
    return this.call('isEmpty', []);
  }

  /** Whether a `put` would have to wait. */
  get isFull(): Promise<boolean> {
    return this.call('isFull', []);
  }

  /** Whether the queue was shut down, by any client. */
  get isShutdown(): Promise<boolean> {
    return this.call('isShutdown', []);
  }

  /** Items that were leased `maxAttempts` times and never acknowledged. */
  get deadLetters(): RemoteDeadLetters<T> {
    this.#deadLetters ??= lettersOf<T>({
      call: (method, options) => this.call(method, [], options),
      take: (method, options) => this.#take(method, [], options),
    });
    return this.#deadLetters;
  }

  /**
   * Puts an item at the end. The promise resolves when it is in the queue. Calls keep their order, awaited or not.
   *
   * @param item anything but `undefined`, which means "nothing" in {@link RemoteQueue.tryGet}; send `null`
   * @param options `timeout` in ms and `signal`
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be sent
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it stayed full (Python raises `Full`)
   * @throws ClosedError `ERR_MP_CLOSED` when it was shut down, or closed here, or the server is gone
   */
  put(item: T, options?: WaitOptions): Promise<void> {
    return this.#put('put', item, options);
  }

  /** Puts an item if there is space for it. @returns whether it was put */
  tryPut(item: T, options?: object): Promise<boolean> {
    return this.#tryPut('tryPut', item, options);
  }

  /**
   * Puts several items at once, next to each other: all become visible together.
   *
   * @throws TypeError when `items` is no array, RangeError when there are more than `maxSize`; else as {@link RemoteQueue.put}
   */
  putMany(items: readonly T[], options?: WaitOptions): Promise<void> {
    return this.#put('putMany', items, options);
  }

  /** Puts several items if there is space for all of them. @returns whether they were put */
  tryPutMany(items: readonly T[], options?: object): Promise<boolean> {
    return this.#tryPut('tryPutMany', items, options);
  }

  /**
   * Takes the first item, or waits for one.
   *
   * @param options `timeout` in ms and `signal`
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time (Python raises `Empty`)
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and is empty, or closed here, or the server is gone
   */
  get(options?: WaitOptions): Promise<T> {
    return this.#take('get', this.holder, options);
  }

  /**
   * Takes the first item if there is one.
   *
   * @returns the item, or `undefined` when there is none now
   * @throws ClosedError as {@link RemoteQueue.get}
   */
  tryGet(): Promise<T | undefined> {
    return this.#take('tryGet', this.holder);
  }

  /**
   * Takes up to `most` items; waits for the first one only.
   *
   * @param most 1 to 2³⁰
   * @returns at least one item
   * @throws RangeError on a bad `most`; else as {@link RemoteQueue.get}
   */
  getMany(most: number, options?: WaitOptions): Promise<T[]> {
    return this.#take('getMany', [most, ...this.holder], options);
  }

  /** Takes up to `most` of the items that are there. @returns the items, none when there are none now */
  tryGetMany(most: number): Promise<T[]> {
    return this.#take('tryGetMany', [most, ...this.holder]);
  }

  /** Takes items until the queue is shut down and drained. Each is asked for by itself: leaving the loop leaves the rest. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return new QueueLoop(
      () => this.#take<Came>('next', this.holder),
      ([item]) => item as T,
    );
  }

  /**
   * Takes the first item, or waits for one, and keeps it in the queue until it is acknowledged: given back, or when the
   * connection of this client ends, it is delivered again. So an item may be delivered twice, but is never lost. Python
   * has no such thing.
   *
   * @throws TimeoutError, ClosedError as {@link RemoteQueue.get}; after a shutdown it waits for what is leased
   */
  lease(options?: WaitOptions): Promise<RemoteLease<T>> {
    return this.call('lease', [], options, (came: Came) => this.#leaseOf(came));
  }

  /** Leases the first item if there is one. @returns `undefined` when there is none now */
  tryLease(): Promise<RemoteLease<T> | undefined> {
    return this.call('tryLease', [], undefined, (came: Came | undefined) => came && this.#leaseOf(came));
  }

  /** Leases items until the queue is shut down and everything in it is acknowledged. */
  leases(): AsyncIterableIterator<RemoteLease<T>, void, undefined> {
    return new QueueLoop(
      () => this.call<Came>('nextLease', []),
      (came) => this.#leaseOf(came),
    );
  }

  /**
   * Ends the queue for all clients: pending and later puts reject, gets drain what is left and then reject, `for await`
   * ends. What is leased may still come back and is delivered then.
   *
   * @param options `immediate` discards what is left, and later what comes back
   * @returns how many items were discarded
   */
  async shutdown(options: { immediate?: boolean } = {}): Promise<number> {
    checkOptions(options, 'shutdown()', ['immediate']);
    return this.call('shutdown', [options.immediate === true]);
  }

  /** Lets go of the queue: what waits here rejects, and leases are given back. Safe to call again. */
  override close(): void {
    if (this.#isClosed) return;
    const { client } = this.ref;
    const calls = [...this.#calls];
    const leaving = this.call<void>('leave', [[...this.#leases], ...this.holder]);
    this.#isClosed = true;
    // When the server is gone, or this proxy has never reached it, there is nothing to leave.
    leaving.catch(() => {});
    if (calls.length === 0) {
      super.close();
      return;
    }
    // What need not wait has its answer before.
    const end = () => {
      for (const call of calls) if (this.#calls.has(call)) client.cancel(call, closedHere());
      super.close();
    };
    leaving.then(end, end);
  }

  /** @internal */
  protected override call<R>(
    method: string,
    args: readonly unknown[],
    options?: WaitOptions,
    finish?: (value: never) => R,
  ): Promise<R> {
    if (this.#isClosed) return Promise.reject(closedHere());
    const ref = this.ref;
    const call = ref.client.call<R>(ref, method, args, options, finish);
    if (call.state !== SETTLED) {
      const { stop } = call;
      this.#calls.add(call);
      call.stop = () => {
        this.#calls.delete(call);
        stop?.();
      };
    }
    return call.promise;
  }

  /** @internal What the server is told of this proxy, by a call that takes items, where that matters. */
  protected get holder(): readonly unknown[] {
    return [];
  }

  /** @internal The priority of a put: a queue that has none refuses it. */
  protected priorityOf(options: object | undefined): number {
    if (options === undefined || options === null || !('priority' in options)) return 0;
    throw new TypeError('Cannot put with a priority into this queue of a manager: use a PriorityQueue');
  }

  async #put(method: 'put' | 'putMany', what: unknown, options: WaitOptions | undefined): Promise<void> {
    const isBatch = method === 'putMany';
    const { priority, wait } = this.#checkPut(isBatch, what, options);
    await this.#callPut<void>(method, isBatch, what, priority, wait);
  }

  async #tryPut(
    method: 'tryPut' | 'tryPutMany',
    what: unknown,
    options: object | undefined,
  ): Promise<boolean> {
    if (options !== undefined)
      checkOptions<{ priority?: number }>(options, 'A put that does not wait', ['priority']);
    const isBatch = method === 'tryPutMany';
    const { priority } = this.#checkPut(isBatch, what, options);
    return this.#callPut(method, isBatch, what, priority);
  }

  async #callPut<R>(
    method: string,
    isBatch: boolean,
    what: unknown,
    priority: number,
    wait?: WaitOptions,
  ): Promise<R> {
    try {
      return await this.call<R>(method, priority === 0 ? [what] : [what, priority], wait);
    } catch (error) {
      throw namedBy(isBatch ? 'items' : 'item', error);
    }
  }

  #checkPut(isBatch: boolean, what: unknown, options: WaitOptions | undefined): PutCall {
    const priority = this.priorityOf(options);
    if (!isBatch) refuseUndefined(what, 'item');
    else if (Array.isArray(what))
      for (let index = 0; index < what.length; index++) refuseUndefined(what[index], `items[${index}]`);
    else throw new TypeError(`items must be an array, not ${what === null ? 'null' : typeof what}`);
    if (options === undefined || options === null || !('priority' in options))
      return { priority, wait: options };
    const { priority: _, ...wait } = options as WaitOptions & { priority?: number };
    return { priority, wait };
  }

  /** Calls what takes items. They stay with this client from the moment on at which it can see them. */
  #take<R>(method: string, args: readonly unknown[], options?: WaitOptions): Promise<R> {
    return this.call<R>(method, args, options, (came: R) => {
      if (came !== undefined) this.confirm();
      return came;
    });
  }

  #leaseOf([number, value, attempt]: Came): RemoteLease<T> {
    const ref = this.ref;
    if (this.#isClosed) {
      // It was on its way when this proxy was closed.
      ref.client.call(ref, 'end', [number, false]).promise.catch(() => {});
      throw closedHere();
    }
    // From here on the attempt counts.
    this.confirm();
    this.#leases.add(number as number);
    return leaseOf<T>(value as T, attempt as number, async (isDone) => {
      const ended = await this.call<boolean>('end', [number, isDone]);
      this.#leases.delete(number as number);
      return ended;
    });
  }
}

function closedHere(): ClosedError {
  return new ClosedError('Cannot use the queue of a manager: it was closed here');
}

function refuseUndefined(item: unknown, path: string): void {
  if (item === undefined)
    throw new SerializationError(
      `Cannot send ${path}: it is undefined, which means "nothing". Send null`,
      path,
    );
}

const FIRST_ARGUMENT = 'args[0]';

/** The error for what cannot be sent names it as the caller does. */
function namedBy(name: string, error: unknown): unknown {
  if (!(error instanceof SerializationError) || !error.path.startsWith(FIRST_ARGUMENT)) return error;
  const { message, path, cause } = error;
  return new SerializationError(
    message.replaceAll(FIRST_ARGUMENT, name),
    name + path.slice(FIRST_ARGUMENT.length),
    { cause },
  );
}
