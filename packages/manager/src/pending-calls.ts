import type { MpError } from '@mp/core';
import type { Call } from './call.ts';
import { type Limits, overLimit } from './limits.ts';

/** Calls of one client that have begun and not ended. */
export class PendingCalls {
  readonly #limits: Limits;
  /** Those whose end the client waits for. */
  readonly #awaited = new Map<number, Call>();
  /** All of them, those that the client has given up included. */
  #running = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** How many the client waits for. */
  get size(): number {
    return this.#awaited.size;
  }

  has(id: number): boolean {
    return this.#awaited.has(id);
  }

  /** @param bytes about how long its arguments are */
  begin(id: number, call: Call, bytes: number): void {
    this.#awaited.set(id, call);
    this.#running++;
    this.#bytes += bytes;
  }

  /** @returns whether the client still waits for it */
  end(id: number, call: Call, bytes: number): boolean {
    this.#running--;
    this.#bytes -= bytes;
    return this.#awaited.get(id) === call && this.#awaited.delete(id);
  }

  /** The client gives one up. @returns whether it waited for it */
  cancel(id: number, reason: unknown): boolean {
    const call = this.#awaited.get(id);
    this.#awaited.delete(id);
    call?.cancel(reason);
    return call !== undefined;
  }

  /** The client is gone. */
  cancelAll(reason: unknown): void {
    const calls = [...this.#awaited.values()];
    this.#awaited.clear();
    // The last one first: the end of a wait must not let in one that ends, too.
    for (const call of calls.toReversed()) call.cancel(reason);
    for (const call of calls) call.takeBackIfLost();
  }

  /**
   * Why no further call can begin.
   *
   * @param answered calls of which the client has yet to read the answer, and which are kept for it
   */
  overLimit(answered: number): MpError | undefined {
    const { pendingCalls, pendingBytes } = this.#limits;
    if (this.#running + answered >= pendingCalls)
      return overLimit(`${pendingCalls} calls of this client wait already`, 'Await some of them first');
    if (this.#bytes >= pendingBytes)
      return overLimit(
        `calls of this client wait with ${pendingBytes} bytes of arguments`,
        'Await some of them first',
      );
    return undefined;
  }
}
