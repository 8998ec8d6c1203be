import { type ClosedError, type SyncWaitOptions, TimeoutError, type WaitOptions } from '@mp/core';
import {
  CHOSEN,
  LOOK,
  NOT_SHORT,
  type Reason,
  TAKES_BYTES,
  timeLeft,
  UNINVITED,
  type WaiterTable,
  WaitLine,
} from '@mp/core/internal';
import type { Manner } from './latch.ts';

/**
 * After so many wakes in vain, a thread that blocks naps for so long, in milliseconds, before it sleeps again. Another thread is
 * quicker to take what this one is woken for, and each of these wakes takes processor time from that one.
 */
const VAIN_WAKES = 4;
const NAP_MS = 0.5;
const nap = new Int32Array(new SharedArrayBuffer(4));

/**
 * Makes a value of what a step got, once the call has left its line: it may run code of the user's, which calls the same
 * queue perhaps.
 */
export type Read<R> = () => R;

/** A step that answers at once; `undefined` = not now. */
export type Step<R> = (manner: Manner) => Read<R> | undefined;

/** Makes a value of an item that the short way took, of so many bytes, instead of a step. */
export type ReadTaken<R> = (length: number) => R;

/** The waits of this thread for one thing of a queue: those that stand in line go first. */
export class Waits {
  readonly line: WaitLine;
  readonly #attempted: string;
  readonly #reason: string;
  /** Wakes in vain; one that was not takes half of them away. */
  #vain = 0;

  /**
   * @param attempted what was attempted, for the message at a timeout: `Cannot get from the Queue`
   * @param reason why it was not possible: `it is empty`
   */
  constructor(waiters: WaiterTable, attempted: string, reason: string) {
    this.line = new WaitLine(waiters);
    this.#attempted = attempted;
    this.#reason = reason;
  }

  /** Whether nobody stands in line. */
  get isFree(): boolean {
    return this.line.isEmpty;
  }

  /** Tries once. */
  now<R>(step: Step<R>): R | undefined {
    return this.line.isEmpty ? step('now')?.() : undefined;
  }

  /** Tries once, for a call that does not wait. */
  try<R>(step: Step<R>): R | undefined {
    return this.line.isEmpty ? step('try')?.() : undefined;
  }

  /**
   * @param leavesSome whether another waiter may have use of what this one was woken for and could not use
   * @param readTaken the line has a short way, which may do what the step does
   * @throws TimeoutError at the deadline, or what the step throws
   */
  later<R>(
    step: Step<R>,
    deadline: number,
    options: WaitOptions | undefined,
    leavesSome?: () => boolean,
    readTaken?: ReadTaken<R>,
  ): Promise<R> {
    const attempt = this.#attempt(step, deadline, leavesSome);
    const finish = (got: Read<R> | number | undefined) =>
      typeof got === 'number' ? (readTaken as ReadTaken<R>)(got) : this.#read(got, options);
    const short = readTaken === undefined ? NOT_SHORT : TAKES_BYTES;
    return this.line.wait<Read<R> | number, R>(attempt, deadline, options?.signal, finish, short);
  }

  /** Like {@link Waits.later}, but blocks the thread. */
  laterSync<R>(
    step: Step<R>,
    deadline: number,
    options: SyncWaitOptions | undefined,
    leavesSome?: () => boolean,
    readTaken?: ReadTaken<R>,
  ): R {
    const attempt = this.#attempt(step, deadline, leavesSome);
    const finish = (got: Read<R> | number | undefined) => {
      if (typeof got !== 'number') return this.#read(got, options);
      this.#learn(true, deadline);
      return (readTaken as ReadTaken<R>)(got);
    };
    const patient = (reason: Reason) => {
      const got = attempt(reason);
      if (reason === CHOSEN) this.#learn(got !== undefined, deadline);
      return got;
    };
    const short = readTaken === undefined ? NOT_SHORT : TAKES_BYTES;
    return this.line.waitSync<Read<R> | number, R>(patient, deadline, finish, short);
  }

  /** From now on, a wait here in the event loop does not keep it alive. */
  unref(): void {
    this.line.keepsAlive = false;
  }

  failAll(error: ClosedError): void {
    this.line.failAll(error);
  }

  #attempt<R>(
    step: Step<R>,
    deadline: number,
    leavesSome: (() => boolean) | undefined,
  ): (reason: Reason) => Read<R> | undefined {
    return (reason) => {
      // What does not stand in line yet spins.
      const got = step(this.line.isEmpty ? 'spin' : mannerOf(reason, deadline));
      if (got === undefined && reason === CHOSEN && leavesSome?.()) this.line.wakeNext();
      return got;
    };
  }

  /** This thread was woken. One that naps can be chosen, which costs no system call then, and tries again afterwards. */
  #learn(isSuccess: boolean, deadline: number): void {
    if (isSuccess) this.#vain >>= 1;
    else if (this.#vain < VAIN_WAKES) this.#vain++;
    else Atomics.wait(nap, 0, 0, Math.min(NAP_MS, timeLeft(deadline)));
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
