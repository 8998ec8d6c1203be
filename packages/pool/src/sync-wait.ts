import { availableParallelism } from 'node:os';
import { type Channel, LOOK } from '@mp/core/internal';

/** So long a thread that blocks looks for an answer before it sleeps; alone on its processor it would look in vain. */
const SPIN_MS = availableParallelism() > 1 ? 0.05 : 0;

/** What a worker does in the steps of a thread that blocks for it. */
export interface SyncWorker {
  readonly isGone: boolean;
  /** Reads what has come. */
  drain(): void;
  /** Does what an event loop would do now and then. */
  look(): void;
}

type End = 'done' | 'gone';

/** How a thread blocks for one worker. */
export class SyncWait {
  readonly #channel: Channel;
  readonly #worker: SyncWorker;
  #isDone: (() => boolean) | undefined;

  constructor(channel: Channel, worker: SyncWorker) {
    this.#channel = channel;
    this.#worker = worker;
  }

  /** Blocks until something is done, the deadline is over, or the worker gone. */
  wait(isDone: () => boolean, deadline: number): End | 'late' {
    this.#isDone = isDone;
    try {
      return this.#spin(deadline) ?? this.#sleep(deadline) ?? 'late';
    } finally {
      this.#isDone = undefined;
    }
  }

  /**
   * Whether a wait has ended. The pool's own wait stands before it in the line, so that one takes its steps.
   *
   * @param isLook whether nothing rang: it is time to look
   */
  isOver(isLook: boolean): boolean {
    return this.#step(isLook) !== undefined;
  }

  /** The line does not spin, because it is not empty: a short task is answered before a sleep begins. */
  #spin(deadline: number): End | undefined {
    const until = Math.min(deadline, performance.now() + SPIN_MS);
    do {
      const end = this.#channel.isEmpty ? undefined : this.#step(false);
      if (end !== undefined) return end;
    } while (performance.now() < until);
    return undefined;
  }

  #sleep(deadline: number): End | undefined {
    return this.#channel.line.waitSync((reason) => this.#step(reason === LOOK), deadline);
  }

  #step(isLook: boolean): End | undefined {
    const isDone = this.#isDone;
    if (isDone === undefined) return undefined;
    this.#worker.drain();
    if (isDone()) return 'done';
    if (isLook) this.#worker.look();
    if (!this.#worker.isGone) return undefined;
    // It may have answered before it died.
    this.#worker.drain();
    return isDone() ? 'done' : 'gone';
  }
}
