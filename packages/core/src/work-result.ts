import { watchAbort } from './aborts.ts';
import { atDeadline, deadlineOf, type WaitOptions } from './deadline.ts';
import { TimeoutError } from './errors.ts';

/** Told of an error that nobody has looked at yet, and that somebody has. */
export interface Unseen {
  failed(result: object, error: unknown): void;
  seen(result: object): void;
}

/**
 * The result of work that a pool does, now or later: a thenable, so that `await` gets the value. An error that nobody looks at is
 * a process warning, never an `unhandledRejection`.
 */
export class WorkResult<T> implements PromiseLike<T> {
  readonly #unseen: Unseen;
  /** Whether somebody asked for the outcome: an error of it is theirs. */
  #asked = false;
  #state: 'pending' | 'value' | 'error' = 'pending';
  #outcome: unknown;
  #promise: Promise<T> | undefined;
  #resolve: ((value: T) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  readonly #abort: (reason: unknown) => void;
  /** Ends the watch on the signal of the call. */
  #unwatch: (() => void) | undefined;

  /**
   * @internal
   * @param abort gives up the work; may settle this
   */
  constructor(unseen: Unseen, abort: (reason: unknown) => void) {
    this.#unseen = unseen;
    this.#abort = abort;
  }

  /** Whether the work has ended, well or not. */
  get ready(): boolean {
    return this.#state !== 'pending';
  }

  /**
   * Whether the work ended without an error.
   *
   * @throws TypeError while it is not ready (Python raises `ValueError`)
   */
  get successful(): boolean {
    if (this.#state === 'pending')
      throw new TypeError('The result is not ready: await it, or ask .ready first');
    this.#unseen.seen(this);
    return this.#state === 'value';
  }

  /**
   * The value, or the error thrown. A timeout ends only this wait, not the work.
   *
   * @param options `timeout` in ms, `signal`
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it is not ready in time
   */
  async get(options?: WaitOptions): Promise<T> {
    if (!(await this.wait(options)))
      throw new TimeoutError(`The result is not ready after ${options?.timeout} ms`);
    return this.#whole();
  }

  /**
   * Waits until it is ready.
   *
   * @returns `false` when it is not after `timeout` ms
   */
  async wait(options?: WaitOptions): Promise<boolean> {
    const signal = options?.signal;
    const deadline = deadlineOf(options);
    if (this.ready) return true;
    if (deadline === -Infinity) return false;
    let cancel = () => {};
    let unwatch = () => {};
    try {
      return await new Promise<boolean>((resolve, reject) => {
        this.#settled().then(
          () => resolve(true),
          () => resolve(true),
        );
        if (deadline !== Infinity) cancel = atDeadline(deadline, () => resolve(false));
        if (signal !== undefined) unwatch = watchAbort(signal, () => reject(signal.reason));
      });
    } finally {
      cancel();
      unwatch();
    }
  }

  /**
   * Gives the work up: what waits is not done, and what runs is asked to stop by `currentTask().signal`. A worker whose task
   * has not ended after the pool's grace is killed and replaced. The result is rejected at once.
   *
   * @param reason what the result is rejected with. Default: an `AbortError`
   * @returns `false` when it was ready before
   */
  cancel(reason: unknown = new DOMException('The call was cancelled', 'AbortError')): boolean {
    if (this.ready) return false;
    // Somebody wanted this end.
    this.#asked = true;
    this.#abort(reason);
    this.fail(reason);
    return true;
  }

  /** @internal Cancels it when the signal is aborted. */
  follow(signal: AbortSignal | undefined): void {
    if (signal === undefined || this.ready) return;
    if (signal.aborted) this.cancel(signal.reason);
    else this.#unwatch = watchAbort(signal, () => this.cancel(signal.reason));
  }

  // biome-ignore lint/suspicious/noThenProperty: it is awaited like a promise
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#whole().then(onValue, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#whole().catch(onError);
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.#whole().finally(onEnd);
  }

  /** @internal */
  settle(value: T): void {
    if (this.#state !== 'pending') return;
    this.#state = 'value';
    this.#unwatch?.();
    this.#outcome = value;
    this.#resolve?.(value);
  }

  /** @internal */
  fail(error: unknown): void {
    if (this.#state !== 'pending') return;
    this.#state = 'error';
    this.#unwatch?.();
    this.#outcome = error;
    this.#reject?.(error);
    if (!this.#asked) this.#unseen.failed(this, error);
  }

  /** The promise of its outcome, for a caller that looks at it. */
  #whole(): Promise<T> {
    this.#asked = true;
    if (this.#state === 'error') this.#unseen.seen(this);
    return this.#settled();
  }

  #settled(): Promise<T> {
    if (this.#promise !== undefined) return this.#promise;
    if (this.#state === 'value') this.#promise = Promise.resolve(this.#outcome as T);
    else if (this.#state === 'error') this.#promise = Promise.reject(this.#outcome);
    else {
      this.#promise = new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
    }
    return this.#promise;
  }
}
