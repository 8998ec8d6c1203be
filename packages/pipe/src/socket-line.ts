import { type Attempt, atDeadline, LOOK, type Reason, UNINVITED } from '@mp/core/internal';
import type { Line } from './transport.ts';

/** A sync wait looks around this often: `worker.terminate()` costs one slice at most. */
const SLICE_MS = 20;

/** What a line belongs to. */
export interface LineOwner {
  /** The line got its first wait, or lost its last: what is watched may change. */
  changed(): void;
  /** Blocks the thread until trying again may help, at most `milliseconds`. */
  block(milliseconds: number): void;
  /** While true, what the first wait got is not quite done with: it goes on waiting. */
  readonly holds: boolean;
}

class Wait {
  done = false;
  /** What its attempt got; `undefined` = nothing yet. */
  got: unknown;
  stopWatching: (() => void) | undefined;

  constructor(
    readonly attempt: Attempt<unknown>,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  settle(): void {
    this.done = true;
    this.stopWatching?.();
    this.resolve(this.got);
  }

  fail(error: unknown): void {
    this.done = true;
    this.stopWatching?.();
    this.reject(error);
  }
}

/**
 * The waits of this thread for something that is no shared memory: a socket tells when to try. Otherwise it is what a
 * `WaitLine` of core is: sync and async waits in one line, served in the order they came.
 */
export class SocketLine implements Line {
  readonly #owner: LineOwner;
  #waits: Wait[] = [];

  constructor(owner: LineOwner) {
    this.#owner = owner;
  }

  get isEmpty(): boolean {
    return this.#waits.length === 0;
  }

  wait<T>(attempt: Attempt<T>, deadline: number, signal?: AbortSignal): Promise<T | undefined> {
    return new Promise<T | undefined>((resolve, reject) => {
      if (signal?.aborted) throw signal.reason;
      const wait = new Wait(attempt, resolve as (value: unknown) => void, reject);
      const cancelTimer = deadline === Infinity ? undefined : atDeadline(deadline, () => this.#expire(wait));
      const onAbort = () => {
        // What was got cannot be given back.
        if (wait.got === undefined) wait.fail(signal?.reason);
        else wait.settle();
        this.serve(UNINVITED);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      wait.stopWatching = () => {
        cancelTimer?.();
        signal?.removeEventListener('abort', onAbort);
      };
      this.#enter(wait);
    });
  }

  waitSync<T>(attempt: Attempt<T>, deadline: number): T | undefined {
    let result: unknown;
    let failure: { error: unknown } | undefined;
    const wait = new Wait(
      attempt as Attempt<unknown>,
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
        this.serve(UNINVITED);
      }
    }
    if (failure !== undefined) throw failure.error;
    return result as T | undefined;
  }

  /** Lets the waits at the head of the line try, in order, as long as they succeed. */
  serve(reason: Reason): void {
    for (let wait = this.#head(); wait !== undefined; wait = this.#head()) {
      if (!this.#try(wait, reason)) return;
    }
  }

  failAll(error: unknown): void {
    const waits = this.#waits;
    this.#waits = [];
    for (const wait of waits) if (!wait.done) wait.fail(error);
    if (waits.length > 0) this.#owner.changed();
  }

  #enter(wait: Wait): void {
    const first = this.#waits.length === 0;
    this.#waits.push(wait);
    if (!first) return;
    this.serve(UNINVITED);
    if (!wait.done) this.#owner.changed();
  }

  /** @returns whether it is done */
  #try(wait: Wait, reason: Reason): boolean {
    try {
      wait.got ??= wait.attempt(reason);
      if (wait.got === undefined || this.#owner.holds) return false;
      wait.settle();
    } catch (error) {
      wait.fail(error);
    }
    return true;
  }

  #expire(wait: Wait): void {
    if (wait.done) return;
    this.serve(LOOK);
    // Settled with nothing, or with what it got and is held for.
    if (!wait.done) wait.settle();
    this.serve(UNINVITED);
  }

  #head(): Wait | undefined {
    let done = 0;
    while (done < this.#waits.length && this.#waits[done].done) done++;
    if (done > 0) {
      this.#waits = this.#waits.slice(done);
      if (this.#waits.length === 0) this.#owner.changed();
    }
    return this.#waits[0];
  }
}
