import { leakCheck, type PeerKind } from '@mp/testing';
import { pipePair } from './connection-peer.ts';
import { connectionSuite } from './connection-suite.ts';

leakCheck();

for (const kind of ['process', 'thread'] satisfies PeerKind[]) {
  connectionSuite(`a pipe to a ${kind}`, { make: () => pipePair(kind), sync: true, bounded: true });
}
