import { ClosedError, NotOwnerError } from '@mp/core';
import type { Verdict } from './settler.ts';
import type { Item } from './take-line.ts';

type State = 'open' | 'acknowledged' | 'given back' | 'closed';

/** What a lease needs of its queue. */
export interface LeaseHome {
  readonly title: string;
  /** @returns whether it had not ended, or been lost, before */
  end(item: Item, verdict: Verdict): Promise<boolean>;
}

/**
 * An item that was delivered to this consumer, and is not done with. It comes back when it is given back or disposed of without
 * {@link SiteLease.ack}, when its queue or site is closed here, and when this consumer is not heard of for `visibility` ms. A
 * thread keeps it as long as this process lives, also when its event loop is blocked. A pause of the whole process (a stopped
 * virtual machine, SIGSTOP) or a cut connection can lose it all the same: then `signal` aborts, and what comes late is refused.
 *
 * @example
 * ```js
 * import { connectRedis } from '@mp/redis';
 *
 * const site = await connectRedis(process.env.REDIS_URL, { namespace: 'example' });
 * const queue = site.queue('leases');
 * await queue.put('job');
 * const lease = await queue.lease();
 * console.log(lease.value, lease.attempt, lease.isHeld); // job 1 true
 * await lease.ack();
 * await queue.unlink();
 * await site.close();
 * ```
 */
export class SiteLease<T = unknown> {
  /** The item. */
  readonly value: T;
  /** The number of this delivery, from 1. */
  readonly attempt: number;
  readonly #item: Item;
  readonly #home: LeaseHome;
  readonly #lost = new AbortController();
  #state: State = 'open';
  #ending: Promise<void> = Promise.resolve();

  /** @internal */
  constructor(value: T, item: Item, home: LeaseHome) {
    this.value = value;
    this.attempt = item.returns + 1;
    this.#item = item;
    this.#home = home;
  }

  /** A number that grows with each delivery of this queue: for a store that refuses what comes with a smaller one. */
  get token(): number {
    return Number(this.#item.token);
  }

  /** Whether it is certain that no other consumer has it. No round trip. */
  get isHeld(): boolean {
    return this.#state === 'open' && !this.#lost.signal.aborted && this.#item.keeping.isHeld;
  }

  /** Aborts when the lease was lost: with a `NotOwnerError`. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * The item is done with, once the promise has resolved. Safe to call again.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it was given back, or lost: another consumer has it, or will
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was closed here before: the item was given back then
   */
  ack(): Promise<void> {
    return this.#endAs('acknowledged');
  }

  /**
   * Gives the item back: it is delivered again, at its old place. Safe to call again.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it was acknowledged, or lost
   */
  async retry(): Promise<void> {
    if (this.#state !== 'closed') await this.#endAs('given back');
  }

  /** Gives the item back unless it was acknowledged: `await using lease = …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'open' && !this.#lost.signal.aborted) await this.retry();
  }

  /** @internal It comes back to the queue, which was closed here. */
  close(): void {
    if (this.#state === 'open') this.#state = 'closed';
  }

  /** @internal */
  lose(error: NotOwnerError): void {
    if (this.#state === 'open') this.#lost.abort(error);
  }

  #endAs(state: 'acknowledged' | 'given back'): Promise<void> {
    if (this.#state === state) return this.#ending;
    const attempted = `Cannot ${state === 'acknowledged' ? 'acknowledge' : 'give back'} the lease`;
    if (this.#state === 'closed')
      return Promise.reject(
        new ClosedError(`${attempted}: the ${this.#home.title} was closed here, and the item was given back`),
      );
    if (this.#state !== 'open')
      return Promise.reject(new NotOwnerError(`${attempted}: it was ${this.#state}`));
    this.#state = state;
    this.#ending = this.#home.end(this.#item, state === 'acknowledged' ? 'a' : 'r').then(
      (ended) => {
        if (ended) return;
        const error = new NotOwnerError(
          `${attempted} of the ${this.#home.title}: it was lost, and its item is with another consumer, or was. ` +
            'Its visibility was shorter than a pause of this process, or of its connection',
        );
        this.#lost.abort(error);
        throw error;
      },
      (error) => {
        this.#state = 'open';
        throw error;
      },
    );
    return this.#ending;
  }
}
