import { MpError } from '@mp/core';
import type { Call } from './call.ts';

/** Stands, in arguments, for the result of an earlier call of the same message. */
export class ResultOf {
  constructor(readonly id: number) {}
}

/** What came of a call, or will. */
export interface Outcome {
  readonly call: Call;
  /** Or a promise of it. */
  readonly result: unknown;
}

/** The results of the calls of one message, which later calls of it may name. */
export class Outcomes {
  #results: Map<number, Outcome> | undefined;

  /** @param result or a promise of it */
  set(id: number, call: Call, result: unknown): void {
    this.#results ??= new Map();
    this.#results.set(id, { call, result });
  }

  failed(id: number, call: Call, error: unknown): void {
    const failure = Promise.reject(error);
    failure.catch(() => {});
    this.set(id, call, failure);
  }

  /** @throws MpError when there is no such call in the message */
  get(id: number): Outcome {
    const outcome = this.#results?.get(id);
    if (outcome !== undefined) return outcome;
    throw new MpError('ERR_MP_STALE', `There is no call ${id} in this message`);
  }

  /**
   * Puts results where arguments name them.
   *
   * @param copyOf of a result that does not lie in a container: it may be part of the state of an object
   */
  fill(
    args: readonly unknown[],
    copyOf: (value: unknown) => unknown,
  ): readonly unknown[] | Promise<readonly unknown[]> {
    if (!args.some((each) => each instanceof ResultOf)) return args;
    const values = args.map((each) => {
      if (!(each instanceof ResultOf)) return each;
      const { call, result } = this.get(each.id);
      const given = (value: unknown) => (call.isOfContainer ? value : copyOf(value));
      return result instanceof Promise ? result.then(given) : given(result);
    });
    if (!values.some((each) => each instanceof Promise)) return values;
    return Promise.all(values);
  }
}
