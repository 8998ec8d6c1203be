import { type ClosedError, TimeoutError, type WaitOptions } from '@mp/core';
import { atDeadline, deadlineOf, watchAbort } from '@mp/core/internal';
import type { Session } from './session.ts';
import { LAST_LOOK_MS, type Listening, LOOK_MS } from './wakes.ts';

/** What one look at an object came to: what the waiter gets, or that it has to wait. */
export type Look<T> =
  | { readonly got: T }
  | {
      /** Look again after so many ms if no wake comes before; `Infinity` = only as a safeguard. */
      readonly lookAfter: number;
    };

/** What one wait does. */
export interface WaitOrder<T> {
  /** Looks once; does not wait. */
  look(): Promise<Look<T>>;
  /** Gives back what a look got when the wait had ended before. */
  giveBack(got: T): void;
  /** What the error of a wait that ran out of time says: `Cannot acquire the lock "a"`. */
  readonly what: string;
}

/**
 * The waits of one handle for one object, in their order: only the first one looks.
 *
 * | the first one…                | then                                                                          |
 * | ----------------------------- | ----------------------------------------------------------------------------- |
 * | looks, and gets it            | the next one is the first, and looks at once                                  |
 * | looks, and the line is deaf   | subscribes, and looks again: a change in between was not told to it           |
 * | looks, and a wake came since  | looks again: the wake may be of a change after the look                       |
 * | looks, and none came          | sleeps until a wake, its `lookAfter`, or LOOK_MS                              |
 * | is at its deadline            | looks once more, then ends                                                    |
 * | is aborted, or the line fails | ends at once; what a look under way gets is given back                        |
 */
export class WaitLine {
  readonly #session: Session;
  readonly #channel: string;
  readonly #waits: Waiting[] = [];
  #listening: Listening | undefined;
  #isDeaf = true;
  #isServing = false;
  /** Wakes so far; a look that began before the last one has to be repeated. */
  #wakes = 0;
  #wake: () => void = () => {};
  #isResting = false;
  /** Whether the last sleep ended without anything having told of a change: a look that gets something now is a rescue. */
  #isUntold = false;
  #forget: () => void = () => {};

  constructor(session: Session, channel: string) {
    this.#session = session;
    this.#channel = channel;
  }

  /** How many wait. */
  get length(): number {
    return this.#waits.length;
  }

  /**
   * Waits for its turn, and looks until it gets something.
   *
   * @param also names of options that the caller has besides
   * @throws TimeoutError, `signal.reason`, ClosedError, and what a look rejects with
   */
  wait<T>(order: WaitOrder<T>, options?: WaitOptions, also?: readonly string[]): Promise<T> {
    let deadline: number;
    try {
      deadline = deadlineOf(options, also);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise<T>((resolve, reject) => {
      const waiting = new Waiting(
        order as WaitOrder<unknown>,
        deadline,
        resolve as (got: unknown) => void,
        reject,
      );
      waiting.onEnd = () => this.#remove(waiting);
      waiting.onDue = () => this.#due(waiting);
      waiting.watch(options?.signal);
      this.#waits.push(waiting);
      if (this.#isResting && waiting.isDue) waiting.fail(waiting.timeout());
      this.#serve();
    });
  }

  /** Ends all waits with this error, and the subscription. */
  failAll(error: ClosedError): void {
    for (const waiting of [...this.#waits]) waiting.fail(error);
    this.#stop();
  }

  /** Looks now: something has changed that the caller knows of. */
  poke(): void {
    this.#wakes++;
    this.#wake();
  }

  #remove(waiting: Waiting): void {
    const index = this.#waits.indexOf(waiting);
    if (index >= 0) this.#waits.splice(index, 1);
    if (index === 0) this.#wake();
  }

  /** The time of a wait is over: the first one looks once more; in front of any other one stands one that has looked. */
  #due(waiting: Waiting): void {
    if (this.#waits[0] !== waiting) waiting.fail(waiting.timeout());
    else {
      waiting.failAfter(LAST_LOOK_MS);
      this.#wake();
    }
  }

  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    this.#forget = this.#session.onClose((error) => this.failAll(error));
    // Another line of this site has subscribed already: then no change can be missed from the first look on.
    if (this.#session.wakes.hears(this.#channel)) {
      this.#subscribe();
      this.#isDeaf = false;
    }
    void this.#serveAll();
  }

  async #serveAll(): Promise<void> {
    for (let first = this.#waits[0]; first !== undefined; first = this.#waits[0]) {
      const wakes = this.#wakes;
      const isLast = first.isDue;
      try {
        const look = await first.order.look();
        if ('got' in look) {
          if (this.#isUntold) this.#session.rescued++;
          this.#isUntold = false;
          first.take(look.got);
          continue;
        }
        if (first.hasEnded) continue;
        if (isLast) first.fail(first.timeout());
        else if (this.#isDeaf) await this.#resting(() => this.#listen(first));
        else if (wakes === this.#wakes && !first.isDue)
          await this.#resting(() => this.#sleep(look.lookAfter));
      } catch (error) {
        first.fail(error);
      }
    }
    // In the same step as the look at the line: a wait that comes from here on is served anew.
    this.#isServing = false;
    this.#forget();
    this.#stop();
  }

  /** The first one has looked, and rests: what may not wait and stands behind it ends. */
  async #resting(rest: () => Promise<void>): Promise<void> {
    this.#isResting = true;
    for (const waiting of this.#waits.slice(1)) if (waiting.isDue) waiting.fail(waiting.timeout());
    try {
      await rest();
    } finally {
      this.#isResting = false;
    }
  }

  /** The wait may end meanwhile; then the line is deaf still. */
  async #listen(first: Waiting): Promise<void> {
    const listening = this.#subscribe();
    const ended = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (first.isDue) return;
    try {
      await Promise.race([listening.ready, ended]);
    } catch (error) {
      this.#stop();
      throw error;
    }
    if (this.#session.wakes.hears(this.#channel)) this.#isDeaf = false;
  }

  #subscribe(): Listening {
    this.#listening ??= this.#session.wakes.listen(this.#channel, () => this.poke());
    return this.#listening;
  }

  /** @param lookAfter in ms; the safeguard may come first */
  async #sleep(lookAfter: number): Promise<void> {
    this.#isUntold = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(lookAfter > LOOK_MS), Math.ceil(Math.min(lookAfter, LOOK_MS)));
      this.#wake = () => {
        clearTimeout(timer);
        resolve(false);
      };
    });
  }

  #stop(): void {
    this.#listening?.stop();
    this.#listening = undefined;
    this.#isDeaf = true;
  }
}

/** One wait in a line. */
class Waiting {
  readonly order: WaitOrder<unknown>;
  readonly #deadline: number;
  readonly #resolve: (got: unknown) => void;
  readonly #reject: (error: unknown) => void;
  readonly #ends: (() => void)[] = [];
  onEnd: () => void = () => {};
  onDue: () => void = () => {};
  hasEnded = false;

  constructor(
    order: WaitOrder<unknown>,
    deadline: number,
    resolve: (got: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.order = order;
    this.#deadline = deadline;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get isDue(): boolean {
    return performance.now() >= this.#deadline;
  }

  watch(signal: AbortSignal | undefined): void {
    if (signal !== undefined) this.#ends.push(watchAbort(signal, () => this.fail(signal.reason)));
    if (this.#deadline === -Infinity) this.failAfter(LAST_LOOK_MS);
    else if (this.#deadline !== Infinity) this.#ends.push(atDeadline(this.#deadline, () => this.onDue()));
  }

  take(got: unknown): void {
    if (this.hasEnded) this.order.giveBack(got);
    else {
      this.#end();
      this.#resolve(got);
    }
  }

  fail(error: unknown): void {
    if (this.hasEnded) return;
    this.#end();
    this.#reject(error);
  }

  failAfter(ms: number): void {
    const timer = setTimeout(() => this.fail(this.timeout()), ms);
    this.#ends.push(() => clearTimeout(timer));
  }

  timeout(): TimeoutError {
    return new TimeoutError(`${this.order.what}: the time is over`);
  }

  #end(): void {
    this.hasEnded = true;
    for (const end of this.#ends) end();
    this.onEnd();
  }
}
