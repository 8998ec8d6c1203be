import { TimeoutError, type WaitOptions } from '@mp/core';
import { atDeadline, deadlineOf, watchAbort } from '@mp/core/internal';

/** Places of items that were taken, while there are others: a consumer that is slower than the pool never takes them all. */
const TAKEN_MOST = 1024;

/** What came of a chunk: values, some of which may be errors, or one error for all. */
export interface ChunkOutcome {
  readonly values?: readonly unknown[];
  readonly errors?: ReadonlyMap<number, unknown>;
  readonly error?: unknown;
}

/** How a {@link PoolIterator} has its chunks done. */
export interface ImapPlan<I> {
  readonly items: Iterable<I> | AsyncIterable<I>;
  readonly isOrdered: boolean;
  readonly chunkSize: number;
  /** Chunks that may be under way. */
  readonly buffer: number;
  /** The iteration begins, or goes on after an error; may throw. */
  begin(readOn: () => void): void;
  /** Has a chunk done, and tells of its outcome once, at once or later. */
  run(chunk: I[], arrive: (outcome: ChunkOutcome) => void): void;
  /** No more chunks will come, or the iteration rests at an error. */
  end(readOn: () => void): void;
  /** The iteration was left: what is under way is not wanted any more. */
  leave(reason: unknown): void;
}

/** An item that was done, or the error that stands in its place. */
type Item = { readonly value: unknown } | { readonly error: unknown };

interface Taker {
  resolve(step: IteratorResult<unknown, undefined>): void;
  reject(error: unknown): void;
  /** Ends the watch on its deadline and signal. */
  end: (() => void) | undefined;
}

/**
 * Reads items and yields results at the same time: results do not wait for a slow source, nor the source for a slow
 * consumer as long as there is room in the buffer. An error stands in the place of its item; `next()` goes on behind it.
 */
export class PoolIterator<T, I = unknown> implements AsyncIterableIterator<T, undefined> {
  readonly #plan: ImapPlan<I>;
  readonly #source: Iterator<I> | AsyncIterator<I>;
  readonly #readOn = () => this.#readAll();
  /** Chunks in the order of the items, when results have that order; one that has not arrived is `undefined`. */
  #chunks: (ChunkOutcome | undefined)[] = [];
  #firstChunk = 0;
  /** What can be taken. */
  #items: Item[] = [];
  #firstItem = 0;
  /** Places in `#items` of the last item of each chunk. */
  #marks: number[] = [];
  #takers: Taker[] = [];
  #given = 0;
  #underWay = 0;
  #state: 'new' | 'feeding' | 'resting' | 'left' = 'new';
  #isReading = false;
  #unwatch: (() => void) | undefined;
  #most: number;
  /** The source has ended, with an error perhaps. */
  #ended: { error?: unknown } | undefined;

  constructor(plan: ImapPlan<I>) {
    this.#plan = plan;
    this.#most = plan.buffer;
    const { items } = plan;
    // A string is a source, too, and no object, so `in` is no question for it.
    const { [Symbol.asyncIterator]: async } = items as Partial<AsyncIterable<I>>;
    this.#source = async ? async.call(items) : (items as Iterable<I>)[Symbol.iterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next result. A wait that ends early takes none: the next call gets it.
   *
   * @param options `timeout` in ms, `signal`
   * @returns rejects with the error of the task whose result would come next, with `TimeoutError`, or with the reason of
   * the signal
   */
  next(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    // What is there, and what no earlier call waits for, costs one promise.
    if (
      options === undefined &&
      this.#takers.length === 0 &&
      this.#firstItem < this.#items.length &&
      !this.#isToBegin
    )
      return this.#takeNow() as Promise<IteratorResult<T, undefined>>;
    let deadline: number;
    try {
      deadline = deadlineOf(options);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const taker: Taker = { resolve: resolve as Taker['resolve'], reject, end: undefined };
      this.#takers.push(taker);
      if (this.#isToBegin) this.#begin();
      this.#serve();
      if (options === undefined || !this.#takers.includes(taker)) return;
      const giveUp = (error: unknown) => {
        this.#takers.splice(this.#takers.indexOf(taker), 1);
        taker.end?.();
        reject(error);
      };
      const late = () => giveUp(new TimeoutError(`No result came within ${options.timeout} ms`));
      const { signal } = options;
      const cancel = deadline === Infinity ? undefined : atDeadline(deadline, late);
      const unwatch = signal && watchAbort(signal, () => giveUp(signal.reason));
      taker.end = () => {
        cancel?.();
        unwatch?.();
      };
    });
  }

  /** @internal Ends it with the reason of the signal when that is aborted. */
  follow(signal: AbortSignal): void {
    this.#unwatch = watchAbort(signal, () => {
      const hadEnded = this.#ended !== undefined;
      this.#leave({ error: signal.reason });
      if (!hadEnded) this.#dropSource();
    });
  }

  /** Leaves the rest undone. */
  async return(): Promise<IteratorResult<T, undefined>> {
    const hadEnded = this.#ended !== undefined;
    const wasLeft = this.#state === 'left';
    this.#leave({});
    if (!wasLeft && !hadEnded) await this.#leaveSource();
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Whether nothing more is read until somebody asks for more. */
  get #isToBegin(): boolean {
    return this.#state === 'new' || (this.#state === 'resting' && this.#ended === undefined);
  }

  /** @param end what the next taker is told */
  #leave(end: { error?: unknown }): void {
    if (this.#state === 'left') return;
    const wasFeeding = this.#state === 'feeding';
    this.#state = 'left';
    this.#items = [];
    this.#firstItem = 0;
    this.#ended = end;
    this.#unwatch?.();
    if (wasFeeding) this.#plan.end(this.#readOn);
    this.#plan.leave('error' in end ? end.error : new DOMException('The loop was left', 'AbortError'));
    this.#serve();
  }

  #begin(): void {
    const rested = this.#state === 'resting';
    try {
      if (this.#ended === undefined) {
        this.#plan.begin(this.#readOn);
        this.#state = 'feeding';
      }
    } catch (error) {
      // The pool was closed. What is under way still arrives.
      this.#ended = { error };
      this.#dropSource();
    }
    if (this.#state !== 'feeding') this.#state = rested ? 'resting' : 'feeding';
    void this.#read();
  }

  async #leaveSource(): Promise<void> {
    const returned = this.#source.return?.();
    // A generator that is asked while it still waits for its next item answers only after that.
    if (!this.#isReading) await returned;
    else Promise.resolve(returned).catch(() => {});
  }

  /** Leaves the source when there is another error to tell than one of leaving it. */
  #dropSource(): void {
    this.#leaveSource().catch(() => {});
  }

  #readAll(): void {
    this.#most = Infinity;
    void this.#read();
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#ended === undefined && this.#state === 'feeding' && this.#underWay < this.#most) {
      const chunk = await this.#readChunk();
      if (this.#hasLeft() || chunk.length === 0) break;
      this.#underWay++;
      const at = this.#given++;
      if (this.#plan.isOrdered) this.#chunks.push(undefined);
      this.#plan.run(chunk, (outcome) => this.#arrive(at, outcome));
    }
    this.#isReading = false;
    if (this.#ended !== undefined && this.#state === 'feeding') {
      this.#state = 'resting';
      this.#plan.end(this.#readOn);
    }
    this.#serve();
  }

  #hasLeft(): boolean {
    return this.#state === 'left';
  }

  async #readChunk(): Promise<I[]> {
    const chunk: I[] = [];
    try {
      while (chunk.length < this.#plan.chunkSize) {
        const step = await this.#source.next();
        if (step === null || typeof step !== 'object')
          throw new TypeError(`The iterator of items answered ${String(step)}, which is no object`);
        if (step.done) {
          this.#ended ??= {};
          break;
        }
        chunk.push(step.value);
      }
    } catch (error) {
      this.#ended = { error };
    }
    return chunk;
  }

  #arrive(at: number, outcome: ChunkOutcome): void {
    if (this.#hasLeft()) return;
    if (!this.#plan.isOrdered) {
      this.#unpack(outcome);
    } else {
      this.#chunks[at - this.#firstChunk] = outcome;
      let count = 0;
      for (let next = this.#chunks[0]; next !== undefined; next = this.#chunks[count]) {
        count++;
        this.#unpack(next);
      }
      this.#chunks.splice(0, count);
      this.#firstChunk += count;
    }
    this.#serve();
  }

  #unpack({ values, errors, error }: ChunkOutcome): void {
    if (values === undefined) this.#items.push({ error });
    else if (errors === undefined) for (const value of values) this.#items.push({ value });
    else {
      values.forEach((value, index) => {
        this.#items.push(errors.has(index) ? { error: errors.get(index) } : { value });
      });
    }
    // Its last item marks the chunk: room in the buffer is made when that is taken.
    this.#marks.push(this.#items.length - 1);
  }

  #serve(): void {
    while (this.#takers.length > 0) {
      if (this.#firstItem < this.#items.length) this.#give(this.#takers.shift() as Taker);
      else if (this.#hasLeft()) this.#finish();
      else if (this.#ended !== undefined && this.#underWay === 0 && !this.#isReading) this.#finish();
      else break;
    }
  }

  #give(taker: Taker): void {
    taker.end?.();
    const item = this.#takeItem();
    if ('value' in item) taker.resolve({ done: false, value: item.value });
    else taker.reject(item.error);
    this.#goOn('error' in item);
  }

  #takeNow(): Promise<IteratorResult<unknown, undefined>> {
    const item = this.#takeItem();
    const result: Promise<IteratorResult<unknown, undefined>> =
      'value' in item ? Promise.resolve({ done: false, value: item.value }) : Promise.reject(item.error);
    this.#goOn('error' in item);
    return result;
  }

  #takeItem(): Item {
    const at = this.#firstItem++;
    const item = this.#items[at];
    this.#items[at] = undefined as never;
    if (this.#marks[0] === at) {
      this.#marks.shift();
      this.#underWay--;
    }
    if (this.#firstItem === this.#items.length) {
      this.#items = [];
      this.#marks = [];
      this.#firstItem = 0;
    } else if (this.#firstItem >= TAKEN_MOST && this.#firstItem * 2 > this.#items.length) {
      const taken = this.#firstItem;
      this.#items = this.#items.slice(taken);
      this.#marks = this.#marks.map((mark) => mark - taken);
      this.#firstItem = 0;
    }
    return item;
  }

  /** An item was given away. */
  #goOn(isError: boolean): void {
    if (isError) this.#rest();
    if (this.#state === 'feeding' && this.#underWay < this.#most) void this.#read();
  }

  /** A loop ends at an error without a word, so nothing more is read until somebody asks for more. */
  #rest(): void {
    if (this.#state !== 'feeding' || this.#takers.length > 0) return;
    this.#state = 'resting';
    this.#plan.end(this.#readOn);
  }

  #finish(): void {
    const taker = this.#takers.shift() as Taker;
    taker.end?.();
    const failure = this.#ended;
    this.#ended = {};
    this.#unwatch?.();
    if (failure !== undefined && 'error' in failure) taker.reject(failure.error);
    else taker.resolve({ done: true, value: undefined });
  }
}
