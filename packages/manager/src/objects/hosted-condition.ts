import { NotOwnerError } from '@mp/core';
import type { Parameter } from '@mp/core/internal';
import type { Call } from '../call.ts';
import { HostedLock } from './hosted-lock.ts';
import type { Acquisition, HostedOwnedLock } from './hosted-owned-lock.ts';
import { HostedRLock } from './hosted-rlock.ts';

/** How a wait on a condition ended. */
export const NOTIFIED = 0;
export const TIMED_OUT = 1;
export const ABORTED = 2;

type How = typeof NOTIFIED | typeof TIMED_OUT | typeof ABORTED;

/**
 * What a client is told whose wait has ended: how, and the lock and the acquisition by which it has it again; not if all of
 * that was released meanwhile.
 */
export type WaitAnswer = readonly [
  how: How,
  renewal?: readonly [lock: number, origin: number, token: number, recovered: boolean],
];

/**
 * A wait. It ends when the lock was acquired again, and only then is known how.
 *
 * | is       | next                                                                                      |
 * | -------- | ----------------------------------------------------------------------------------------- |
 * | waiting  | notified, by a client with the lock; late, at the end of its time; aborted; all go for the lock |
 * | late     | notified: what comes while it goes for the lock is not lost                               |
 * | notified | aborted: then the notification goes to the next                                           |
 */
interface Ticket {
  readonly call: Call;
  readonly key: string;
  readonly acquisition: Acquisition;
  readonly resolve: (answer: WaitAnswer) => void;
  readonly reject: (error: unknown) => void;
  isNotified: boolean;
  isAborted: boolean;
  /** Whether it goes for the lock. */
  isLeaving: boolean;
}

/** A condition of a server. Its clients have the clocks of the waits: `endWait` says that the time of one is over. */
export class HostedCondition {
  static readonly exposed = ['lock', 'check', 'wait', 'endWait', 'notify', 'waiting'];
  readonly #lock: HostedOwnedLock;
  readonly #ownsLock: boolean;
  /** Those that can be notified, in their order. */
  readonly #line = new Set<Ticket>();
  /** All that have not ended. */
  readonly #tickets = new Map<string, Ticket>();

  private constructor(lock: HostedOwnedLock | undefined) {
    this.#lock = lock ?? HostedRLock.make();
    this.#ownsLock = lock === undefined;
  }

  static make([lock]: readonly unknown[]): HostedCondition {
    return new HostedCondition(lockFrom(lock));
  }

  parameters([lock]: readonly unknown[]): readonly Parameter[] {
    const asked = lockFrom(lock);
    if (asked === undefined || asked === this.#lock) return [];
    return [{ name: 'lock', asked: 'the one given', found: this.#ownsLock ? 'its own' : 'another one' }];
  }

  /** The lock, and whether it belongs to this condition alone. */
  lock(): readonly [HostedOwnedLock, boolean] {
    return [this.#lock, this.#ownsLock];
  }

  /** How many wait and were not notified. */
  waiting(): number {
    return this.#line.size;
  }

  /** @throws NotOwnerError when the caller could not wait */
  check(call: Call, ...which: readonly unknown[]): void {
    this.#lock.held(call, which);
  }

  /**
   * @param id of the client's choice, to end it by
   * @param isOver whether its time is over already
   * @param which as for `acquire` of an RLock
   */
  wait(call: Call, id: unknown, isOver: unknown, ...which: readonly unknown[]): Promise<WaitAnswer> {
    const key = `${call.caller.id} ${id}`;
    if (typeof id !== 'number' || this.#tickets.has(key))
      throw new TypeError('a wait needs a number of its own');
    const acquisition = this.#lock.held(call, which);
    return new Promise((resolve, reject) => {
      const state = { isNotified: false, isAborted: false, isLeaving: false };
      const ticket: Ticket = { call, key, acquisition, resolve, reject, ...state };
      this.#tickets.set(key, ticket);
      this.#line.add(ticket);
      call.onCancel((reason) => {
        this.#lock.drop(acquisition);
        this.#lost(ticket, reason);
      });
      this.#lock.suspend(acquisition);
      if (isOver === true) this.#leave(ticket);
    });
  }

  /** Ends a wait: its time is over, or it was aborted. It still gets the lock first. */
  endWait(call: Call, id: unknown, isAborted: unknown): void {
    const ticket = this.#tickets.get(`${call.caller.id} ${id}`);
    if (ticket === undefined) return;
    if (isAborted === true) this.#abort(ticket);
    this.#leave(ticket);
  }

  /** @param count how many waits it ends; null = all */
  notify(call: Call, count: unknown): void {
    const most = count ?? Infinity;
    if (typeof most !== 'number' || !(Number.isInteger(most) || most === Infinity) || most < 0)
      throw new RangeError(`count must be a whole number from 0, not ${count}`);
    if (!this.#lock.isHeldBy(call.caller))
      throw new NotOwnerError(
        'Cannot notify the Condition: this client does not hold its lock. Acquire that first',
      );
    this.#notify(most);
  }

  #notify(count: number): void {
    let left = count;
    for (const ticket of this.#line) {
      if (left-- <= 0) return;
      this.#line.delete(ticket);
      ticket.isNotified = true;
      this.#leave(ticket);
    }
  }

  #leave(ticket: Ticket): void {
    if (ticket.isLeaving) return;
    ticket.isLeaving = true;
    this.#lock.resume(ticket.call, ticket.acquisition).then(
      () => this.#end(ticket),
      (error) => this.#lost(ticket, error),
    );
  }

  #end(ticket: Ticket): void {
    this.#line.delete(ticket);
    this.#tickets.delete(ticket.key);
    const how = ticket.isAborted ? ABORTED : ticket.isNotified ? NOTIFIED : TIMED_OUT;
    const { levels, origin, token, recovered } = ticket.acquisition;
    ticket.resolve(levels.length === 0 ? [how] : [how, [this.#lock.serial, origin, token, recovered]]);
  }

  /** Its client is gone. */
  #lost(ticket: Ticket, error: unknown): void {
    this.#tickets.delete(ticket.key);
    this.#abort(ticket);
    ticket.reject(error);
  }

  /** What was notified to it goes to the next. */
  #abort(ticket: Ticket): void {
    if (ticket.isAborted) return;
    ticket.isAborted = true;
    this.#line.delete(ticket);
    if (ticket.isNotified) this.#notify(1);
  }
}

/** The lock that a client has given, if any. @throws TypeError when it is none */
function lockFrom(lock: unknown): HostedOwnedLock | undefined {
  if (lock === null || lock === undefined) return undefined;
  if (lock instanceof HostedLock || lock instanceof HostedRLock) return lock;
  throw new TypeError('The lock of a Condition must be a lock or an rlock of the same manager');
}
