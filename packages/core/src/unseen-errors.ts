import type { Unseen } from './work-result.ts';

/** How long an error may wait to be looked at. */
const PATIENCE_MS = 1_000;

/** The errors of one pool's results that nobody has looked at. */
export class UnseenErrors implements Unseen {
  readonly #errors = new Map<object, unknown>();
  #timer: NodeJS.Timeout | undefined;
  #muted = false;

  failed(result: object, error: unknown): void {
    if (this.#muted) return;
    this.#errors.set(result, error);
    // Not unreferenced: a program that is done before would end without a word.
    this.#timer ??= setTimeout(() => this.#warn(), PATIENCE_MS);
  }

  seen(result: object): void {
    this.#errors.delete(result);
    if (this.#errors.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What is rejected from now on was asked for: the pool is terminated. */
  mute(): void {
    this.#muted = true;
  }

  /** Tells of those left, once. */
  #warn(): void {
    this.#timer = undefined;
    const [error] = this.#errors.values();
    const count = this.#errors.size;
    this.#errors.clear();
    if (count === 0) return;
    const more = count === 1 ? '' : ` (and ${count - 1} more)`;
    process.emitWarning(`Nobody looked at the error of a pool result${more}: ${String(error)}`, {
      type: 'MpWarning',
      code: 'MP_UNSEEN_ERROR',
      detail: error instanceof Error ? (error.stack ?? '') : '',
    });
  }
}
