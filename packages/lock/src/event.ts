import type { ClosedError, SyncWaitOptions, WaitOptions } from '@mp/core';
import { MpError } from '@mp/core';
import {
  BODY,
  checkOptions,
  type Describer,
  deadlineOf,
  deadlineOfSync,
  description,
  HANDLE,
  type HandleRecord,
  openPrimitive,
  Primitive,
  type Readiness,
  registerHandle,
  rescuedIn,
  Segment,
  type SegmentPlan,
  WAITABLE,
  WaiterTable,
  WaitLine,
  waitersIn,
  waiterTableWords,
} from '@mp/core/internal';
import type { AsyncEvent } from './async-types.ts';

/*
 * One word and a waiter table.
 *
 *   STATE   how often it was set << 1 | whether it is set
 *
 * | STATE      | means     | next                                                   |
 * | ---------- | --------- | ------------------------------------------------------ |
 * | n << 1     | not set   | set() → (n+1) << 1 \| 1, then wakes all waiters        |
 * | n << 1 \| 1 | set       | clear() → n << 1                                       |
 *
 * A wait remembers n and is over as soon as n is larger, so a set() that is followed by clear() at once is not missed.
 * If a process is killed between the store and the wakes, the waiters lose one period.
 */
const STATE = BODY;
const WAITER_TABLE = BODY + 16;
/** Threads that can stand in the table at once; more of them wait too, but look only now and then. */
const CAPACITY = 64;
const PLAN: SegmentPlan = {
  kind: 'event',
  version: 1,
  size: (WAITER_TABLE + waiterTableWords(CAPACITY)) * 4,
};

const SET = 1;

/** How an event is described. */
export const describer: Describer = {
  version: PLAN.version,
  bytes: PLAN.size,
  describe(look) {
    const state = look.words[STATE];
    return description((state & SET) !== 0 ? 'set' : 'not set', {
      waiters: waitersIn(look, WAITER_TABLE, CAPACITY, 'set'),
      counters: { sets: state >>> 1, rescued: rescuedIn(look, WAITER_TABLE) },
    });
  },
};

/** What a new {@link Event} may be told. */
export interface EventOptions {
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
}

/**
 * A flag between processes and threads that many can wait for: `multiprocessing.Event` of Python.
 *
 * Unlike there, a wait is not missed when the flag is set and cleared at once, and `set()` never waits for one
 * (Python's waits until those it woke have answered, and hangs when one of them was killed).
 *
 * @example
 * ```js
 * import { Event } from '@mp/lock';
 *
 * const ready = new Event();
 * console.log(await ready.wait({ timeout: 10 })); // false
 * ready.set();
 * console.log(await ready.wait()); // true
 * ready.close();
 * ```
 */
export class Event extends Primitive implements AsyncEvent {
  readonly #waiters: WaiterTable;
  readonly #line: WaitLine;

  /**
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: the segment of one that came in a message
   * @throws TypeError, RangeError on a bad name
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, `ERR_MP_NO_SPACE` when the segment
   * directory is full
   */
  constructor(options: EventOptions = {}, received?: Segment) {
    checkOptions(options, 'Event', ['name']);
    super(received ? { segment: received, created: false } : openPrimitive(options, PLAN));
    this.#waiters = new WaiterTable(this.segment.words, WAITER_TABLE, CAPACITY);
    this.#line = new WaitLine(this.#waiters);
  }

  /** Whether it is set. */
  get isSet(): boolean {
    this.assertOpen();
    return (this.#state & SET) !== 0;
  }

  /** Sets it and wakes all waiters. */
  set(): void {
    this.assertOpen();
    this.#waiters.publish(CAPACITY, () => {
      for (let state = this.#state; (state & SET) === 0; state = this.#state) {
        if (this.#swap(state, (((state >>> 1) + 1) << 1) | SET)) return;
      }
    });
  }

  /** Clears it: later waits wait again. */
  clear(): void {
    this.assertOpen();
    for (let state = this.#state; (state & SET) !== 0; state = this.#state) {
      if (this.#swap(state, state & ~SET)) return;
    }
  }

  /**
   * Waits until it is set, or was set since the call.
   *
   * @param options `timeout` in ms; `signal` ends the wait
   * @returns `false` when it was not set in time
   * @throws ClosedError `ERR_MP_CLOSED` when it was closed in this thread
   */
  wait(options?: WaitOptions): Promise<boolean> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      if ((this.#state & SET) !== 0) return Promise.resolve(true);
      return this.#line.wait(this.#attempt(), deadline, options?.signal).then((set) => set === true);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like {@link Event.wait} but blocks the thread. */
  waitSync(options?: SyncWaitOptions): boolean {
    this.assertOpen();
    const deadline = deadlineOfSync(options);
    return (this.#state & SET) !== 0 || this.#line.waitSync(this.#attempt(), deadline) === true;
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    return { kind: 'event', data: this.segment.file, segment: this.segment.file };
  }

  /** @internal What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const name = this.name === undefined ? '' : ` ${JSON.stringify(this.name)}`;
    return `Event${name} { ${this.segment.closed ? 'closed' : this.isSet ? 'set' : 'unset'} }`;
  }

  /** @internal Ready when a `wait` would not wait. */
  [WAITABLE](): Readiness {
    this.assertOpen();
    return { isReady: () => this.isSet, waiters: this.#waiters };
  }

  /** @internal Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. */
  get rescued(): number {
    return this.#waiters.rescued;
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.#line.failAll(error);
  }

  /** One wait: it began while it was not set. */
  #attempt(): () => true | undefined {
    const before = this.#state >>> 1;
    return () => (this.#state >>> 1 === before && (this.#state & SET) === 0 ? undefined : true);
  }

  get #state(): number {
    return Atomics.load(this.segment.words, STATE);
  }

  #swap(from: number, to: number): boolean {
    return Atomics.compareExchange(this.segment.words, STATE, from, to) === from;
  }
}

registerHandle('event', {
  package: '@mp/lock',
  decode: (file) => {
    if (typeof file !== 'string') {
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open an Event: its handle is damaged');
    }
    return new Event({}, Segment.attach(file, 'event', PLAN.version));
  },
});
