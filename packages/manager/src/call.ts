import { TimeoutError } from '@mp/core';

/** A connection, as the objects of a server see it: the owner of what was acquired over it. */
export interface Caller {
  /** Different for each connection of the server's life. */
  readonly id: number;
  /**
   * Runs `lose` when the connection has ended.
   *
   * @returns how to forget it
   */
  onLost(lose: () => void): () => void;
  /** The task that the client names: its server imports it, or has it already. */
  findTask(ref: unknown): Promise<(...args: never[]) => unknown>;
}

/** One call that runs in the server. */
export class Call {
  /** Whether it must not wait. */
  readonly now: boolean;
  readonly caller: Caller;
  #controller: AbortController | undefined;
  #reason: unknown;
  #isCancelled = false;
  #onCancel: ((reason: unknown) => void) | undefined;
  /** Takes back what it has done, should its client turn out to have given up before it read the answer. */
  undo: (() => void) | undefined;
  /** Whether that is done as well when the client is gone and has not said that it read the answer. */
  undoIfLost = false;

  /** Whether what it gives lies in a container, where clients may change it. */
  isOfContainer = false;

  /** Runs when the client has said that it has read the answer: nothing is taken back any more. */
  onRead: (() => void) | undefined;
  #onEnd: (() => void) | undefined;

  constructor(caller: Caller, now: boolean) {
    this.caller = caller;
    this.now = now;
  }

  /** Aborted when the client does not wait for the result any more, or is gone. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isCancelled) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Calls `run` once, when the client does not wait any more. The call then has to end. */
  onCancel(run: (reason: unknown) => void): void {
    if (this.#isCancelled) run(this.#reason);
    else this.#onCancel = run;
  }

  cancel(reason: unknown): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#onCancel?.(reason);
  }

  /** Calls `run` once, when the answer was made, or none will be. */
  onEnd(run: () => void): void {
    this.#onEnd = run;
  }

  /** It has an answer, or will have none. What is kept to take it back must not keep its arguments. */
  end(): void {
    this.#onCancel = undefined;
    const run = this.#onEnd;
    this.#onEnd = undefined;
    run?.();
  }

  /** @throws the reason when the client does not wait any more: what has yet to run must not */
  throwIfCancelled(): void {
    if (this.#isCancelled) throw this.#reason;
  }

  /** Takes back what it has done, once. Never throws: this must not end the session, or the server. */
  takeBack(): void {
    const { undo } = this;
    this.undo = undefined;
    this.end();
    try {
      undo?.();
    } catch (error) {
      process.emitWarning(`What a call has done could not be taken back: ${error}`);
    }
  }

  /** The client is gone and has not read the answer. */
  takeBackIfLost(): void {
    if (this.undoIfLost) this.takeBack();
    else this.end();
  }

  /** The end of a call that must not wait and would have to. */
  notNow(): never {
    throw new TimeoutError('It cannot be done at once');
  }
}

/** What a method of a hosted class may know of the call that runs it. */
export interface CurrentCall {
  /** Aborted when the client has given up, by a timeout or a signal, or is gone. */
  readonly signal: AbortSignal;
  /** Of its connection; different for each client that the server has had. */
  readonly client: number;
}

let current: Call | undefined;

/** Runs a method. The call can be seen until the method returns, or awaits for the first time. */
export function runAs<T>(call: Call, run: () => T): T {
  const before = current;
  current = call;
  try {
    return run();
  } finally {
    current = before;
  }
}

/**
 * The call that runs, for a method of a hosted class. Ask before the first `await`: behind it, another call may run.
 *
 * @returns `undefined` when no client called: the method was called by code of the server
 *
 * @example
 * ```js
 * import { setTimeout as delay } from 'node:timers/promises';
 * import { currentCall } from '@mp/manager';
 *
 * export class Sleeper {
 *   async sleep(ms) {
 *     const { signal } = currentCall() ?? {};
 *     await delay(ms, undefined, { signal });
 *   }
 * }
 * ```
 */
export function currentCall(): CurrentCall | undefined {
  const call = current;
  return (
    call && {
      get signal() {
        return call.signal;
      },
      client: call.caller.id,
    }
  );
}
