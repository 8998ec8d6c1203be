import { ClosedError } from '@mp/core';
import { Loop } from '@mp/core/internal';
import type { Reading, Taken } from './reading.ts';
import type { Transport } from './transport.ts';

/** Receives the next message, or throws; `fail` answers instead of the error of a wait, or throws it. */
type Receive = <R, E>(reading: Reading<R>, fail: (error: unknown) => E) => Promise<R | E>;

/** A loop until the end of file; that the connection was closed in this thread is an error. */
export class UntilEnd<T> extends Loop<T> {
  readonly #receive: Receive;
  readonly #isClosed: () => boolean;
  readonly #reading: Reading<IteratorYieldResult<T>>;
  readonly #fail = (error: unknown) => this.#failed(error);
  /** Why messages could not be read: that may say the same as the end of file. */
  readonly #unreadable = new WeakSet<ClosedError>();

  /** @param isClosed whether the connection was closed in this thread */
  constructor(reading: Reading<T>, receive: Receive, isClosed: () => boolean) {
    super();
    this.#receive = receive;
    this.#isClosed = isClosed;
    this.#reading = {
      ...reading,
      read: (taken, from) => ({ done: false, value: this.#read(reading, taken, from) }),
    };
  }

  protected override ask(): Promise<IteratorResult<T, void>> {
    try {
      return this.#receive(this.#reading, this.#fail);
    } catch (error) {
      return new Promise((resolve) => resolve(this.#failed(error)));
    }
  }

  #read(reading: Reading<T>, taken: Taken, from: Transport): T {
    try {
      return reading.read(taken, from);
    } catch (error) {
      if (error instanceof ClosedError) this.#unreadable.add(error);
      throw error;
    }
  }

  #failed(error: unknown): IteratorReturnResult<void> {
    if (!(error instanceof ClosedError) || this.#unreadable.has(error) || this.#isClosed()) throw error;
    return this.end();
  }
}
