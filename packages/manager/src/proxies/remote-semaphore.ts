import type { WaitOptions } from '@mp/core';
import type { AsyncSemaphore } from '@mp/lock';
import { type GuardOwner, permitOf, type RemotePermit } from './remote-guard.ts';
import { WaitingProxy } from './waiting-proxy.ts';

/**
 * A number of permits in the server: `Manager().Semaphore()` and `BoundedSemaphore()` of Python, with the methods of
 * those of `@mp/lock`. Waiters are served in their order.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const connections = await manager.semaphore(2);
 * const permit = await connections.acquire();
 * console.log(await connections.value); // 1
 * await permit.release();
 * await manager.close();
 * ```
 */
export class RemoteSemaphore extends WaitingProxy implements AsyncSemaphore {
  readonly #owner: GuardOwner = {
    client: this.ref.client,
    end: (permit) => this.#end(permit),
  };

  /** How many permits are free now. */
  get value(): Promise<number> {
    return this.ask('value');
  }

  /**
   * Waits until a permit is free and takes it.
   *
   * @param options `timeout` in ms; `signal` ends the wait
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none was free in time (Python answers `False`)
   * @throws ClosedError `ERR_MP_CLOSED` when it was closed here, or the server is gone
   */
  acquire(options?: WaitOptions): Promise<RemotePermit> {
    return this.begin('acquire', [], options, this.#permit as never);
  }

  /**
   * Takes a permit if one is free.
   *
   * @returns `undefined` when none is free
   */
  tryAcquire(): Promise<RemotePermit | undefined> {
    return this.begin('tryAcquire', [], undefined, (answer: number | null) =>
      answer === null ? undefined : this.#permit(answer),
    );
  }

  /**
   * Takes a permit, runs `body`, and gives it back when `body` returned, resolved or threw.
   *
   * @param options as for {@link RemoteSemaphore.acquire}
   */
  async with<T>(body: () => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    const permit = await this.acquire(options);
    try {
      return await body();
    } finally {
      await permit.release();
    }
  }

  /**
   * Gives back permits, also those of others, or makes new ones. With `recover`, those of this client first: the
   * {@link RemotePermit} of one that was given back so does nothing any more.
   *
   * @param count how many, from 1. Default: 1
   * @throws RangeError when there would be more than there can be: 2³⁰, or the first value of a bounded one (Python's
   * `ValueError`)
   */
  release(count = 1): Promise<void> {
    return this.ask('release', [count]);
  }

  async #end(permit: number): Promise<void> {
    const done = this.call<void>('end', [permit]);
    this.letGo();
    await done;
  }

  readonly #permit = (answer: number): RemotePermit => {
    this.retain();
    // The server counts such a permit only: it must not take one back that this client has seen.
    if (answer === 0) this.confirm();
    return permitOf(this.#owner, Math.abs(answer), answer < 0);
  };
}
