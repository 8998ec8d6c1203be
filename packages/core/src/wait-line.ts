import { availableParallelism } from 'node:os';
import { watchAbort } from './aborts.ts';
import { thisAgent } from './agent.ts';
import { atDeadline } from './deadline.ts';
import { type ParkedLine, parkingLot } from './parking-lot.ts';
import type { ShortWay } from './short-way.ts';
import {
  type Attempt,
  asGot,
  CHOSEN,
  type Finish,
  LOOK,
  NOT_SHORT,
  type Reason,
  type Short,
  UNINVITED,
  Wait,
} from './wait.ts';
import { UNLISTED, type WaiterTable } from './waiter-table.ts';

/** A sync sleep is cut into slices: `worker.terminate()` and a lost wake-up cost one slice at most. */
export const SLICE_MS = 20;

/**
 * Bounds of the spin before a sync sleep. A sleep and its wake cost about the upper one, so a thread that spins
 * that long before it sleeps pays twice at most; with one core, nothing changes while a thread spins.
 */
const SPIN_LEAST_MS = 0.001;
const SPIN_MOST_MS = availableParallelism() > 1 ? 0.05 : SPIN_LEAST_MS;

/** A wait that was over this soon, sleep included, would have been over in a longer spin. */
const SOON_MS = 0.25;

/** After so many long spins in vain, this many waits do with the shortest. */
const VAIN_MOST = 4;
const MODEST_WAITS = 100;

/** Attempts between two looks at the clock. */
const SPIN_TURNS = 16;

/**
 * The waits of this thread for one thing, in order. However many there are they take one entry of the waiter table: the
 * first one's. Sync and async waits stand in the same line, so that they are served in the order they came.
 */
export class WaitLine implements ParkedLine {
  readonly #waiters: WaiterTable;
  readonly #kind: number;
  #waits: Wait[] = [];
  #first = 0;
  #entry = UNLISTED;
  #keepsAlive = true;
  #spinMs = SPIN_LEAST_MS;
  /** Whether no spin could have covered the last wait. */
  #wasLong = false;
  /** Long spins in vain, in a row; below 0 while they are given up. */
  #vain = 0;
  /** The short way of the line of messages for which its waits are, if it has one. */
  shortWay: ShortWay | undefined;

  constructor(waiters: WaiterTable, kind = 1) {
    this.#waiters = waiters;
    this.#kind = kind;
  }

  get isEmpty(): boolean {
    return this.#first === this.#waits.length;
  }

  /** Whether an async wait in this line keeps the event loop alive. True unless it is set otherwise. */
  get keepsAlive(): boolean {
    return this.#keepsAlive;
  }

  set keepsAlive(on: boolean) {
    if (this.#keepsAlive === on) return;
    this.#keepsAlive = on;
    parkingLot().refChanged();
  }

  /**
   * Waits in the event loop.
   *
   * @param deadline moment of the monotonic clock; the wait then tries once more and ends without anything
   * @param signal rejects the wait with its reason
   * @param short what the short way of a line of messages may do instead of `attempt`
   */
  wait<T, R = T | undefined>(
    attempt: Attempt<T>,
    deadline: number,
    signal?: AbortSignal,
    finish: Finish<T, R> = asGot,
    short: Short = NOT_SHORT,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (signal?.aborted) throw signal.reason;
      // First, because it may fail (no descriptor left): a wait in the line whose promise was rejected would take
      // what is never given back.
      parkingLot().join(this);
      const wait = new Wait(
        attempt,
        finish as Finish<unknown, unknown>,
        resolve as (value: unknown) => void,
        reject,
        short,
      );
      if (deadline !== Infinity) wait.cancelTimer = atDeadline(deadline, () => this.#expire(wait));
      if (signal !== undefined) {
        wait.unwatch = watchAbort(signal, () => {
          this.#withdraw(wait);
          wait.fail(signal.reason);
        });
      }
      this.#waits.push(wait);
      this.#start(wait);
    });
  }

  /**
   * Blocks the thread. Async waits that stood in this line before are served first.
   *
   * @param deadline moment of the monotonic clock; at it the wait tries once more and ends without anything
   */
  waitSync<T, R = T | undefined>(
    attempt: Attempt<T>,
    deadline: number,
    finish: Finish<T, R> = asGot,
    short: Short = NOT_SHORT,
  ): R {
    const begun = performance.now();
    // When waits are long, even the shortest spin is in vain, and keeps the processor from a thread that was just woken on it.
    if (this.isEmpty && !this.#wasLong) {
      const caught = this.#spin(attempt, Math.min(deadline, begun + this.#spinMs));
      if (caught !== undefined) return finish(caught);
    }
    let result: R | undefined;
    let failure: { error: unknown } | undefined;
    const wait = new Wait(
      attempt as Attempt<unknown>,
      finish as Finish<unknown, unknown>,
      (value) => {
        result = value as R | undefined;
      },
      (error) => {
        failure = { error };
      },
      short,
    );
    this.#waits.push(wait);
    const lot = parkingLot();
    const agent = thisAgent();
    const leaveOthers = lot.beginSync(this);
    if (!this.#start(wait)) this.serve(false);
    let now = begun;
    let lookAt = begun + SLICE_MS;
    while (!wait.done) {
      if (now >= deadline) {
        this.#expire(wait);
        break;
      }
      if (agent.sleep(Math.min(SLICE_MS, deadline - now), this.shortWay)) leaveOthers?.();
      if (wait.done) break;
      now = performance.now();
      if (now >= deadline) continue;
      const look = now >= lookAt;
      if (look) lookAt = now + SLICE_MS;
      this.serve(look);
    }
    lot.endSync(this);
    this.#learn(performance.now() - begun);
    if (failure !== undefined) throw failure.error;
    return result as R;
  }

  /**
   * Lets the waits at the head of the line try, in order, as long as they succeed.
   *
   * @returns whether one did
   */
  serve(look: boolean): boolean {
    let progress = false;
    for (;;) {
      const wait = this.#head();
      if (wait === undefined) {
        this.#waiters.leave(this.#entry);
        this.#entry = UNLISTED;
        parkingLot().leave(this);
        this.shortWay?.arm(0, NOT_SHORT);
        return progress;
      }
      const entry = this.#entry;
      const chosen = this.#waiters.isNotified(entry);
      if (chosen) this.#waiters.beginTry(entry);
      const before = look && !chosen ? this.#waiters.quiet(entry) : undefined;
      const done = this.#try(wait, chosen ? CHOSEN : look ? LOOK : UNINVITED);
      // An attempt may run code that closes the line, or waits in it: its entry is another's then.
      if (chosen && this.#entry === entry) this.#waiters.endTry(entry);
      if (done) {
        // What comes after a first success in one go was not left to the look.
        if (look && !chosen && !progress) this.#waiters.rescue(this.#entry, before);
        progress = true;
        this.#advance();
        if (!wait.done) wait.settle();
      } else if (this.#entry !== UNLISTED || !this.#enter()) {
        this.#arm(wait);
        return progress;
      }
    }
  }

  /**
   * The short way has taken what the wait at the head waits for.
   *
   * @param left whether its entry of the waiter table is given up, too
   */
  deliver(got: unknown, left: boolean): void {
    const waits = this.#waits;
    const wait = waits[this.#first++];
    if (!left) this.#waiters.leave(this.#entry);
    this.#entry = UNLISTED;
    wait.got = got;
    if (this.#first < waits.length) {
      this.#enter();
      wait.settle();
      this.serve(false);
      return;
    }
    this.#first = 0;
    if (waits.length === 1) waits.pop();
    else this.#waits = [];
    wait.settle();
  }

  #arm(wait: Wait): void {
    this.shortWay?.arm(this.#entry === UNLISTED ? 0 : this.#entry, wait.short);
  }

  /** Rejects every wait of this line: what it waits for was closed here. */
  failAll(error: unknown): void {
    this.#waiters.leave(this.#entry);
    this.#entry = UNLISTED;
    this.shortWay?.arm(0, NOT_SHORT);
    for (let wait = this.#head(); wait !== undefined; wait = this.#head()) {
      this.#first++;
      wait.fail(error);
    }
    parkingLot().leave(this);
  }

  /** Whether its waiter table lies in the memory that `words` shows. */
  isIn(words: Int32Array): boolean {
    return this.#waiters.isIn(words);
  }

  /** Part of an attempt that was chosen in vain: what it cannot use may be enough for the waiter behind it. */
  wakeNext(): void {
    this.#waiters.notifyAfter(this.#entry);
  }

  /** Gives a wake that reached this line to another waiter, because this thread cannot use it now. */
  passOn(): void {
    if (!this.#waiters.isNotified(this.#entry)) return;
    this.#waiters.leave(this.#entry);
    this.#entry = UNLISTED;
    this.#enter();
    const head = this.#head();
    if (head !== undefined) this.#arm(head);
  }

  #spin<T>(attempt: Attempt<T>, until: number): T | undefined {
    do {
      for (let turn = 0; turn < SPIN_TURNS; turn++) {
        const result = attempt(UNINVITED);
        if (result === undefined) continue;
        this.#spinMs = Math.min(SPIN_MOST_MS, this.#spinMs * 2);
        this.#vain = 0;
        return result;
      }
    } while (performance.now() < until);
    return undefined;
  }

  /** Adapts the spin to a wait that it did not cover. */
  #learn(waitedMs: number): void {
    this.#wasLong = waitedMs > SOON_MS;
    if (this.#vain < 0) {
      this.#vain++;
    } else if (this.#wasLong) {
      this.#spinMs = Math.max(SPIN_LEAST_MS, this.#spinMs / 2);
    } else if (this.#spinMs < SPIN_MOST_MS) {
      this.#spinMs = Math.min(SPIN_MOST_MS, this.#spinMs * 2);
    } else if (++this.#vain > VAIN_MOST) {
      this.#spinMs = SPIN_LEAST_MS;
      this.#vain = -MODEST_WAITS;
    }
  }

  /** @returns `false` = it is not at the head yet */
  #start(wait: Wait): boolean {
    if (this.#head() !== wait) return false;
    if (wait.short !== NOT_SHORT && this.shortWay !== undefined) {
      const entry = this.shortWay.enter(wait.short);
      if (entry !== 0) {
        this.#entry = Math.abs(entry);
        if (entry < 0) this.serve(false);
        return true;
      }
    }
    this.#enter();
    this.serve(false);
    return true;
  }

  /** @returns whether there is an entry now; the caller must look at the object again */
  #enter(): boolean {
    this.#entry = this.#waiters.enter(this.#kind);
    if (this.#entry === UNLISTED) return false;
    this.#waiters.announce();
    return true;
  }

  #try(wait: Wait, reason: Reason): boolean {
    try {
      wait.got = wait.attempt(reason);
      return wait.got !== undefined;
    } catch (error) {
      wait.fail(error);
      return true;
    }
  }

  /** The head was served: its entry is given up, and the next wait takes a new ticket at the end of the table. */
  #advance(): void {
    this.#first++;
    this.#waiters.leave(this.#entry);
    this.#entry = UNLISTED;
    if (this.#head() !== undefined) this.#enter();
  }

  #expire(wait: Wait): void {
    if (wait.done) return;
    // Also when others stand before it: a ring that came in the last slice may have been for them.
    this.serve(true);
    if (wait.done) return;
    this.#withdraw(wait);
    wait.settle();
  }

  /** Takes a wait out of the line; a wake that had reached it goes to the next. */
  #withdraw(wait: Wait): void {
    const wasHead = this.#head() === wait;
    wait.done = true;
    if (wasHead) this.serve(false);
  }

  #head(): Wait | undefined {
    const waits = this.#waits;
    while (this.#first < waits.length && waits[this.#first].done) this.#first++;
    if (this.#first === waits.length) {
      if (waits.length > 0) {
        this.#waits = [];
        this.#first = 0;
      }
      return undefined;
    }
    if (this.#first > 1024 && this.#first * 2 > waits.length) {
      this.#waits = waits.slice(this.#first);
      this.#first = 0;
    }
    return this.#waits[this.#first];
  }
}
