import type { RefClient } from '../reference.ts';

/** What became of an acquisition while a wait on a condition had given it up. */
export interface Renewal {
  /** The number of its lock. */
  readonly lock: number;
  readonly origin: number;
  readonly token: number;
  readonly recovered: boolean;
}

/** By the numbers of the locks, and by the acquisitions: one for each lock at most, that which was had again last. */
interface Renewals {
  readonly byLock: Map<number, Renewal>;
  readonly byOrigin: Map<number, Renewal>;
}

const known = new WeakMap<RefClient, Renewals>();

/** A wait on a condition has its lock again. */
export function renew(client: RefClient, renewal: Renewal): void {
  let renewals = known.get(client);
  if (renewals === undefined) {
    renewals = { byLock: new Map(), byOrigin: new Map() };
    known.set(client, renewals);
  }
  const { byLock, byOrigin } = renewals;
  const before = byLock.get(renewal.lock);
  // One that another client has ended, which nobody tells.
  if (before !== undefined) byOrigin.delete(before.origin);
  byLock.set(renewal.lock, renewal);
  byOrigin.set(renewal.origin, renewal);
}

/** The renewal of an acquisition, if it was given up and had again. */
export function renewalOf(client: RefClient, origin: number): Renewal | undefined {
  return known.get(client)?.byOrigin.get(origin);
}

/** @param origin of an acquisition that has ended and was renewed before, as the server tells; `undefined` = it was not */
export function forget(client: RefClient, origin: number | undefined): void {
  if (origin === undefined) return;
  const renewals = known.get(client);
  const renewal = renewals?.byOrigin.get(origin);
  if (renewals === undefined || renewal === undefined) return;
  renewals.byOrigin.delete(origin);
  renewals.byLock.delete(renewal.lock);
}
