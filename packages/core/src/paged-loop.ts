import { Loop } from './loop.ts';

/** A loop over what comes several at a time: the next ones are asked for when the last ones have been given out. */
export class PagedLoop<T, R = T> extends Loop<R> {
  readonly #fetch: () => Promise<readonly T[] | undefined>;
  readonly #read: (item: T) => R;
  #page: readonly T[] = [];
  #at = 0;
  /** The last call that waits for a page, or for those that do. */
  #waiting: Promise<unknown> | undefined;

  /**
   * @param fetch the next ones, none perhaps; `undefined` = nothing will come any more. After an error it is asked again
   * @param read makes what the loop gives of an item; an error stands in its place
   */
  constructor(fetch: () => Promise<readonly T[] | undefined>, read: (item: T) => R = asItIs) {
    super();
    this.#fetch = fetch;
    this.#read = read;
  }

  protected override ask(): Promise<IteratorResult<R, void>> {
    if (this.#waiting === undefined && this.#at < this.#page.length) {
      try {
        return Promise.resolve(this.#take());
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const later = () => this.#later();
    const step = this.#waiting === undefined ? later() : this.#waiting.then(later, later);
    this.#waiting = step;
    const over = () => {
      if (this.#waiting === step) this.#waiting = undefined;
    };
    step.then(over, over);
    return step;
  }

  async #later(): Promise<IteratorResult<R, void>> {
    while (this.#at >= this.#page.length) {
      const page = await this.#fetch();
      if (page === undefined) return this.end();
      this.#page = page;
      this.#at = 0;
    }
    return this.#take();
  }

  #take(): IteratorYieldResult<R> {
    const item = this.#page[this.#at++];
    return { done: false, value: this.#read(item) };
  }
}

function asItIs(item: unknown): never {
  return item as never;
}
