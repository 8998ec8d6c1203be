/** What the server answers a loop: nothing in the list is the end of the queue. */
export type Came = readonly unknown[];

/**
 * A loop until nothing will come any more. Each `next()` is one call: an item is in the server until it is asked for, so
 * that none is lost with a loop that is left, or with its client.
 */
export class QueueLoop<R> implements AsyncIterableIterator<R, void, undefined> {
  readonly #ask: () => Promise<Came>;
  readonly #make: (came: Came) => R;
  #last: Promise<unknown> | undefined;
  #hasEnded = false;

  constructor(ask: () => Promise<Came>, make: (came: Came) => R) {
    this.#ask = ask;
    this.#make = make;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next one, in the order of the calls. */
  next(): Promise<IteratorResult<R, void>> {
    if (this.#hasEnded) return Promise.resolve({ done: true, value: undefined });
    const next = this.#ask().then((came): IteratorResult<R, void> => {
      if (came.length > 0) return { done: false, value: this.#make(came) };
      this.#hasEnded = true;
      return { done: true, value: undefined };
    });
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
}
