/** Why a wait tries now: it has just come (or just looks again) … */
export const UNINVITED = 0;
/** … a notifier chose it … */
export const CHOSEN = 1;
/** … or its period is over, or its time: it then also asks whether an owner has died. */
export const LOOK = 2;

export type Reason = typeof UNINVITED | typeof CHOSEN | typeof LOOK;

/**
 * Tries to do what a wait is for, at once.
 *
 * @returns what was got, or `undefined` = not now
 */
export type Attempt<T> = (reason: Reason) => T | undefined;

/**
 * Makes of what an attempt got what its wait answers, at once, but when the wait has left its line: here code of the
 * user's may run, which waits for the same thing perhaps. `undefined`: the time was over.
 */
export type Finish<T, R> = (got: T | undefined) => R;

/** The answer of a wait is what its attempt got. */
export const asGot = (got: unknown): never => got as never;

/** Nothing: only its attempt gets what it waits for. */
export const NOT_SHORT = 0;
/** It takes any message, by a copy to where the short way puts it, and gets the length. */
export const TAKES_BYTES = 1;
/** It is over when there is any message, and leaves that where it is. */
export const IS_TOLD = 2;

/** What the short way of a line of messages, if it has one, may do for a wait. */
export type Short = typeof NOT_SHORT | typeof TAKES_BYTES | typeof IS_TOLD;

/** One call that waits in a line. */
export class Wait {
  done = false;
  /** What its attempt got; `undefined` = nothing yet. */
  got: unknown;
  cancelTimer: (() => void) | undefined;
  unwatch: (() => void) | undefined;

  constructor(
    readonly attempt: Attempt<unknown>,
    readonly finish: Finish<unknown, unknown>,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
    /** What the short way of its line may do for it. */
    readonly short: Short = NOT_SHORT,
  ) {}

  settle(): void {
    this.#end();
    try {
      this.resolve(this.finish(this.got));
    } catch (error) {
      this.reject(error);
    }
  }

  fail(error: unknown): void {
    this.#end();
    this.reject(error);
  }

  #end(): void {
    this.done = true;
    this.cancelTimer?.();
    this.unwatch?.();
  }
}
