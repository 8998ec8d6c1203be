import { sweep } from '@mp/core/internal';
import { SharedMap } from '@mp/shared';
import { type Fixture, leakCheck, spawnFixture, spawnThread } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const PEER = new URL('./fixtures/map-peer.mjs', import.meta.url);
let count = 0;
const freshName = () => `map-between-${process.pid}-${count++}`;

async function start(name: string, ...args: string[]): Promise<Fixture> {
  const peer = spawnFixture(PEER, { args: [name, ...args] });
  expect(await peer.line()).toBe('up');
  return peer;
}

async function end(peer: Fixture): Promise<void> {
  peer.say('end');
  expect(await peer.exited, peer.stderr).toEqual({ code: 0, signal: null });
}

test('updates of several processes and a thread are all counted', { timeout: 60_000 }, async () => {
  const map = new SharedMap<string, number>({ name: freshName() });
  const args = [map.name as string, 'count', '2000'];
  const peers = [await start(...(args as [string])), await start(...(args as [string]))];
  const thread = spawnThread(PEER, { args });
  for (let turn = 0; turn < 2000; turn++) map.update('counter', (n = 0) => n + 1);
  for (const peer of [...peers, thread]) await peer.exited;
  expect(map.get('counter')).toBe(8000);
  map.unlink();
});

test('writers that are killed, and readers that check all they read', { timeout: 120_000 }, async () => {
  const map = new SharedMap({ name: freshName() });
  map.set('stays', 1);
  const name = map.name as string;
  const readers = [await start(name, 'read')];
  const steady = await start(name, 'write', 'a');
  for (let round = 0; round < 8; round++) {
    const doomed = await start(name, 'write', round % 2 === 0 ? 'b' : 'c');
    await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 100));
    await doomed.kill();
    // The next of that name must begin with what its own Map says: nothing.
    for (const key of [...map.keys()]) if (/^[bc]/.test(String(key))) map.delete(key);
  }
  for (const peer of [steady, ...readers]) await end(peer);
  expect(map.size).toBe([...map.keys()].length);
  map.unlink();
  sweep();
});
