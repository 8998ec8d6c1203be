import { TimeoutError } from '@mp/core';
import type { Call } from '../call.ts';
import { WaitList } from './wait-list.ts';

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
  /** The detail of each is its step. */
  readonly #list = new WaitList<unknown>();

  constructor(texts: WaitTexts) {
    this.#texts = texts;
  }

  get isEmpty(): boolean {
    return this.#list.size === 0;
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
    return this.#list.add(call, step, settle) as Promise<R>;
  }

  /** Lets the first one try. @returns whether it has ended */
  serveFirst(): boolean {
    const { first } = this.#list;
    if (first === undefined) return false;
    try {
      const result = (first.detail as () => unknown)();
      if (result === undefined) return false;
      first.resolve(result);
    } catch (error) {
      first.reject(error);
    }
    this.#list.remove(first);
    return true;
  }
}
