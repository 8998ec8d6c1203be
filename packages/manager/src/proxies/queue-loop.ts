import { Loop } from '@mp/core/internal';

/** What the server answers a loop: nothing in the list is the end of the queue. */
export type Came = readonly unknown[];

/**
 * A loop until nothing will come any more. Each `next()` is one call: an item is in the server until it is asked for, so
 * that none is lost with a loop that is left, or with its client.
 */
export class QueueLoop<R> extends Loop<R> {
  readonly #ask: () => Promise<Came>;
  readonly #make: (came: Came) => R;

  constructor(ask: () => Promise<Came>, make: (came: Came) => R) {
    super();
    this.#ask = ask;
    this.#make = make;
  }

  protected override ask(): Promise<IteratorResult<R, void>> {
    return this.#ask().then((came): IteratorResult<R, void> => {
      return came.length > 0 ? { done: false, value: this.#make(came) } : this.end();
    });
  }
}
