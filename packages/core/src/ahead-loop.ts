import { watchAbort } from './aborts.ts';
import { Loop } from './loop.ts';

/** A loop over the results of items that are worked on somewhere else, several at a time. */
export interface AheadPlan<I, R> {
  readonly items: Iterable<I> | AsyncIterable<I>;
  /** Whether results come in the order of the items. */
  readonly isOrdered: boolean;
  /** How many may be under way, or wait to be taken. */
  readonly buffer: number;
  /** Ends the loop with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** @param stop aborted when the loop is left */
  run(item: I, stop: AbortSignal): PromiseLike<R>;
}

/** Stands for one item: what became of it, once that is known. */
interface Slot<R> {
  outcome?: { readonly value: R } | { readonly error: unknown };
}

/**
 * Gives a result for each item, while others are under way. The first error ends it. Leaving it stops what is under way, so
 * calls of `next()` that wait then are told of the end at once.
 */
export class AheadLoop<I, R> extends Loop<R> {
  readonly #plan: AheadPlan<I, R>;
  readonly #stop = new AbortController();
  readonly #slots: Slot<R>[] = [];
  /** Calls of `next()` that wait. */
  readonly #takers: ((step: IteratorResult<R, void> | Promise<never>) => void)[] = [];
  /** From the first `next()` on. */
  #source: Iterator<I> | AsyncIterator<I> | undefined;
  #unwatch: (() => void) | undefined;
  #isReading = false;
  /** The source has ended, or failed. */
  #isOver = false;
  #isLeft = false;

  constructor(plan: AheadPlan<I, R>) {
    super();
    this.#plan = plan;
  }

  override async return(): Promise<IteratorReturnResult<void>> {
    await this.#leave();
    return this.end();
  }

  protected override ask(): Promise<IteratorResult<R, void>> {
    return new Promise((resolve, reject) => {
      if (this.#source === undefined) {
        try {
          this.#begin();
        } catch (error) {
          this.#isOver = true;
          void this.#leave();
          reject(error);
          return;
        }
      }
      this.#takers.push(resolve);
      this.#serve();
    });
  }

  /** @throws what the items throw, and the reason of a signal that is aborted */
  #begin(): void {
    const { items, signal } = this.#plan;
    signal?.throwIfAborted();
    this.#source =
      Symbol.asyncIterator in items
        ? items[Symbol.asyncIterator]()
        : (items as Iterable<I>)[Symbol.iterator]();
    if (signal !== undefined) {
      this.#unwatch = watchAbort(signal, () => {
        this.#stop.abort(signal.reason);
        // What is there already is not wanted any more either.
        this.#slots.splice(0, Infinity, { outcome: { error: signal.reason } });
        this.#serve();
      });
    }
    void this.#read();
  }

  async #read(): Promise<void> {
    const source = this.#source as AsyncIterator<I>;
    if (this.#isReading) return;
    this.#isReading = true;
    while (!this.#isOver && !this.#stop.signal.aborted && this.#slots.length < this.#plan.buffer) {
      try {
        const { done, value } = await source.next();
        if (done === true) this.#isOver = true;
        else if (!this.#stop.signal.aborted) this.#give(value);
      } catch (error) {
        // It comes behind the results of what was given before.
        this.#isOver = true;
        this.#slots.push({ outcome: { error } });
      }
    }
    this.#isReading = false;
    this.#serve();
  }

  #give(item: I): void {
    const slot: Slot<R> = {};
    this.#slots.push(slot);
    const settle = (outcome: Slot<R>['outcome']) => {
      slot.outcome = outcome;
      this.#serve();
    };
    try {
      this.#plan.run(item, this.#stop.signal).then(
        (value) => settle({ value }),
        (error: unknown) => settle({ error }),
      );
    } catch (error) {
      settle({ error });
    }
  }

  #serve(): void {
    while (this.#takers.length > 0 && !this.#isLeft) {
      const at = this.#plan.isOrdered ? 0 : this.#slots.findIndex(({ outcome }) => outcome !== undefined);
      const outcome = this.#slots[at]?.outcome;
      if (outcome !== undefined) {
        const resolve = this.#takers.shift();
        this.#slots.splice(at, 1);
        if ('error' in outcome) resolve?.(this.#fail(outcome.error));
        else {
          resolve?.({ done: false, value: outcome.value });
          void this.#read();
        }
      } else if (this.#isOver && this.#slots.length === 0) void this.#leave();
      else break;
    }
  }

  async #fail(error: unknown): Promise<never> {
    // As in a `for await`: what the source throws at being closed does not hide it.
    await this.#leave().catch(() => {});
    throw error;
  }

  async #leave(): Promise<void> {
    if (this.#isLeft) return;
    this.#isLeft = true;
    const end = this.end();
    this.#unwatch?.();
    this.#stop.abort();
    for (const resolve of this.#takers.splice(0)) resolve(end);
    if (this.#isOver) return;
    const closing = Promise.resolve(this.#source?.return?.());
    // A source that waits for its next item may never end.
    if (this.#isReading) closing.catch(() => {});
    else await closing;
  }
}
