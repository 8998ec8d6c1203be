import { MpError } from '@mp/core';

/** Stands, in arguments, for the result of an earlier call of the same message. */
export class ResultOf {
  constructor(readonly id: number) {}
}

/** The results of the calls of one message, which later calls of it may name. */
export class Outcomes {
  #results: Map<number, unknown> | undefined;

  /** @param result or a promise of it */
  set(id: number, result: unknown): void {
    this.#results ??= new Map();
    this.#results.set(id, result);
  }

  failed(id: number, error: unknown): void {
    const failure = Promise.reject(error);
    failure.catch(() => {});
    this.set(id, failure);
  }

  /** @throws MpError when there is no such call in the message */
  get(id: number): unknown {
    if (this.#results?.has(id)) return this.#results.get(id);
    throw new MpError('ERR_MP_STALE', `There is no call ${id} in this message`);
  }

  /** Puts results where arguments name them. */
  fill(args: readonly unknown[]): readonly unknown[] | Promise<readonly unknown[]> {
    if (!args.some((each) => each instanceof ResultOf)) return args;
    const values = args.map((each) => (each instanceof ResultOf ? this.get(each.id) : each));
    if (!values.some((each) => each instanceof Promise)) return values;
    return Promise.all(values);
  }
}
