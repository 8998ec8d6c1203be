/** What came of a chunk. */
export type Outcome = { values: unknown[] } | { error: unknown };

/** How {@link inOrderOfArrival} has its chunks done. */
export interface ImapPlan<I> {
  items: Iterable<I> | AsyncIterable<I>;
  chunkSize: number;
  /** Chunks that may be under way. */
  buffer: number;
  /**
   * The iteration begins; may throw.
   *
   * @param readOn has the rest of the items done, however many results wait for the consumer
   */
  begin(readOn: () => void): void;
  /** Has a chunk done, and tells of its outcome once, at once or later. */
  run(chunk: I[], arrive: (outcome: Outcome) => void): void;
  /** No more chunks will come: the source has ended, or the iteration was left. */
  end(): void;
}

/**
 * Reads items and yields results at the same time: results do not wait for a slow source, nor the source for a slow
 * consumer as long as there is room in the buffer.
 */
export async function* inOrderOfArrival<I>(plan: ImapPlan<I>): AsyncGenerator<unknown, void, undefined> {
  const { items, chunkSize, buffer, begin, run, end } = plan;
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const arrived: Outcome[] = [];
  let underWay = 0;
  let reading = false;
  let left = false;
  let isFeeding = true;
  let most = buffer;
  let ended: { error?: unknown } | undefined;
  let wake = () => {};

  const readChunk = async () => {
    const chunk: I[] = [];
    try {
      while (chunk.length < chunkSize) {
        const step = await source.next();
        if (step === null || typeof step !== 'object')
          throw new TypeError(`The iterator of items answered ${String(step)}, which is no object`);
        if (step.done) {
          ended = {};
          break;
        }
        chunk.push(step.value);
      }
    } catch (error) {
      ended = { error };
    }
    return chunk;
  };

  const endFeeding = () => {
    if (isFeeding) end();
    isFeeding = false;
  };

  const read = async () => {
    reading = true;
    while (ended === undefined && !left && underWay < most) {
      const chunk = await readChunk();
      if (left || chunk.length === 0) break;
      underWay++;
      run(chunk, (outcome) => {
        arrived.push(outcome);
        wake();
      });
    }
    reading = false;
    if (ended !== undefined) endFeeding();
    wake();
  };

  begin(() => {
    most = Infinity;
    if (ended === undefined && !reading) void read();
  });
  try {
    for (;;) {
      if (ended === undefined && !reading && underWay < most) void read();
      const outcome = arrived.shift();
      if (outcome !== undefined) {
        underWay--;
        if ('error' in outcome) throw outcome.error;
        yield* outcome.values;
      } else if (ended !== undefined && underWay === 0 && !reading) {
        if ('error' in ended) throw ended.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    left = true;
    endFeeding();
    if (ended === undefined) {
      const returned = source.return?.();
      // A generator that is asked while it still waits for its next item answers only after that.
      if (!reading) await returned;
      else Promise.resolve(returned).catch(() => {});
    }
  }
}
