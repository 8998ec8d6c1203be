import type { ClosedError, SyncWaitOptions, WaitOptions } from '@mp/core';
import { deadlineOf, deadlineOfSync } from '@mp/core/internal';
import type { GetSide } from './get-side.ts';
import type { QueueState } from './queue-state.ts';
import { UntilOver } from './until-over.ts';
import { type Read, type Step, Waits } from './waits.ts';

/**
 * The items of a queue that were delivered `maxAttempts` times and not acknowledged, or that nobody can read any more: as
 * a queue, of which the queue itself is the only producer. They live in the same queue, are not counted in its `size`, and stay until they are taken.
 */
export class DeadLetters<T = unknown> {
  readonly #getSide: GetSide;
  readonly #waits: Waits;
  readonly #assertOpen: () => void;
  readonly #step: Step<T>;

  /** @internal */
  constructor(state: QueueState, getSide: GetSide, assertOpen: () => void) {
    this.#getSide = getSide;
    const { title } = state.segment;
    this.#waits = new Waits(state.letterWaiters, `Cannot get a dead letter of the ${title}`, 'there is none');
    this.#assertOpen = assertOpen;
    this.#step = () => getSide.takeLetter() as Read<T> | undefined;
  }

  /** How many there are. */
  get size(): number {
    this.#assertOpen();
    this.#getSide.latched.catchUp();
    return this.#getSide.latched.letters;
  }

  /**
   * Takes the oldest one, or waits for one.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and nothing is left of it, or closed in this thread
   * @throws MpError `ERR_MP_STALE` when what it mentions is gone: it is taken then
   */
  get(options?: WaitOptions): Promise<T> {
    return this.#getBy(this.#step, options);
  }

  /** Like {@link DeadLetters.get} but blocks the thread. */
  getSync(options?: SyncWaitOptions): T {
    this.#assertOpen();
    const deadline = deadlineOfSync(options);
    const letter = this.#waits.now(this.#step);
    // Not `??`: `null` is an item.
    return letter === undefined ? this.#waits.laterSync(this.#step, deadline, options) : letter;
  }

  /**
   * Takes the oldest one if there is one. Never waits.
   *
   * @returns the item, or `undefined` when there is none now
   * @throws ClosedError as {@link DeadLetters.get}
   */
  tryGet(): T | undefined {
    this.#assertOpen();
    return this.#waits.try(this.#step);
  }

  /** Takes them until the queue is shut down and nothing is left of it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return new UntilOver({
      step: this.#step,
      get: (step, fail) => this.#getBy(step).then(undefined, fail),
      isOver: () => {
        this.#assertOpen();
        return this.#getSide.latched.lettersAreOver;
      },
    });
  }

  /** @internal */
  failAll(error: ClosedError): void {
    this.#waits.failAll(error);
  }

  async #getBy<R>(step: Step<R>, options?: WaitOptions): Promise<R> {
    this.#assertOpen();
    const deadline = deadlineOf(options);
    const letter = this.#waits.now(step);
    return letter === undefined ? this.#waits.later(step, deadline, options) : letter;
  }
}
