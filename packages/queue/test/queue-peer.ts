import type { Queue } from '@mp/queue';
import type { PeerKind } from '@mp/testing';
import { ObjectPeer } from '@mp/testing';

/** A process or thread that has the same queue and calls it as it is told. */
export function startPeer(kind: PeerKind, queue: Queue<unknown>): Promise<ObjectPeer> {
  const program = new URL('./fixtures/any-queue.mjs', import.meta.url);
  return ObjectPeer.run(program, kind, queue.constructor.name, [{ name: queue.name }]);
}
