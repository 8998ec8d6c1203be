import { ClosedError, NotOwnerError } from '@mp/core';
import type { AsyncLease } from '@mp/queue';

/** `closed`: the connection, or the proxy of the queue, was closed before it ended, and it was given back. */
type State = 'open' | 'acknowledged' | 'given back' | 'closed';

/** Makes leases: their constructor is not for users. @param end ends it in the server. @returns whether it had not ended yet */
export let leaseOf: <T>(
  value: T,
  attempt: number,
  end: (isDone: boolean) => Promise<boolean>,
) => RemoteLease<T>;

/**
 * An item of a queue of a server that was delivered to this client, and is not done with. It belongs to the connection: it
 * goes back into the queue by {@link RemoteLease.retry}, when it is disposed of without {@link RemoteLease.ack}, when the
 * proxy of the queue or the manager is closed here, and when this process dies.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const queue = await manager.queue();
 * await queue.put('job');
 * const first = await queue.lease();
 * await first.retry();
 * const second = await queue.lease();
 * console.log(second.value, second.attempt); // job 2
 * await second.ack();
 * await manager.close();
 * ```
 */
export class RemoteLease<T = unknown> implements AsyncLease<T> {
  /** The item. */
  readonly value: T;
  /** The number of this delivery, from 1. */
  readonly attempt: number;
  readonly #end: (isDone: boolean) => Promise<boolean>;
  #state: State = 'open';
  #ending: Promise<void> = Promise.resolve();

  static {
    leaseOf = (value, attempt, end) => new RemoteLease(value, attempt, end);
  }

  private constructor(value: T, attempt: number, end: (isDone: boolean) => Promise<boolean>) {
    this.value = value;
    this.attempt = attempt;
    this.#end = end;
  }

  /**
   * The item is done with, once the promise has resolved. Safe to call again.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it was given back
   * @throws ClosedError `ERR_MP_CLOSED` when the proxy or the manager was closed here, or the server is gone: the item was
   * given back, unless the server had heard of this already
   */
  ack(): Promise<void> {
    return this.#endAs('acknowledged');
  }

  /**
   * Gives the item back: it is delivered again, before items that were put after it. Safe to call again.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it was acknowledged
   */
  async retry(): Promise<void> {
    try {
      await this.#endAs('given back');
    } catch (error) {
      // A connection that ends gives back all it has.
      if (!(error instanceof ClosedError)) throw error;
    }
  }

  /** Gives the item back unless it was acknowledged: `await using lease = …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'open') await this.retry();
  }

  #endAs(state: 'acknowledged' | 'given back'): Promise<void> {
    if (this.#state === state || this.#state === 'closed') return this.#ending;
    const attempted = state === 'acknowledged' ? 'acknowledge' : 'give back';
    if (this.#state !== 'open')
      return Promise.reject(new NotOwnerError(`Cannot ${attempted} the lease: it was ${this.#state}`));
    this.#state = state;
    this.#ending = this.#end(state === 'acknowledged').then(
      (ended) => {
        if (!ended) throw new NotOwnerError(`Cannot ${attempted} the lease: it was taken back`);
      },
      (error) => {
        this.#state = error instanceof ClosedError ? 'closed' : 'open';
        throw error;
      },
    );
    return this.#ending;
  }
}
