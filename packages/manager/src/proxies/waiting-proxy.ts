import { ClosedError, TimeoutError, type WaitOptions } from '@mp/core';
import { type PendingCall, SETTLED } from '../reference.ts';
import { StandardProxy } from './standard-proxy.ts';

/** The proxies of objects that clients wait for, and whose guards outlive a `close()`. */
export abstract class WaitingProxy extends StandardProxy {
  #isClosed = false;
  readonly #waits = new Set<PendingCall>();
  /** Guards of it that were not released. Their release needs the reference. */
  #guards = 0;

  /**
   * Lets go of the object, as far as this client has it: waits reject with `ERR_MP_CLOSED`, later calls too. What was
   * acquired stays so until its guard is released. Safe to call again.
   */
  override close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const wait of this.#waits) this.ref.client.cancel(wait, this.closedError());
    if (this.#guards === 0) super.close();
  }

  /** @internal A guard of it was made. */
  protected retain(): void {
    this.#guards++;
  }

  /** @internal A guard of it has been released. */
  protected letGo(): void {
    if (--this.#guards === 0 && this.#isClosed) super.close();
  }

  /** @internal */
  protected closedError(): ClosedError {
    return new ClosedError(`Cannot use the ${this.ref.type} of the manager: it was closed in this thread`);
  }

  /** @internal Calls a method that gives an answer soon. */
  protected ask<T>(method: string, args: readonly unknown[] = [], finish?: (value: never) => T): Promise<T> {
    if (this.#isClosed) return Promise.reject(this.closedError());
    return this.call<T>(method, args, undefined, finish);
  }

  /** @internal Calls a method that may wait. */
  protected begin<T>(
    method: string,
    args: readonly unknown[],
    options: WaitOptions | undefined,
    finish?: (value: never) => T,
  ): Promise<T> {
    if (this.#isClosed) return Promise.reject(this.closedError());
    const ref = this.ref;
    const call = ref.client.call<T>(ref, method, args, options, finish);
    if (call.state !== SETTLED) {
      const { stop } = call;
      this.#waits.add(call);
      call.stop = () => {
        this.#waits.delete(call);
        stop?.();
      };
    }
    return call.promise;
  }
}

/** Whether a wait has ended by its own timeout, and not by a signal. */
export function isLate(error: unknown, options: WaitOptions | undefined): boolean {
  return error instanceof TimeoutError && !(options?.signal?.aborted && options.signal.reason === error);
}
