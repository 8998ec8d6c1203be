import { ClosedError } from '@mp/core';

/** What a loop needs of its queue. */
export interface LoopSource<R> {
  next(): Promise<R>;
  /** Whether the error says that nothing will come any more, instead of that something went wrong. */
  isOver(error: ClosedError): boolean;
}

/** A loop until nothing will come any more. Each `next()` is one call, so that a loop that is left leaves the rest. */
export class QueueLoop<R> implements AsyncIterableIterator<R, void, undefined> {
  readonly #source: LoopSource<R>;
  #last: Promise<unknown> | undefined;
  #hasEnded = false;

  constructor(source: LoopSource<R>) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next one, in the order of the calls. */
  next(): Promise<IteratorResult<R, void>> {
    if (this.#hasEnded) return Promise.resolve({ done: true, value: undefined });
    const next = this.#next();
    this.#last = next;
    return next;
  }

  /** Ends the loop, once what was asked for has come. */
  async return(): Promise<IteratorReturnResult<void>> {
    this.#hasEnded = true;
    await this.#last?.then(undefined, () => {});
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<IteratorResult<R, void>> {
    try {
      return { done: false, value: await this.#source.next() };
    } catch (error) {
      if (!(error instanceof ClosedError && this.#source.isOver(error))) throw error;
      this.#hasEnded = true;
      return { done: true, value: undefined };
    }
  }
}
