import { type Address, Listener } from '@mp/pipe';
import { type PeerKind, spawnPeer } from '@mp/testing';
import { ConnectionPeer, type Pair } from './connection-peer.ts';

const PROGRAM = new URL('./fixtures/connect-and-serve.mjs', import.meta.url);
const KEY = 'a key for both';

/** A connection that was accepted here, and a peer that connected. */
export async function socketPair(kind: PeerKind, address?: Address): Promise<Pair> {
  await using listener = await Listener.listen(address, { authKey: KEY });
  const there = new ConnectionPeer(
    spawnPeer(kind, PROGRAM, { args: [JSON.stringify(listener.address), KEY] }),
  );
  const here = await listener.accept({ timeout: 50_000 });
  await there.fixture.line();
  return { here, there };
}

export const TCP: Address = { host: '127.0.0.1', port: 0 };
