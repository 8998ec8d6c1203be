import { ClosedError, NotOwnerError } from '@mp/core';
import type { AsyncLease } from './async-queue.ts';

/** What a lease can ask of the queue that it came from. */
export interface Lessor {
  /** Ends the delivery. @returns whether it had not ended yet */
  end(isDone: boolean): boolean;
}

type State = 'open' | 'acknowledged' | 'given back' | 'closed';

/**
 * An item that was delivered and is not done with. It goes back into the queue by {@link Lease.retry}, when it is
 * disposed of without {@link Lease.ack}, when its queue is closed in this thread, and when this thread dies.
 *
 * @example
 * ```js
 * import { Queue } from '@mp/queue';
 *
 * const queue = new Queue();
 * await queue.put('job');
 * const first = await queue.lease();
 * first.retry();
 * const second = await queue.lease();
 * console.log(second.value, second.attempt); // job 2
 * second.ack();
 * queue.close();
 * ```
 */
export class Lease<T = unknown> implements AsyncLease<T> {
  /** The item. */
  readonly value: T;
  /** The number of this delivery, from 1. */
  readonly attempt: number;
  readonly #lessor: Lessor;
  #state: State = 'open';

  /** @internal */
  constructor(value: T, attempt: number, lessor: Lessor) {
    this.value = value;
    this.attempt = attempt;
    this.#lessor = lessor;
  }

  /**
   * The item is done with. Safe to call again.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it was given back
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was closed in this thread before: the item was given back then
   */
  ack(): void {
    this.#end('acknowledged');
  }

  /**
   * Gives the item back: it is delivered again, before items that were put after it. Safe to call again.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it was acknowledged
   */
  retry(): void {
    if (this.#state !== 'closed') this.#end('given back');
  }

  /** Gives the item back unless it was acknowledged. */
  [Symbol.dispose](): void {
    if (this.#state === 'open') this.#end('given back');
  }

  /** Like `using`, for code that takes its queue from anywhere: see {@link AsyncLease}. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }

  /** @internal The queue was closed and gave it back. */
  close(): void {
    this.#state = 'closed';
  }

  #end(state: 'acknowledged' | 'given back'): void {
    if (this.#state === state) return;
    if (this.#state === 'closed') {
      throw new ClosedError(
        'Cannot acknowledge the lease: its queue was closed in this thread, and took the item back',
      );
    }
    const attempted = state === 'acknowledged' ? 'acknowledge' : 'give back';
    if (this.#state !== 'open' || !this.#lessor.end(state === 'acknowledged')) {
      throw new NotOwnerError(
        `Cannot ${attempted} the lease: it was ${this.#state === 'open' ? 'taken back' : this.#state}`,
      );
    }
    this.#state = state;
  }
}
