import { TimeoutError, type WaitOptions } from '@mp/core';
import { atDeadline, deadlineOf, watchAbort } from '@mp/core/internal';

/** An error that nobody looks at may wait so long for somebody. */
const PATIENCE_MS = 1_000;

/**
 * The result of work in a pool of a site, now or later; `await` gets the value. It has what `AsyncResult` of `@mp/pool` has.
 *
 * An error that nobody looks at is a process warning, never an `unhandledRejection`.
 */
export class SiteResult<T> implements PromiseLike<T> {
  readonly #abort: (reason: unknown) => void;
  #state: 'pending' | 'value' | 'error' = 'pending';
  #isSeen = false;
  #settle: (() => void) | undefined;
  readonly #settled = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });
  #outcome: unknown;
  #unwatch: (() => void) | undefined;

  /** @internal @param abort gives up the work */
  constructor(abort: (reason: unknown) => void, signal?: AbortSignal) {
    this.#abort = abort;
    if (signal !== undefined) this.#unwatch = watchAbort(signal, () => this.cancel(signal.reason));
  }

  /** Whether the work has ended, well or not. */
  get ready(): boolean {
    return this.#state !== 'pending';
  }

  /** Whether the work ended without an error. @throws TypeError while it is not ready */
  get successful(): boolean {
    if (!this.ready) throw new TypeError('The result is not ready: await it, or ask .ready first');
    this.#isSeen = true;
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

  /** Waits until it is ready. @returns `false` when it is not after `timeout` ms */
  async wait(options?: WaitOptions): Promise<boolean> {
    const signal = options?.signal;
    const deadline = deadlineOf(options);
    if (this.ready) return true;
    if (deadline === -Infinity) return false;
    const ends: (() => void)[] = [];
    try {
      return await new Promise<boolean>((resolve, reject) => {
        this.#settled.then(() => resolve(true));
        if (deadline !== Infinity) ends.push(atDeadline(deadline, () => resolve(false)));
        if (signal !== undefined) ends.push(watchAbort(signal, () => reject(signal.reason)));
      });
    } finally {
      for (const end of ends) end();
    }
  }

  /**
   * Gives the work up: what waits is not done, and what runs is asked to stop by `currentTask().signal`. The result is rejected at
   * once.
   *
   * @param reason what the result is rejected with. Default: an `AbortError`
   * @returns `false` when it was ready before
   */
  cancel(reason: unknown = new DOMException('The call was cancelled', 'AbortError')): boolean {
    if (this.ready) return false;
    this.#isSeen = true;
    this.#abort(reason);
    this.fail(reason);
    return true;
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
    this.#end('value', value);
  }

  /** @internal */
  fail(error: unknown): void {
    if (this.ready) return;
    this.#end('error', error);
    if (this.#isSeen) return;
    setTimeout(() => {
      if (!this.#isSeen)
        process.emitWarning(`Nobody looked at the error of a pool result: ${String(error)}`, {
          type: 'MpWarning',
          code: 'MP_UNSEEN_ERROR',
        });
    }, PATIENCE_MS);
  }

  #end(state: 'value' | 'error', outcome: unknown): void {
    if (this.ready) return;
    this.#state = state;
    this.#outcome = outcome;
    this.#unwatch?.();
    this.#settle?.();
  }

  async #whole(): Promise<T> {
    this.#isSeen = true;
    await this.#settled;
    if (this.#state === 'error') throw this.#outcome;
    return this.#outcome as T;
  }
}
