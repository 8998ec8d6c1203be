import type { WaitOptions } from '@mp/core';
import type { AsyncDeadLetters } from '@mp/queue';
import { type Came, QueueLoop } from './queue-loop.ts';

/** How dead letters call the server. */
export interface LetterCalls {
  /** @param isItem whether what comes is taken from the queue */
  call<R>(method: string, options?: WaitOptions): Promise<R>;
  /** Calls what takes an item. */
  take<R>(method: string, options?: WaitOptions): Promise<R>;
}

/** Makes them: their constructor is not for users. */
export let lettersOf: <T>(calls: LetterCalls) => RemoteDeadLetters<T>;

/**
 * The items of a queue of a server that were delivered `maxAttempts` times and not acknowledged. They stay until they are
 * taken.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const queue = await manager.queue({ maxAttempts: 1 });
 * await queue.put('bad job');
 * const lease = await queue.lease();
 * await lease.retry(); // the only attempt
 * console.log(await queue.deadLetters.get()); // bad job
 * await manager.close();
 * ```
 */
export class RemoteDeadLetters<T = unknown> implements AsyncDeadLetters<T> {
  readonly #calls: LetterCalls;

  static {
    lettersOf = (calls) => new RemoteDeadLetters(calls);
  }

  private constructor(calls: LetterCalls) {
    this.#calls = calls;
  }

  /** How many there are: a promise, each time asked anew. */
  get size(): Promise<number> {
    return this.#calls.call('letters');
  }

  /**
   * Takes the oldest one, or waits for one.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and nothing is left of it, or closed here
   */
  get(options?: WaitOptions): Promise<T> {
    return this.#calls.take('getLetter', options);
  }

  /** Takes the oldest one if there is one. @returns `undefined` when there is none now. @throws ClosedError as `get` */
  tryGet(): Promise<T | undefined> {
    return this.#calls.take('tryGetLetter');
  }

  /** Takes them until the queue is shut down and nothing is left of it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return new QueueLoop(
      () => this.#calls.take<Came>('nextLetter'),
      ([letter]) => letter as T,
    );
  }
}
