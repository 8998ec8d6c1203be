import type { Reach } from './client.ts';
import type { Argument, Script } from './scripts.ts';

/** What the thread of leases is started with. */
export interface LeaseThreadStart {
  readonly reach: Reach;
}

/** What the thread is told. */
export type ToLeaseThread =
  | {
      readonly kind: 'add';
      readonly id: number;
      readonly script: Pick<Script, 'name' | 'source' | 'sha'>;
      readonly keys: readonly string[];
      readonly args: readonly Argument[];
      readonly ttl: number;
      /** One number, on {@link clock}: until then it is certain that nobody else has the lease. 0 = it is over. */
      readonly until: BigInt64Array;
    }
  | { readonly kind: 'end'; readonly id: number };

/** What the thread tells. */
export type FromLeaseThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly why: string; readonly isRefused: boolean }
  | { readonly kind: 'lost'; readonly id: number; readonly why: string };

/** Milliseconds of a clock that never goes back and is the same in all threads of the process. */
export function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * How long a lease of `ttl` ms is certain for its holder, from before its call was sent. The clocks of two machines may run at
 * rates that differ by as much as a hundredth; real ones differ by a ten thousandth.
 */
export function certainFor(ttl: number): number {
  return ttl * 0.99;
}

/**
 * Whether the answer to a call that took a lease came so late (this thread was blocked, or the call waited for a connection) that
 * the lease is hardly certain any more: then it is better given back, and taken anew.
 *
 * @param since {@link clock} before the call was sent
 */
export function isLate(since: number, ttl: number): boolean {
  return clock() - since > ttl / 2;
}
