import type { Call } from '../call.ts';

/** A call that waits. */
export interface Waiter<T> {
  readonly call: Call;
  /** What its maker has to know of it. */
  readonly detail: unknown;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** The calls that wait for one thing, in their order. One whose client gives up, or is gone, leaves it. */
export class WaitList<T> {
  readonly #waiters = new Set<Waiter<T>>();

  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Waits until the call is taken from the list and settled.
   *
   * @param ifLeft runs when the client does not wait any more
   */
  add(call: Call, detail?: unknown, ifLeft?: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiter = { call, detail, resolve, reject };
      this.#waiters.add(waiter);
      call.onCancel((reason) => {
        if (!this.#waiters.delete(waiter)) return;
        reject(reason);
        ifLeft?.();
      });
    });
  }

  /** The call that has waited longest. */
  get first(): Waiter<T> | undefined {
    for (const waiter of this.#waiters) return waiter;
    return undefined;
  }

  /** Takes the call that has waited longest. */
  shift(): Waiter<T> | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(waiter: Waiter<T>): void {
    this.#waiters.delete(waiter);
  }
}
