import { NotOwnerError, TimeoutError } from '@mp/core';
import type { Call, Caller } from '../call.ts';
import { nextToken } from './tokens.ts';
import { WaitList } from './wait-list.ts';

/** What a client is told of the holder of a lock. */
export interface HolderInfo {
  readonly client: number;
  readonly since: Date;
  readonly alive: boolean;
}

/** One stretch in which a client holds a lock. A wait on a condition interrupts it. */
export class Acquisition {
  /** With which it began, and by which its client names it. */
  readonly origin = nextToken();
  /** The same, or that of the acquisition by which it goes on after a wait on a condition. */
  token = this.origin;
  readonly caller: Caller;
  /** Whether the holder before was lost. */
  recovered: boolean;
  since = Date.now();
  isAbandoned = false;
  /** Those that were not released yet; a Lock has one, an RLock one for each time that it was entered. */
  readonly levels: number[] = [this.origin];
  /** Does not watch its client any more. */
  forget: () => void = () => {};

  constructor(caller: Caller, recovered: boolean) {
    this.caller = caller;
    this.recovered = recovered;
  }

  /** Its number, for a client that has to forget what it went on by after a wait on a condition. */
  get renewedOrigin(): number | undefined {
    return this.token === this.origin ? undefined : this.origin;
  }
}

/**
 * What Lock and RLock of a server have in common. The owner is a connection.
 *
 * | present     | means                              | next                                                          |
 * | ----------- | ---------------------------------- | ------------------------------------------------------------- |
 * | none        | free; no call waits                | held                                                          |
 * | held        | by a client that is connected      | none, or the next in line; abandoned, when its client is lost |
 * | abandoned   | its client was lost; no call waits | held and recovered; none, when a Lock is released             |
 */
export abstract class HostedOwnedLock {
  /** What it is called in messages. */
  abstract readonly title: string;
  /** By which clients tell it from others of this server. */
  readonly serial = nextToken();
  protected present: Acquisition | undefined;
  /** Given up for a wait on a condition, by their origins. */
  readonly #suspended = new Map<number, Acquisition>();
  /** The detail of one that comes from a condition is the acquisition that is to go on. */
  readonly #line = new WaitList<Acquisition>();

  locked(): boolean {
    return this.present !== undefined;
  }

  holder(): HolderInfo | undefined {
    const { present } = this;
    if (present === undefined) return undefined;
    return { client: present.caller.id, since: new Date(present.since), alive: !present.isAbandoned };
  }

  /**
   * Ends a level of an acquisition of the client, once; the last one frees the lock.
   *
   * @returns the acquisition, if it has ended and was renewed
   */
  end({ caller }: Call, level: unknown): number | undefined {
    const acquisition = this.#withLevel(level as number);
    if (acquisition?.caller !== caller) return undefined;
    this.endLevel(level as number);
    return acquisition.levels.length === 0 ? acquisition.renewedOrigin : undefined;
  }

  /** Whether a client holds it. */
  isHeldBy(caller: Caller): boolean {
    return this.present !== undefined && !this.present.isAbandoned && this.present.caller === caller;
  }

  /**
   * What a call has acquired that is about to wait on a condition.
   *
   * @param which what its client says of it
   * @throws NotOwnerError when it does not hold the lock
   */
  abstract held(call: Call, which: readonly unknown[]): Acquisition;

  /** Gives it up, all levels at once, until {@link HostedOwnedLock.resume}. */
  suspend(acquisition: Acquisition): void {
    acquisition.forget();
    this.#suspended.set(acquisition.origin, acquisition);
    this.#next(false);
  }

  /** Acquires it again. Rejects when the client of the call is lost; the acquisition then has ended. */
  async resume(call: Call, acquisition: Acquisition): Promise<void> {
    if (this.isFree) this.#goOn(call.caller, acquisition, this.present !== undefined);
    else await this.#line.add(call, acquisition, () => this.drop(acquisition));
  }

  /** An acquisition that was given up does not go on. */
  drop({ origin }: Acquisition): void {
    this.#suspended.delete(origin);
  }

  /** Whether it can be had now. */
  protected get isFree(): boolean {
    return this.present === undefined || this.present.isAbandoned;
  }

  /** Takes it, when it is free. */
  protected take(call: Call): Acquisition {
    return this.#grant(call, this.present !== undefined);
  }

  /** Waits in line for it. */
  protected wait(call: Call): Promise<Acquisition> {
    if (call.now) throw new TimeoutError(`Cannot acquire the ${this.title} at once: ${this.heldBy}`);
    return this.#line.add(call);
  }

  protected endLevel(level: number): void {
    const acquisition = this.#withLevel(level);
    if (acquisition === undefined) return;
    acquisition.levels.splice(acquisition.levels.lastIndexOf(level), 1);
    if (acquisition.levels.length === 0 && acquisition === this.present) this.free();
  }

  /** Frees it, or hands it to the next in line. */
  protected free(): void {
    this.present?.forget();
    this.#next(false);
  }

  /** The holder, for messages. */
  protected get heldBy(): string {
    if (this.present === undefined) return 'no client holds it';
    const { isAbandoned, caller } = this.present;
    return `it is held by ${isAbandoned ? 'a client that is gone' : `client ${caller.id}`}`;
  }

  /** @param wayOut what to do, or why not */
  protected notOwner(attempt: string, wayOut: string): NotOwnerError {
    return new NotOwnerError(`Cannot ${attempt} the ${this.title}: ${this.heldBy}; ${wayOut}`);
  }

  #withLevel(level: number): Acquisition | undefined {
    if (this.present?.levels.includes(level)) return this.present;
    for (const each of this.#suspended.values()) if (each.levels.includes(level)) return each;
    return undefined;
  }

  /** The present holder does not hold it any more. @param recovered whether it was lost */
  #next(recovered: boolean): void {
    const waiter = this.#line.shift();
    if (waiter === undefined) {
      if (!recovered) this.present = undefined;
    } else if (waiter.detail instanceof Acquisition) {
      const acquisition = waiter.detail;
      this.#goOn(waiter.call.caller, acquisition, recovered);
      waiter.resolve(acquisition);
    } else waiter.resolve(this.#grant(waiter.call, recovered));
  }

  #grant(call: Call, recovered: boolean): Acquisition {
    const acquisition = new Acquisition(call.caller, recovered);
    this.#begin(call.caller, acquisition);
    call.undo = () => this.#takeBack(acquisition);
    return acquisition;
  }

  /** Its client has never known of it: the next owner is told what it would have been. */
  #takeBack(acquisition: Acquisition): void {
    const { levels, origin, recovered, isAbandoned } = acquisition;
    const isAsGranted = acquisition === this.present && levels.length === 1 && levels[0] === origin;
    if (!recovered || !isAsGranted) this.endLevel(origin);
    else if (!isAbandoned) {
      acquisition.forget();
      acquisition.isAbandoned = true;
      this.#next(true);
    }
  }

  #goOn(caller: Caller, acquisition: Acquisition, recovered: boolean): void {
    this.#suspended.delete(acquisition.origin);
    acquisition.token = nextToken();
    acquisition.since = Date.now();
    acquisition.recovered = recovered;
    this.#begin(caller, acquisition);
    // All of it was released while it was given up.
    if (acquisition.levels.length === 0) this.free();
  }

  #begin(caller: Caller, acquisition: Acquisition): void {
    this.present = acquisition;
    acquisition.forget = caller.onLost(() => {
      acquisition.isAbandoned = true;
      this.#next(true);
    });
  }
}
