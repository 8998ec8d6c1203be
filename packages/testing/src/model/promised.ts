import { type Awaited, run, type Steps } from './steps.ts';

/** Jobs of an event loop, in order. */
export type Jobs = (() => Steps)[];

/** A promise of step code: like the language's, and what follows it are jobs of the agent that made it. */
export class Promised implements Awaited {
  state: 'pending' | 'resolved' | 'rejected' = 'pending';
  value: unknown;
  readonly #jobs: Jobs;
  readonly #reactions: (() => void)[] = [];

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
  }

  static of(jobs: Jobs, value: unknown): Promised {
    const promise = new Promised(jobs);
    promise.resolve(value);
    return promise;
  }

  readonly resolve = (value: unknown): void => {
    if (this.state !== 'pending') return;
    if (value instanceof Promised)
      value.onSettled(() =>
        value.state === 'resolved' ? this.resolve(value.value) : this.reject(value.value),
      );
    else this.#settle('resolved', value);
  };

  readonly reject = (error: unknown): void => {
    if (this.state === 'pending') this.#settle('rejected', error);
  };

  onSettled(reaction: () => void): void {
    if (this.state === 'pending') this.#reactions.push(reaction);
    else reaction();
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then(onResolved?: (value: unknown) => unknown, onRejected?: (error: unknown) => unknown): Promised {
    const next = new Promised(this.#jobs);
    this.onSettled(() => this.#jobs.push(() => this.#follow(next, onResolved, onRejected)));
    return next;
  }

  catch(onRejected: (error: unknown) => unknown): Promised {
    return this.then(undefined, onRejected);
  }

  *#follow(
    next: Promised,
    onResolved?: (value: unknown) => unknown,
    onRejected?: (error: unknown) => unknown,
  ): Steps {
    const handler = this.state === 'resolved' ? onResolved : onRejected;
    try {
      if (handler !== undefined) next.resolve(yield* run(handler(this.value)));
      else if (this.state === 'resolved') next.resolve(this.value);
      else next.reject(this.value);
    } catch (error) {
      next.reject(error);
    }
    return undefined;
  }

  #settle(state: 'resolved' | 'rejected', value: unknown): void {
    this.state = state;
    this.value = value;
    for (const reaction of this.#reactions) reaction();
  }
}
