import type { Reach } from './client.ts';
import type { Argument, Script } from './scripts.ts';

/** What the thread of leases is started with. */
export interface LeaseThreadStart {
  readonly reach: Reach;
  /** Of its {@link LookTimes}. */
  readonly looks: SharedArrayBuffer;
}

/** What the thread is told. All of it makes the thread look at its boards. */
export type ToLeaseThread =
  | { readonly kind: 'look' }
  /** Another board. They are numbered as they come. */
  | { readonly kind: 'board'; readonly memory: SharedArrayBuffer }
  /** A script that orders mean by its digest. */
  | { readonly kind: 'script'; readonly script: Pick<Script, 'name' | 'source' | 'sha'> };

/** What a slot of a board says, as JSON: how to renew its lease. */
export type Order = readonly [
  sha: string,
  ttl: number,
  keys: readonly string[],
  args: readonly Exclude<Argument, Buffer>[],
];

/** What the thread tells. */
export type FromLeaseThread =
  /** The first one: its modules are loaded. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly why: string; readonly isRefused: boolean }
  | {
      readonly kind: 'lost';
      readonly board: number;
      readonly slot: number;
      readonly version: bigint;
      readonly why: string;
    };

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

/** When a lease is renewed that was taken, or renewed, by a call that was sent at `since`. */
export function dueAt(since: number, ttl: number): number {
  return since + ttl / 3;
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
