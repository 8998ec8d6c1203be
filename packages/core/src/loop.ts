/**
 * What `for await` runs: an iterator that asks for each item. A class and no async generator, which would make three
 * promises for each item. Calls are answered in their order, like those of a generator; other than there, calls of `next()` do
 * not wait for each other, and an error ends no more than one of them.
 */
export abstract class Loop<R> implements AsyncIterableIterator<R, void, undefined> {
  /** What the last call of `next()` answers. */
  #last: Promise<unknown> | undefined;
  #hasEnded = false;

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next one, in the order of the calls. */
  next(): Promise<IteratorResult<R, void>> {
    if (this.#hasEnded) return this.return();
    const next = this.ask();
    this.#last = next;
    return next;
  }

  /** Ends the loop, once what was asked for has come: an item that is on its way would be lost. */
  async return(): Promise<IteratorReturnResult<void>> {
    this.#hasEnded = true;
    await this.#last?.then(undefined, () => {});
    return { done: true, value: undefined };
  }

  /** Ends the loop as {@link Loop.return} does. @returns rejects with the error */
  async throw(error?: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Gets the next one. It may end the loop, or reject. */
  protected abstract ask(): Promise<IteratorResult<R, void>>;

  /** Nothing will come any more. */
  protected end(): IteratorReturnResult<void> {
    this.#hasEnded = true;
    return { done: true, value: undefined };
  }
}
