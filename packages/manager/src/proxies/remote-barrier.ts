import { BrokenBarrierError, type WaitOptions } from '@mp/core';
import { deadlineOf } from '@mp/core/internal';
import type { AsyncBarrier } from '@mp/lock';
import type { ActAnswer } from '../objects/hosted-barrier.ts';
import { isLate, WaitingProxy } from './waiting-proxy.ts';

/** What belongs to one proxy of a barrier, and does not travel. */
export interface BarrierConduct {
  readonly action?: (() => unknown) | undefined;
  readonly timeout?: number | undefined;
  /** The proxy that lets go of the barrier when it is collected. */
  readonly keeps?: object;
}

/**
 * A meeting point in the server: `Manager().Barrier()` of Python, with the methods of the `Barrier` of `@mp/lock`.
 *
 * It is used again and again. A party that runs out of time, is aborted, or whose client is lost while it waits breaks the
 * barrier for the others (in Python a dead one lets them wait without end), until one calls {@link RemoteBarrier.reset}.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const start = await manager.barrier(2, { action: () => console.log('all are here') });
 * const indexes = await Promise.all([start.wait(), start.wait()]); // all are here
 * console.log(indexes.sort()); // [ 0, 1 ]
 * await manager.close();
 * ```
 */
export class RemoteBarrier extends WaitingProxy implements AsyncBarrier {
  #conduct: BarrierConduct = {};

  /** @internal The same barrier, with what this client does at it. */
  conducted(conduct: BarrierConduct): RemoteBarrier {
    const barrier = new RemoteBarrier(this.ref);
    barrier.#conduct = { ...conduct, keeps: this };
    return barrier;
  }

  /** How many have to come. */
  get parties(): Promise<number> {
    return this.ask('parties');
  }

  /** How many have come and wait for the others. */
  get nWaiting(): Promise<number> {
    return this.ask('nWaiting');
  }

  /** Whether it is broken: every wait rejects until it is reset. */
  get broken(): Promise<boolean> {
    return this.ask('broken');
  }

  /**
   * Waits until all parties have come.
   *
   * @param options `timeout` in ms; `signal` ends the wait. Both break the barrier
   * @returns a number from 0 to `parties` − 1, another one for each party
   * @throws BrokenBarrierError `ERR_MP_BROKEN_BARRIER` when it is or gets broken, also by this wait's own timeout
   * @throws ClosedError `ERR_MP_CLOSED` when it was closed here, or the server is gone
   */
  async wait(options?: WaitOptions): Promise<number> {
    const { action, timeout } = this.#conduct;
    deadlineOf(options);
    const limits = timeout === undefined ? options : { ...options, timeout: options?.timeout ?? timeout };
    const answer = await this.#meet(action !== undefined, limits);
    if (typeof answer === 'number') return answer;
    const [index, meeting] = answer;
    try {
      await action?.();
    } catch (error) {
      await this.ask('fail', [meeting]);
      throw error;
    }
    await this.ask('pass', [meeting]);
    return index;
  }

  /** Breaks it: the parties that wait, and those that come, get the error. */
  abort(): Promise<void> {
    return this.ask('abort');
  }

  /** Makes it as new. The parties that wait get the error. */
  reset(): Promise<void> {
    return this.ask('reset');
  }

  async #meet(hasAction: boolean, options: WaitOptions | undefined): Promise<number | ActAnswer> {
    try {
      return await this.begin<number | ActAnswer>('wait', [hasAction], options);
    } catch (error) {
      if (!isLate(error, options)) throw error;
      throw new BrokenBarrierError(`The Barrier is broken: a party did not wait longer. reset() it`, {
        cause: error,
      });
    }
  }
}
