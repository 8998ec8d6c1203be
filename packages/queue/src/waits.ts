import { type ClosedError, type SyncWaitOptions, TimeoutError, type WaitOptions } from '@mp/core';
import { CHOSEN, LOOK, type Reason, UNINVITED, type WaiterTable, WaitLine } from '@mp/core/internal';
import type { Manner } from './latch.ts';

/**
 * Makes a value of what a step got, once the call has left its line: it may run code of the user's, which calls the same
 * queue perhaps.
 */
export type Read<R> = () => R;

/** A step that answers at once; `undefined` = not now. */
export type Step<R> = (manner: Manner) => Read<R> | undefined;

/** The waits of this thread for one thing of a queue: those that stand in line go first. */
export class Waits {
  readonly #line: WaitLine;
  readonly #attempted: string;
  readonly #reason: string;

  /**
   * @param attempted what was attempted, for the message at a timeout: `Cannot get from the Queue`
   * @param reason why it was not possible: `it is empty`
   */
  constructor(waiters: WaiterTable, attempted: string, reason: string) {
    this.#line = new WaitLine(waiters);
    this.#attempted = attempted;
    this.#reason = reason;
  }

  /** Whether nobody stands in line. */
  get isFree(): boolean {
    return this.#line.isEmpty;
  }

  /** Tries once. */
  now<R>(step: Step<R>): R | undefined {
    return this.#line.isEmpty ? step('now')?.() : undefined;
  }

  /** Tries once, for a call that does not wait. */
  try<R>(step: Step<R>): R | undefined {
    return this.#line.isEmpty ? step('try')?.() : undefined;
  }

  /**
   * @param leavesSome whether another waiter may have use of what this one was woken for and could not use
   * @throws TimeoutError at the deadline, or what the step throws
   */
  later<R>(
    step: Step<R>,
    deadline: number,
    options: WaitOptions | undefined,
    leavesSome?: () => boolean,
  ): Promise<R> {
    const attempt = this.#attempt(step, deadline, leavesSome);
    const finish = (got: Read<R> | undefined) => this.#read(got, options);
    return this.#line.wait(attempt, deadline, options?.signal, finish);
  }

  /** Like {@link Waits.later}, but blocks the thread. */
  laterSync<R>(
    step: Step<R>,
    deadline: number,
    options: SyncWaitOptions | undefined,
    leavesSome?: () => boolean,
  ): R {
    const finish = (got: Read<R> | undefined) => this.#read(got, options);
    return this.#line.waitSync(this.#attempt(step, deadline, leavesSome), deadline, finish);
  }

  /** From now on, a wait here in the event loop does not keep it alive. */
  unref(): void {
    this.#line.keepsAlive = false;
  }

  failAll(error: ClosedError): void {
    this.#line.failAll(error);
  }

  #attempt<R>(
    step: Step<R>,
    deadline: number,
    leavesSome: (() => boolean) | undefined,
  ): (reason: Reason) => Read<R> | undefined {
    return (reason) => {
      const got = step(mannerOf(reason, deadline));
      if (got === undefined && reason === CHOSEN && leavesSome?.()) this.#line.wakeNext();
      return got;
    };
  }

  #read<R>(got: Read<R> | undefined, options: SyncWaitOptions | undefined): R {
    if (got !== undefined) return got();
    throw new TimeoutError(`${this.#attempted} within ${options?.timeout} ms: ${this.#reason}`);
  }
}

function mannerOf(reason: Reason, deadline: number): Manner {
  if (reason === UNINVITED) return 'waiting';
  // That somebody is inside for a moment must not be taken for "empty" or "full".
  if (performance.now() >= deadline) return 'last';
  return reason === LOOK ? 'look' : 'waiting';
}
