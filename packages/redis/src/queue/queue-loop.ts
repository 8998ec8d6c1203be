import { ClosedError } from '@mp/core';
import { Loop } from '@mp/core/internal';

/** What a loop needs of its queue. */
export interface LoopSource<R> {
  next(): Promise<R>;
  /** Whether the error says that nothing will come any more, instead of that something went wrong. */
  isOver(error: ClosedError): boolean;
}

/** A loop until nothing will come any more. Each `next()` is one call, so that a loop that is left leaves the rest. */
export class QueueLoop<R> extends Loop<R> {
  readonly #source: LoopSource<R>;

  constructor(source: LoopSource<R>) {
    super();
    this.#source = source;
  }

  protected async ask(): Promise<IteratorResult<R, void>> {
    try {
      return { done: false, value: await this.#source.next() };
    } catch (error) {
      if (!(error instanceof ClosedError && this.#source.isOver(error))) throw error;
      return this.end();
    }
  }
}
