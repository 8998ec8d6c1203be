import type { RefClient } from '../reference.ts';

/** What became of an acquisition while a wait on a condition had given it up. */
export interface Renewal {
  readonly origin: number;
  readonly token: number;
  readonly recovered: boolean;
}

/** By the numbers of the locks, and by the acquisitions: one for each lock, that which was had again last. */
interface Renewals {
  readonly byLock: Map<number, Renewal>;
  readonly byOrigin: Map<number, Renewal>;
}

const known = new WeakMap<RefClient, Renewals>();

/** A wait on a condition has its lock again. */
export function renew(client: RefClient, lock: number, renewal: Renewal): void {
  let renewals = known.get(client);
  if (renewals === undefined) {
    renewals = { byLock: new Map(), byOrigin: new Map() };
    known.set(client, renewals);
  }
  const { byLock, byOrigin } = renewals;
  const before = byLock.get(lock);
  if (before !== undefined) byOrigin.delete(before.origin);
  byLock.set(lock, renewal);
  byOrigin.set(renewal.origin, renewal);
}

/** The renewal of an acquisition, if it was given up and had again. */
export function renewalOf(client: RefClient, origin: number): Renewal | undefined {
  return known.get(client)?.byOrigin.get(origin);
}
