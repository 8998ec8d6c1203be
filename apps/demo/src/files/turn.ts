import { setImmediate } from 'node:timers/promises';

/** So long a job may keep the thread, in ms, before timers, signals and the progress bar get their turn. */
const MOST_MS = 25;

/** Lets a job that computes without end give way to the event loop now and then, and ends it when it is stopped. */
export class Turn {
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time to {@link give} way. */
  get isOver(): boolean {
    return performance.now() - this.#since > MOST_MS;
  }

  /** @throws the reason of the signal when it was aborted */
  async give(): Promise<void> {
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
