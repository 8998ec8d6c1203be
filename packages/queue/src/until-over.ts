import { ClosedError } from '@mp/core';
import { Loop } from '@mp/core/internal';
import type { Read, Step } from './waits.ts';

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
  /** Why messages could not be read: that may say the same as the end of the queue. */
  readonly #unreadable = new WeakSet<ClosedError>();

  constructor(source: LoopSource<R>) {
    super();
    this.#source = source;
    const { step } = source;
    this.#step = (manner) => {
      const read = step(manner);
      return read && (() => ({ done: false, value: this.#read(read) }));
    };
  }

  protected override ask(): Promise<IteratorResult<R, void>> {
    return this.#source.get(this.#step, this.#fail);
  }

  #read(read: Read<R>): R {
    try {
      return read();
    } catch (error) {
      if (error instanceof ClosedError) this.#unreadable.add(error);
      throw error;
    }
  }

  #failed(error: unknown): IteratorReturnResult<void> {
    if (!(error instanceof ClosedError) || this.#unreadable.has(error) || !this.#source.isOver()) throw error;
    return this.end();
  }
}
