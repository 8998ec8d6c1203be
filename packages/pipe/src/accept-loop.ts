import { Loop } from '@mp/core/internal';
import type { Connection } from './connection.ts';

/** A loop over the connections that a listener accepts, until that is closed. */
export class AcceptLoop extends Loop<Connection> {
  readonly #accept: () => Promise<Connection>;
  readonly #isClosed: () => boolean;

  constructor(accept: () => Promise<Connection>, isClosed: () => boolean) {
    super();
    this.#accept = accept;
    this.#isClosed = isClosed;
  }

  protected override ask(): Promise<IteratorResult<Connection, void>> {
    return this.#accept().then(
      (value) => ({ done: false, value }),
      (error: unknown) => {
        if (this.#isClosed()) return this.end();
        throw error;
      },
    );
  }
}
