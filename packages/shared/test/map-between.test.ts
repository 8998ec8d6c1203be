import { sweep } from '@mp/core/internal';
import { type MapKey, SharedMap, type SharedMapOptions } from '@mp/shared';
import { type Fixture, leakCheck, type PeerKind, spawnPeer } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const PEER = new URL('./fixtures/map-peer.mjs', import.meta.url);
let count = 0;
const freshName = () => `map-between-${process.pid}-${count++}`;

const SEED = Number(process.env.MP_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
let state = SEED;
const random = (below: number) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};

async function start(kind: PeerKind, name: string, ...args: string[]): Promise<Fixture> {
  const peer = spawnPeer(kind, PEER, { args: [name, ...args] });
  expect(await peer.line()).toBe('up');
  return peer;
}

async function end(peer: Fixture): Promise<void> {
  peer.say('end');
  expect((await peer.exited).code, `seed ${SEED}: ${peer.stderr}`).toBe(0);
}

test('updates of several processes and a thread are all counted', async () => {
  const map = new SharedMap<string, number>({ name: freshName() });
  const name = map.name as string;
  const kinds = ['process', 'process', 'thread'] as const;
  const peers = await Promise.all(kinds.map((kind) => start(kind, name, 'count', '2000')));
  for (let turn = 0; turn < 2000; turn++) map.update('counter', (n = 0) => n + 1);
  for (const peer of peers) await peer.exited;
  expect(map.get('counter')).toBe(8000);
  map.unlink();
});

/**
 * Two writers that live and others that are killed, processes and threads, each with keys of its own, for which it has a Map;
 * and readers that check all that they read.
 */
async function crowd(options: SharedMapOptions, work: 'write' | 'evict', stays: string): Promise<SharedMap> {
  const map = new SharedMap<MapKey, unknown>({ ...options, name: freshName() });
  if (stays !== '') map.set('stays', 1);
  const name = map.name as string;
  const reader = await start('process', name, 'read', stays);
  const steady = [
    await start('process', name, work, 'a', `${random(2 ** 31)}`),
    await start('thread', name, work, 'd', `${random(2 ** 31)}`),
  ];
  for (let round = 0; round < 8; round++) {
    const kind = round % 4 === 3 ? 'thread' : 'process';
    const doomed = await start(kind, name, work, round % 2 === 0 ? 'b' : 'c', `${random(2 ** 31)}`);
    // Killed in the middle of whatever it does a while after this line, not at the same place each time.
    for (let lines = 1 + random(4); lines > 0; lines--) await doomed.line();
    for (let spin = random(200_000); spin > 0; spin--);
    await doomed.kill();
    // The next of that name must begin with what its own Map says: nothing.
    for (const key of [...map.keys()]) if (/^[bc]/.test(String(key))) map.delete(key);
  }
  for (const peer of [...steady, reader]) await end(peer);
  expect(map.size).toBe([...map.keys()].length);
  return map;
}

test('writers of which some are killed, each compared with a Map', async () => {
  const map = await crowd({}, 'write', 'stays');
  expect(map.get('stays')).toBe(1);
  map.unlink();
  sweep();
});

test('the same where the map is full and evicts all the time', async () => {
  const map = await crowd({ maxBytes: 60_000, evict: 'lru' }, 'evict', '');
  expect(map.bytes).toBeGreaterThan(30_000);
  expect(map.bytes).toBeLessThanOrEqual(60_000);
  map.unlink();
  sweep();
});

test.each(['process', 'thread'] as const)(
  'no reader waits for a writer, a %s, alive or killed',
  async (kind) => {
    const map = new SharedMap<string, number>({ name: freshName() }).set('held', 1).set('other', 2);
    const holder = spawnPeer(kind, PEER, { args: [map.name as string, 'hold'] });
    expect(await holder.line()).toBe('inside');
    const all = () => [map.get('held'), map.has('x'), map.getMany(['other']), map.size, [...map].length];
    expect(all()).toEqual([1, false, [2], 2, 2]);
    await holder.kill();
    expect(all()).toEqual([1, false, [2], 2, 2]);
    expect(map.update('held', (value = 0) => value + 1)).toBe(2);
    map.unlink();
    sweep();
  },
);
