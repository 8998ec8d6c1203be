import { ObjectPeer, type PeerKind } from '@mp/testing';

/** A process or thread that has an object of `@mp/lock` and calls it as it is told. */
export function startPeer(kind: PeerKind, className: string, ...args: unknown[]): Promise<ObjectPeer> {
  return ObjectPeer.run(new URL('./fixtures/any-peer.mjs', import.meta.url), kind, className, args);
}
