/** A loop whose items are worked on somewhere else, several at a time. */
export interface AheadPlan<I, R> {
  readonly items: Iterable<I> | AsyncIterable<I>;
  /** Whether results come in the order of the items. */
  readonly isOrdered: boolean;
  /** How many may be under way, or wait to be yielded. */
  readonly buffer: number;
  readonly signal: AbortSignal | undefined;
  /** @param stop aborted when the loop is left */
  run(item: I, stop: AbortSignal): Promise<R>;
}

/** Stands for one item: what became of it, once that is known. */
interface Slot<R> {
  outcome?: { readonly value: R } | { readonly error: unknown };
}

/** Yields a result for each item, while others are under way. The first error ends it; what is under way is stopped. */
export async function* iterateAhead<I, R>(plan: AheadPlan<I, R>): AsyncGenerator<R, void, undefined> {
  const { items, isOrdered, buffer, signal, run } = plan;
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const slots: Slot<R>[] = [];
  const change = new Change();
  const source =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : (items as Iterable<I>)[Symbol.iterator]();
  let isOver = false;
  let isReading = false;

  const take = async (): Promise<void> => {
    while (!ended.aborted) {
      if (slots.length >= buffer) {
        await change.next();
        continue;
      }
      isReading = true;
      const { done, value } = await source.next();
      isReading = false;
      if (done === true || ended.aborted) return;
      const slot: Slot<R> = {};
      slots.push(slot);
      const settle = (outcome: Slot<R>['outcome']) => {
        slot.outcome = outcome;
        change.tell();
      };
      run(value as I, ended).then(
        (result) => settle({ value: result }),
        (error: unknown) => settle({ error }),
      );
    }
  };
  void take()
    .catch((error: unknown) => {
      // The error of the source comes behind the results of what it gave before.
      slots.push({ outcome: { error } });
    })
    .finally(() => {
      isOver = true;
      change.tell();
    });
  const tell = () => change.tell();
  ended.addEventListener('abort', tell);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const at = isOrdered ? 0 : slots.findIndex(({ outcome }) => outcome !== undefined);
      const outcome = slots[at]?.outcome;
      if (outcome !== undefined) {
        slots.splice(at, 1);
        change.tell();
        if ('error' in outcome) throw outcome.error;
        yield outcome.value;
      } else if (isOver && slots.length === 0) return;
      else await change.next();
    }
  } finally {
    stop.abort();
    ended.removeEventListener('abort', tell);
    if (!isOver) {
      const closing = Promise.resolve(source.return?.());
      // A source that waits for its next item may never end.
      if (isReading) closing.catch(() => {});
      else await closing;
    }
  }
}

/** Tells waiters that something has changed. */
class Change {
  #waiters: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  tell(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
