import { type Attempt, asGot, atDeadline, CHOSEN, type Finish, Wait, watchAbort } from '@mp/core/internal';
import type { Line } from './transport.ts';

/** A sync wait looks around this often: `worker.terminate()` costs one slice at most. */
const SLICE_MS = 20;

/** What a line belongs to. */
export interface LineOwner {
  /** The line got its first wait, or lost its last: what is watched may change. */
  changed(): void;
  /** Blocks the thread until trying again may help, at most `milliseconds`. */
  block(milliseconds: number): void;
  /** While true, the first wait goes on waiting with what it got: a part of its message has yet to leave. */
  holds(): boolean;
}

/**
 * The waits of this thread for a socket or a listener, which tell when to try. Otherwise it is what a `WaitLine` of core
 * is: sync and async waits in one line, served in the order they came.
 */
export class SocketLine implements Line {
  readonly #owner: LineOwner;
  #waits: Wait[] = [];
  #first = 0;

  constructor(owner: LineOwner) {
    this.#owner = owner;
  }

  get isEmpty(): boolean {
    return this.#waits.length === 0;
  }

  wait<T, R = T | undefined>(
    attempt: Attempt<T>,
    deadline: number,
    signal?: AbortSignal,
    finish: Finish<T, R> = asGot,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const wait = new Wait(
        attempt,
        finish as Finish<unknown, unknown>,
        resolve as (value: unknown) => void,
        reject,
      );
      if (deadline !== Infinity) wait.cancelTimer = atDeadline(deadline, () => this.#expire(wait));
      const onAbort = () => {
        // What was got cannot be given back.
        if (wait.got === undefined) wait.fail(signal?.reason);
        else wait.settle();
        this.serve();
      };
      if (signal !== undefined && !signal.aborted) wait.unwatch = watchAbort(signal, onAbort);
      this.#enter(wait);
      if (signal?.aborted && !wait.done) onAbort();
    });
  }

  waitSync<T, R = T | undefined>(attempt: Attempt<T>, deadline: number, finish: Finish<T, R> = asGot): R {
    let result: unknown;
    let failure: { error: unknown } | undefined;
    const wait = new Wait(
      attempt as Attempt<unknown>,
      finish as Finish<unknown, unknown>,
      (value) => {
        result = value;
      },
      (error) => {
        failure = { error };
      },
    );
    this.#enter(wait);
    while (!wait.done) {
      const now = performance.now();
      if (now >= deadline) this.#expire(wait);
      else {
        this.#owner.block(Math.min(SLICE_MS, deadline - now));
        this.serve();
      }
    }
    if (failure !== undefined) throw failure.error;
    return result as R;
  }

  /** Lets the waits at the head of the line try, in order, as long as they succeed. */
  serve(): void {
    for (let wait = this.#head(); wait !== undefined; wait = this.#head()) {
      if (!this.#try(wait)) return;
    }
  }

  /** What the first wait got has failed after all. */
  failHeld(error: unknown): void {
    const wait = this.#head();
    if (wait?.got !== undefined) wait.fail(error);
  }

  failAll(error: unknown): void {
    const waits = this.#waits.slice(this.#first);
    this.#waits = [];
    this.#first = 0;
    for (const wait of waits) if (!wait.done) wait.fail(error);
    if (waits.length > 0) this.#owner.changed();
  }

  #enter(wait: Wait): void {
    const first = this.#waits.length === 0;
    this.#waits.push(wait);
    if (!first) return;
    this.serve();
    if (!wait.done) this.#owner.changed();
  }

  /** @returns whether it is done */
  #try(wait: Wait): boolean {
    try {
      wait.got ??= wait.attempt(CHOSEN);
      if (wait.got === undefined || this.#owner.holds()) return false;
      wait.settle();
    } catch (error) {
      wait.fail(error);
    }
    return true;
  }

  #expire(wait: Wait): void {
    if (wait.done) return;
    this.serve();
    // With nothing, or with what it got and is held for.
    if (!wait.done) wait.settle();
    this.serve();
  }

  #head(): Wait | undefined {
    const waits = this.#waits;
    if (waits.length === 0) return undefined;
    while (this.#first < waits.length && waits[this.#first].done) this.#first++;
    if (this.#first === waits.length) {
      this.#waits = [];
      this.#first = 0;
      this.#owner.changed();
    } else if (this.#first > 1024 && this.#first * 2 > waits.length) {
      this.#waits = waits.slice(this.#first);
      this.#first = 0;
    }
    return this.#waits[this.#first];
  }
}
