export type Call = (...args: unknown[]) => unknown;

/** The results of a chunk, each at its place, of which some are errors. */
export class Partly {
  readonly values: unknown[];
  readonly #errors = new Map<number, unknown>();

  constructor(values: unknown[]) {
    this.values = values;
  }

  /** Results of a chunk without errors; `undefined` for what a single call returned. */
  static ofChunk(results: unknown): Partly | undefined {
    return Array.isArray(results) && chunks.has(results) ? new Partly(results) : undefined;
  }

  get failed(): boolean {
    return this.#errors.size > 0;
  }

  get parts(): [values: unknown[], errors: Map<number, unknown>] {
    return [this.values, this.#errors];
  }

  fail(index: number, error: unknown): void {
    this.values[index] = null;
    this.#errors.set(index, error);
  }

  /**
   * Replaces what cannot be sent by the error that says why.
   *
   * @param error what was thrown for all of them
   * @param tryOut throws for one that cannot be sent
   */
  keepSendable(error: unknown, tryOut: (result: unknown) => void): void {
    let isAny = false;
    this.values.forEach((value, index) => {
      try {
        if (value !== undefined) tryOut(value);
        if (this.#errors.has(index)) tryOut(this.#errors.get(index));
      } catch (own) {
        isAny = true;
        this.fail(index, own);
      }
    });
    // Each alone can be sent, but not all together: as for want of space.
    if (!isAny) for (let index = 0; index < this.values.length; index++) this.fail(index, error);
  }
}

/** Results of a chunk, told from an array that a single call answers. */
const chunks = new WeakSet<object>();

/** Calls for each item; goes over to waiting at the first that answers with a promise. An error stands at its place. */
export function callEach(call: Call, items: unknown[], isSpread: boolean): unknown {
  const results: unknown[] = new Array(items.length);
  chunks.add(results);
  let partly: Partly | undefined;
  for (let index = 0; index < items.length; index++) {
    try {
      const result = isSpread ? call(...(items[index] as unknown[])) : call(items[index]);
      if (isThenable(result)) return callLater(call, items, isSpread, results, partly, index, result);
      results[index] = result;
    } catch (error) {
      partly ??= new Partly(results);
      partly.fail(index, error);
    }
  }
  return partly ?? results;
}

async function callLater(
  call: Call,
  items: unknown[],
  isSpread: boolean,
  results: unknown[],
  partly: Partly | undefined,
  from: number,
  first: PromiseLike<unknown>,
): Promise<unknown> {
  let errors = partly;
  for (let index = from; index < items.length; index++) {
    try {
      if (index === from) results[index] = await first;
      else results[index] = await (isSpread ? call(...(items[index] as unknown[])) : call(items[index]));
    } catch (error) {
      errors ??= new Partly(results);
      errors.fail(index, error);
    }
  }
  return errors ?? results;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  // Asked of each result of a map: looking for a property of a number takes longer than most tasks.
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
