import { ClosedError } from '@mp/core';
import { Loop } from '@mp/core/internal';
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

/** A loop until nothing will come any more; that the queue was closed in this thread is an error. */
export class UntilOver<R> extends Loop<R> {
  readonly #source: LoopSource<R>;
  readonly #step: Step<IteratorYieldResult<R>>;
  readonly #fail = (error: unknown) => this.#failed(error);

  constructor(source: LoopSource<R>) {
    super();
    this.#source = source;
    const { step } = source;
    this.#step = (manner) => {
      const read = step(manner);
      return read && (() => ({ done: false, value: read() }));
    };
  }

  protected override ask(): Promise<IteratorResult<R, void>> {
    return this.#source.get(this.#step, this.#fail);
  }

  #failed(error: unknown): IteratorReturnResult<void> {
    // A message that cannot be read may say the same of something else.
    if (!(error instanceof ClosedError) || !this.#source.isOver()) throw error;
    return this.end();
  }
}
