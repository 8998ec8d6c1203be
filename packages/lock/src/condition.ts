import { type ClosedError, MpError, NotOwnerError } from '@mp/core';
import {
  BODY,
  checkOptions,
  type Describer,
  deadlineOf,
  deadlineOfSync,
  HANDLE,
  type HandleRecord,
  LOOK,
  openPrimitive,
  Primitive,
  type Reason,
  registerHandle,
  Segment,
  type SegmentPlan,
  timeLeft,
  WaitLine,
} from '@mp/core/internal';
import type { AsyncCondition } from './async-types.ts';
import {
  checkLockChoice,
  GIVEN_LOCK_WORDS,
  hasGivenLock,
  lockChoiceIn,
  lockParameter,
  openGivenLock,
  writeLockChoice,
} from './given-lock.ts';
import type { Guard } from './guard.ts';
import type { Lock } from './lock.ts';
import { type Held, initLock, LOCK_WORDS, lockIn, OwnedLock } from './owned-lock.ts';
import { type ReentrantSyncWaitOptions, type ReentrantWaitOptions, RLock, WITHIN } from './rlock.ts';
import { TICKETS_WORDS, type Ticket, Tickets, ticketsIn } from './tickets.ts';

/*
 *   an RLock, for a condition that was not given a lock
 *   the address of the lock it was given
 *   the tickets
 *
 * A wait: the caller holds the lock · takes a ticket · gives the lock up, all levels at once · sleeps until the ticket is
 * marked, or the time is over, or it is aborted · acquires the lock again, however long that takes · and only then asks
 * whether the ticket was marked, and frees it. So a notification which comes while a wait that has timed out wants its
 * lock back counts as received. A wait that was aborted, or cannot get the lock back, gives its notification to the next.
 */
const GIVEN_LOCK = BODY + LOCK_WORDS;
const TICKETS = GIVEN_LOCK + GIVEN_LOCK_WORDS;

/** Layout of a condition's segment. */
const VERSION = 1;

/** How a condition is described. */
export const describer: Describer = {
  version: VERSION,
  bytes: (TICKETS + TICKETS_WORDS) * 4,
  describe(look) {
    const own = lockIn(look);
    const { waiting, rescued } = ticketsIn(look, TICKETS);
    const { lock, givenLock } = lockChoiceIn(look, GIVEN_LOCK);
    return {
      ...own,
      state: givenLock === undefined ? own.state : '',
      waiters: [...own.waiters, ...waiting],
      measures: { ...own.measures, waiting: waiting.filter(({ chosen }) => !chosen).length },
      counters: { ...own.counters, rescued: own.counters.rescued + rescued },
      details: { ...own.details, lock },
      givenLock,
    };
  },
};

/** What a new {@link Condition} may be told. */
export interface ConditionOptions {
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
}

/**
 * Lets the holders of a lock wait for each other's news: `multiprocessing.Condition` of Python.
 *
 * A wait gives the lock up and has it again when it ends, in whatever way. `notify(n)` ends the waits of exactly the `n`
 * that wait longest; each task counts, also those of one thread. A waiter that died is passed over, and what had been
 * notified to it goes to the next; the notifier does not wait for it, as Python's `notify()` does.
 *
 * @example
 * ```js
 * import { Condition } from '@mp/lock';
 *
 * const cond = new Condition();
 * const items = [];
 * const consumer = cond.with(async () => {
 *   await cond.waitFor(() => items.length > 0);
 *   console.log(items.shift()); // apple
 * });
 * await cond.with(() => {
 *   items.push('apple');
 *   cond.notify();
 * });
 * await consumer;
 * cond.close();
 * ```
 */
export class Condition extends Primitive implements AsyncCondition {
  /** The lock that belongs to it. */
  readonly lock: Lock | RLock;
  readonly #ownsLock: boolean;
  readonly #tickets: Tickets;
  readonly #line: WaitLine;
  readonly #waits = new Set<Ticket>();

  /**
   * @param lock a Lock or RLock, perhaps of several conditions. Left out: of a named one that exists, the lock that it was
   * made with; else an RLock of its own, as in Python
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: the segment of one that came in a message
   * @throws TypeError, RangeError on a bad lock or name
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, or to a condition of another lock,
   * `ERR_MP_NO_SPACE` when the segment directory is full
   */
  constructor(lock?: Lock | RLock, options: ConditionOptions = {}, received?: Segment) {
    checkLockChoice(lock, 'a Condition', false);
    checkOptions(options, 'Condition', ['name']);
    super(
      received
        ? { segment: received, created: false }
        : openPrimitive(options, planOf(lock), (segment) => [lockParameter(segment, GIVEN_LOCK, lock)]),
    );
    this.#ownsLock = lock === undefined || received !== undefined;
    try {
      this.lock =
        lock ??
        openGivenLock(this.segment, GIVEN_LOCK) ??
        new RLock({}, Segment.attach(this.segment.file, 'condition', VERSION));
    } catch (error) {
      this.segment.close();
      throw error;
    }
    this.#tickets = new Tickets(this.segment, TICKETS);
    this.#line = new WaitLine(this.#tickets.waiters);
  }

  /** Acquires {@link Condition.lock}. */
  acquire(options?: ReentrantWaitOptions): Promise<Guard> {
    return this.lock.acquire(options);
  }

  /** Acquires {@link Condition.lock} and blocks the thread meanwhile. */
  acquireSync(options?: ReentrantSyncWaitOptions): Guard {
    return this.lock.acquireSync(options);
  }

  /** Runs `body` holding {@link Condition.lock}. */
  with<T>(body: (guard: Guard) => T | PromiseLike<T>, options?: ReentrantWaitOptions): Promise<T> {
    return this.lock.with(body, options);
  }

  /** Releases {@link Condition.lock}, as that does. */
  release(): void {
    this.lock.release();
  }

  /**
   * Gives the lock up, waits until it is notified, and acquires the lock again.
   *
   * The caller must hold it: with a Lock, this thread must; with an RLock, this task must be known as its owner, by the
   * scope of `with()`, because it was acquired by `acquireSync()`, or by `within`.
   *
   * @param options `timeout` in ms and `signal` end the wait; then the lock is acquired again, however long that takes.
   * `within`: a guard of the RLock
   * @returns `false` when it was not notified in time
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when the caller does not hold the lock
   * @throws ClosedError `ERR_MP_CLOSED` when the condition was closed in this thread. Was its lock, too, then that is
   * not held any more
   */
  async wait(options?: ReentrantWaitOptions): Promise<boolean> {
    this.assertOpen();
    const deadline = deadlineOf(options, WITHIN);
    const held = this.lock.held(options?.within);
    const ticket = this.#take(held);
    try {
      try {
        await this.#line.wait(this.#attempt(ticket), deadline, options?.signal);
      } finally {
        await this.lock.resume(held);
      }
      return this.#leave(ticket);
    } finally {
      this.#giveUp(ticket);
    }
  }

  /** Like {@link Condition.wait} but blocks the thread. */
  waitSync(options?: ReentrantSyncWaitOptions): boolean {
    this.assertOpen();
    const deadline = deadlineOfSync(options, WITHIN);
    const held = this.lock.held(options?.within);
    const ticket = this.#take(held);
    try {
      try {
        this.#line.waitSync(this.#attempt(ticket), deadline);
      } finally {
        this.lock.resumeSync(held);
      }
      return this.#leave(ticket);
    } finally {
      this.#giveUp(ticket);
    }
  }

  /**
   * Waits until `predicate` answers something truthy. It is asked with the lock held: at once, and after each notification.
   *
   * @param options as for {@link Condition.wait}; the timeout is that of all waits together
   * @returns the last answer: something falsy when the time is over
   */
  async waitFor<T>(predicate: () => T | PromiseLike<T>, options?: ReentrantWaitOptions): Promise<T> {
    this.assertOpen();
    const deadline = deadlineOf(options, WITHIN);
    this.lock.held(options?.within);
    for (;;) {
      const answer = await predicate();
      const timeout = timeLeft(deadline);
      if (answer || timeout === 0) return answer;
      await this.wait({ ...options, timeout });
    }
  }

  /** Like {@link Condition.waitFor} but blocks the thread. */
  waitForSync<T>(predicate: () => T, options?: ReentrantSyncWaitOptions): T {
    this.assertOpen();
    const deadline = deadlineOfSync(options, WITHIN);
    this.lock.held(options?.within);
    for (;;) {
      const answer = predicate();
      const timeout = timeLeft(deadline);
      if (answer || timeout === 0) return answer;
      this.waitSync({ ...options, timeout });
    }
  }

  /**
   * Ends the longest of the waits. They go on when they have the lock: not before this thread gives it up.
   *
   * @param count how many; less when less wait. Default: 1
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when this thread does not hold the lock
   * @throws RangeError when `count` is no whole number from 0
   */
  notify(count = 1): void {
    if (!Number.isInteger(count) || count < 0)
      throw new RangeError(`count must be a whole number from 0, not ${count}`);
    this.#notify(count);
  }

  /** Ends all waits. */
  notifyAll(): void {
    this.#notify(Infinity);
  }

  /** @internal How many wait and were not notified. */
  get waiting(): number {
    this.assertOpen();
    return this.#tickets.waiting;
  }

  /** @internal Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. */
  get rescued(): number {
    return this.#tickets.waiters.rescued;
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    const { file } = this.segment;
    const lock = hasGivenLock(this.segment, GIVEN_LOCK) ? this.lock : null;
    return { kind: 'condition', data: [file, lock], segment: file };
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    for (const ticket of this.#waits) this.#giveUp(ticket);
    this.#line.failAll(error);
    this.#tickets.close();
    if (this.#ownsLock) this.lock.close();
  }

  /** Takes a ticket, and then gives the lock up. */
  #take(held: Held): Ticket {
    const ticket = this.#tickets.take();
    this.#waits.add(ticket);
    this.lock.suspend(held);
    return ticket;
  }

  #attempt(ticket: Ticket): (reason: Reason) => true | undefined {
    return (reason) => {
      if (reason === LOOK) this.#tickets.passOn();
      return this.#tickets.isMarked(ticket) || undefined;
    };
  }

  #leave(ticket: Ticket): boolean {
    return this.#waits.delete(ticket) && this.#tickets.leave(ticket);
  }

  #giveUp(ticket: Ticket): void {
    if (this.#waits.delete(ticket)) this.#tickets.giveUp(ticket);
  }

  #notify(count: number): void {
    this.assertOpen();
    if (!this.lock.isMine) {
      throw new NotOwnerError(
        `Cannot notify the ${this.segment.title}: this thread does not hold its lock. Acquire that first`,
      );
    }
    this.#tickets.mark(count);
  }
}

function planOf(lock: Lock | RLock | undefined): SegmentPlan {
  return {
    kind: 'condition',
    version: VERSION,
    size: (TICKETS + TICKETS_WORDS) * 4,
    initialBytes: TICKETS * 4,
    fill: (views) => {
      initLock(views);
      writeLockChoice(views, GIVEN_LOCK, lock);
    },
  };
}

registerHandle('condition', {
  package: '@mp/lock',
  decode: (data) => {
    const [file, lock] = Array.isArray(data) ? data : [];
    if (typeof file !== 'string' || !(lock === null || lock instanceof OwnedLock)) {
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a Condition: its handle is damaged');
    }
    const own = lock === null ? undefined : (lock as Lock | RLock);
    return new Condition(own, {}, Segment.attach(file, 'condition', VERSION));
  },
});
