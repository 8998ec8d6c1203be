import { ClosedError } from '@mp/core';
import type { Step } from './waits.ts';

/** What a loop takes from. */
export interface LoopSource<R> {
  /** Takes what comes next. */
  readonly step: Step<R>;
  /** Waits until `step` has something; `fail` answers instead of an error, or throws it. */
  get<S, E>(step: Step<S>, fail: (error: unknown) => E): Promise<S | E>;
  /** Whether nothing will come any more. @throws ClosedError when the queue was closed in this thread */
  isOver(): boolean;
}

/**
 * A loop until nothing will come any more; that the queue was closed in this thread is an error. A class and no generator,
 * which would make three promises for each item. An error ends no more than one `next()`.
 */
export class UntilOver<R> implements AsyncIterableIterator<R, void, undefined> {
  readonly #source: LoopSource<R>;
  readonly #step: Step<IteratorYieldResult<R>>;
  readonly #fail = (error: unknown) => this.#failed(error);
  #last: Promise<unknown> | undefined;
  #hasEnded = false;

  constructor(source: LoopSource<R>) {
    this.#source = source;
    const { step } = source;
    this.#step = (manner) => {
      const read = step(manner);
      return read && (() => ({ done: false, value: read() }));
    };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next one, in the order of the calls. */
  next(): Promise<IteratorResult<R, void>> {
    if (this.#hasEnded) return Promise.resolve({ done: true, value: undefined });
    const next = this.#source.get(this.#step, this.#fail);
    this.#last = next;
    return next;
  }

  /** Ends the loop, once what was asked for has come: an item that is on its way would be lost. */
  async return(): Promise<IteratorReturnResult<void>> {
    this.#hasEnded = true;
    await this.#last?.then(undefined, () => {});
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #failed(error: unknown): IteratorReturnResult<void> {
    // A message that cannot be read may say the same of something else.
    if (!(error instanceof ClosedError) || !this.#source.isOver()) throw error;
    this.#hasEnded = true;
    return { done: true, value: undefined };
  }
}
