import type { Channel } from '@mp/core/internal';
import { encode } from '@mp/serde/internal';
import type { CurrentTask } from './current-task.ts';
import { ASKED, flagsOf, PROGRESS } from './protocol.ts';

/** The job that a worker runs, as its task sees it. */
export class RunningTask implements CurrentTask {
  readonly attempt: number;
  traceparent: string | undefined;
  readonly #channel: Channel;
  readonly #number: number;
  #stop: AbortController | undefined;
  /** Ends the watch for the question. */
  #over: AbortController | undefined;
  #hasEnded = false;

  /** @param number how many jobs this worker has begun, with this one */
  constructor(channel: Channel, number: number, attempt: number) {
    this.#channel = channel;
    this.#number = number;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      if (!this.#hasEnded) this.#watch();
    }
    this.#look();
    return this.#stop.signal;
  }

  progress(value: unknown): void {
    if (this.#hasEnded) return;
    if (value === undefined) throw new TypeError('progress() needs a value: undefined is no message');
    const { bytes, pins } = encode(value, this.#channel.carrier, 'progress');
    try {
      this.#channel.send(bytes, flagsOf(PROGRESS, 0));
    } catch (error) {
      pins.drop();
      throw error;
    }
    pins.sent();
  }

  end(): void {
    this.#hasEnded = true;
    this.#over?.abort();
  }

  /** Only a task that asks for its signal is told by a ring: for the others nothing is spent. */
  #watch(): void {
    this.#over = new AbortController();
    // Ends with the task by its signal.
    this.#channel.line.wait(() => this.#look() || undefined, Infinity, this.#over.signal).catch(() => {});
  }

  #look(): boolean {
    if (this.#hasEnded || Atomics.load(this.#channel.words, ASKED) !== ((this.#number << 1) | 1))
      return false;
    this.#stop?.abort(new DOMException('The pool asked the task to stop', 'AbortError'));
    return true;
  }
}
