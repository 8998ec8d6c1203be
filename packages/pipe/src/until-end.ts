import { ClosedError } from '@mp/core';
import { Loop } from '@mp/core/internal';
import type { Reading } from './reading.ts';

/** Receives the next message, or throws; `fail` answers instead of the error of a wait, or throws it. */
type Receive = <R, E>(reading: Reading<R>, fail: (error: unknown) => E) => Promise<R | E>;

/** A loop until the end of file; that the connection was closed in this thread is an error. */
export class UntilEnd<T> extends Loop<T> {
  readonly #receive: Receive;
  readonly #isClosed: () => boolean;
  readonly #reading: Reading<IteratorYieldResult<T>>;
  readonly #fail = (error: unknown) => this.#failed(error);

  /** @param isClosed whether the connection was closed in this thread */
  constructor(reading: Reading<T>, receive: Receive, isClosed: () => boolean) {
    super();
    this.#receive = receive;
    this.#isClosed = isClosed;
    this.#reading = {
      ...reading,
      read: (taken, from) => ({ done: false, value: reading.read(taken, from) }),
    };
  }

  protected override ask(): Promise<IteratorResult<T, void>> {
    try {
      return this.#receive(this.#reading, this.#fail);
    } catch (error) {
      return new Promise((resolve) => resolve(this.#failed(error)));
    }
  }

  #failed(error: unknown): IteratorReturnResult<void> {
    if (!(error instanceof ClosedError) || this.#isClosed()) throw error;
    return this.end();
  }
}
