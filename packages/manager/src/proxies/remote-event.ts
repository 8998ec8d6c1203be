import type { WaitOptions } from '@mp/core';
import type { AsyncEvent } from '@mp/lock';
import { isLate, WaitingProxy } from './waiting-proxy.ts';

/**
 * A flag in the server that clients can wait for: `Manager().Event()` of Python, with the methods of the `Event` of
 * `@mp/lock`. Unlike Python's, a wait is not missed when the flag is set and cleared at once.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const ready = await manager.event();
 * console.log(await ready.wait({ timeout: 10 })); // false
 * await ready.set();
 * console.log(await ready.wait()); // true
 * await manager.close();
 * ```
 */
export class RemoteEvent extends WaitingProxy implements AsyncEvent {
  /** Whether it is set. */
  get isSet(): Promise<boolean> {
    return this.ask('isSet');
  }

  /** Sets it and wakes all waiters. */
  set(): Promise<void> {
    return this.ask('set');
  }

  /** Clears it: later waits wait again. */
  clear(): Promise<void> {
    return this.ask('clear');
  }

  /**
   * Waits until it is set, or was set since the call.
   *
   * @param options `timeout` in ms; `signal` ends the wait
   * @returns `false` when it was not set in time
   * @throws ClosedError `ERR_MP_CLOSED` when it was closed here, or the server is gone
   */
  async wait(options?: WaitOptions): Promise<boolean> {
    try {
      return await this.begin<boolean>('wait', [], options);
    } catch (error) {
      if (isLate(error, options)) return false;
      throw error;
    }
  }
}
