import { TimeoutError } from '@mp/core';
import type { Parameter } from '@mp/core/internal';
import type { Call, Caller } from '../call.ts';
import { nextToken } from './tokens.ts';
import { WaitList } from './wait-list.ts';

const MOST = 2 ** 30;
/** What a permit is called that the server does not know one by one. */
const COUNTED = 0;

interface Grant {
  readonly caller: Caller;
  /** Does not watch its client any more. */
  readonly forget: () => void;
}

/**
 * Permits of a server. What a client that acquires one is told is its number, negative when a client was lost with it;
 * 0 without `recover`, where permits are only counted.
 */
export class HostedSemaphore {
  static readonly exposed = ['value', 'acquire', 'tryAcquire', 'end', 'release'];
  readonly #title: string;
  readonly #first: number;
  readonly #most: number;
  readonly #recovers: boolean;
  #free: number;
  /** Of clients that are gone, until a call acquires them. */
  #abandoned = 0;
  /** With `recover`: what was acquired and not given back. */
  readonly #grants = new Map<number, Grant>();
  readonly #line = new WaitList<number>();

  protected constructor(value: number, recovers: boolean, isBounded: boolean) {
    this.#title = isBounded ? 'BoundedSemaphore' : 'Semaphore';
    this.#first = value;
    this.#free = value;
    this.#most = isBounded ? value : MOST;
    this.#recovers = recovers;
  }

  static make(args: readonly unknown[]): HostedSemaphore {
    return new HostedSemaphore(...checked(args), false);
  }

  parameters(args: readonly unknown[]): readonly Parameter[] {
    checked(args);
    const [value, recover] = args;
    return [
      { name: 'first value', asked: value, found: this.#first },
      { name: 'recover', asked: recover, found: this.#recovers },
    ];
  }

  value(): number {
    return this.#free;
  }

  acquire(call: Call): number | Promise<number> {
    const taken = this.tryAcquire(call);
    if (taken !== null) return taken;
    if (call.now) throw new TimeoutError(`Cannot acquire the ${this.#title} at once: no permit is free`);
    return this.#line.add(call);
  }

  tryAcquire(call: Call): number | null {
    if (this.#free > 0) {
      this.#free--;
      return this.#grant(call, false);
    }
    if (this.#abandoned === 0) return null;
    this.#abandoned--;
    return this.#grant(call, true);
  }

  /** Gives back what one acquire has taken, if that was not given back yet. */
  end({ caller }: Call, permit: unknown): void {
    if (!this.#recovers || this.#grants.get(permit as number)?.caller === caller) this.#end(permit as number);
  }

  /** Gives back permits, those of the client first, or makes new ones. */
  release({ caller }: Call, count: unknown): void {
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 1)
      throw new RangeError(`count must be a whole number from 1, not ${count}`);
    const own = this.#ownOf(caller, count);
    const taken = this.#grants.size + this.#abandoned - own.length;
    if (this.#free + taken + count > this.#most) throw this.#tooMany();
    for (const permit of own) this.#forget(permit);
    this.#give(count);
  }

  #ownOf(caller: Caller, count: number): number[] {
    const own: number[] = [];
    for (const [permit, grant] of this.#grants) {
      if (own.length === count) break;
      if (grant.caller === caller) own.push(permit);
    }
    return own;
  }

  #end(permit: number): void {
    if (!this.#recovers) {
      if (this.#free >= this.#most) throw this.#tooMany();
      this.#give(1);
    } else if (this.#forget(permit)) this.#give(1);
  }

  /** @returns whether it was there */
  #forget(permit: number): boolean {
    this.#grants.get(permit)?.forget();
    return this.#grants.delete(permit);
  }

  #give(count: number): void {
    this.#free += count;
    while (this.#free > 0) {
      const waiter = this.#line.shift();
      if (waiter === undefined) return;
      this.#free--;
      waiter.resolve(this.#grant(waiter.call, false));
    }
  }

  #grant(call: Call, recovered: boolean): number {
    if (!this.#recovers) {
      // More may have been given back meanwhile, by releases without an acquire: only what fits.
      call.undo = () => {
        if (this.#free < this.#most) this.#give(1);
      };
      call.undoIfLost = true;
      return COUNTED;
    }
    const permit = nextToken();
    const forget = call.caller.onLost(() => {
      this.#grants.delete(permit);
      this.#abandon();
    });
    this.#grants.set(permit, { caller: call.caller, forget });
    call.undo = () => {
      if (!this.#forget(permit)) return;
      if (recovered) this.#abandon();
      else this.#give(1);
    };
    return recovered ? -permit : permit;
  }

  #abandon(): void {
    const waiter = this.#line.shift();
    if (waiter === undefined) this.#abandoned++;
    else waiter.resolve(this.#grant(waiter.call, true));
  }

  #tooMany(): RangeError {
    const why = this.#most === MOST ? `it can have ${MOST} permits at most` : 'it has all of its permits';
    return new RangeError(`Cannot release the ${this.#title}: ${why}`);
  }
}

/** Never has more permits than at first. */
export class HostedBoundedSemaphore extends HostedSemaphore {
  static override make(args: readonly unknown[]): HostedBoundedSemaphore {
    return new HostedBoundedSemaphore(...checked(args), true);
  }
}

function checked([value = 1, recovers = false]: readonly unknown[]): [number, boolean] {
  if (typeof recovers !== 'boolean')
    throw new TypeError(`recover must be true or false, not a ${typeof recovers}`);
  if (typeof value !== 'number')
    throw new TypeError(
      `The value of a semaphore must be a number, not ${value === null ? 'null' : `a ${typeof value}`}`,
    );
  if (!Number.isInteger(value) || value < 0 || value > MOST)
    throw new RangeError(`The value of a semaphore must be a whole number from 0 to ${MOST}, not ${value}`);
  return [value, recovers];
}
