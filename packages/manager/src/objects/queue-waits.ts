import { ClosedError, TimeoutError } from '@mp/core';
import type { Call, Caller } from '../call.ts';

/** A call that waits in a list. */
interface Waiting {
  readonly caller: Caller;
  /** Tries. @returns whether the call has ended */
  serve(): boolean;
  fail(error: unknown): void;
}

/** What a wait is for, in messages. */
export interface WaitTexts {
  /** `Cannot get from the queue` */
  readonly attempted: string;
  /** `it is empty` */
  readonly reason: string;
}

/** Calls that wait for one thing, in their order. */
export class QueueWaits {
  readonly #texts: WaitTexts;
  readonly #waiting = new Set<Waiting>();

  constructor(texts: WaitTexts) {
    this.#texts = texts;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /**
   * Waits until a step has something.
   *
   * @param step tries once; `undefined` = not yet
   * @param settle runs when the call has left before it was served: those behind it may be served now
   * @throws TimeoutError when the call must not wait
   */
  add<R>(call: Call, step: () => R | undefined, settle: () => void): Promise<R> {
    const { attempted, reason } = this.#texts;
    if (call.now) throw new TimeoutError(`${attempted} at once: ${reason}`);
    return new Promise<R>((resolve, reject) => {
      const waiting: Waiting = {
        caller: call.caller,
        serve: () => {
          try {
            const result = step();
            if (result === undefined) return false;
            resolve(result);
          } catch (error) {
            reject(error);
          }
          return true;
        },
        fail: reject,
      };
      this.#waiting.add(waiting);
      call.onCancel((error) => {
        reject(error);
        if (this.#waiting.delete(waiting)) settle();
      });
    });
  }

  /** Lets the first one try. @returns whether it has ended */
  serveFirst(): boolean {
    for (const waiting of this.#waiting) {
      if (!waiting.serve()) return false;
      this.#waiting.delete(waiting);
      return true;
    }
    return false;
  }

  /** Ends the waits of one client. */
  failOf(caller: Caller): void {
    const error = new ClosedError(`${this.#texts.attempted}: the queue was closed here`);
    for (const waiting of this.#waiting) {
      if (waiting.caller !== caller) continue;
      this.#waiting.delete(waiting);
      waiting.fail(error);
    }
  }
}
