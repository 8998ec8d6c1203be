import { setTimeout as delay } from 'node:timers/promises';
import { sweep } from '@mp/core/internal';
import { JoinableQueue, LifoQueue, PriorityQueue, Queue } from '@mp/queue';
import { type Fixture, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/*
 * Producers and consumers that are killed at random moments, and replaced. What was put is delivered; what was got is
 * not got again, unless it was leased and not acknowledged; the survivors come to an end.
 */
const PEER = new URL('./fixtures/chaos-peer.mjs', import.meta.url);
const SEED = Number(process.env.MP_SEED ?? 20261125);
const KILLS = Number(process.env.MP_CHAOS_KILLS ?? 4);
const ITEMS = 150;
const CLASSES = { JoinableQueue, LifoQueue, PriorityQueue, Queue };

let state = SEED >>> 0;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (state >>> 8) % below;
}

interface Peer {
  role: string;
  fixture: Fixture;
  killed: boolean;
}

/** What all of them said, by what they did. */
async function story(peers: readonly Peer[]): Promise<Record<'put' | 'got' | 'ack', string[]>> {
  const said = { put: [] as string[], got: [] as string[], ack: [] as string[] };
  for (const { fixture } of peers) {
    for (const line of await fixture.rest()) {
      const [what, key] = line.split(' ') as ['put' | 'got' | 'ack', string];
      said[what].push(key);
    }
  }
  return said;
}

function twice(keys: readonly string[]): string[] {
  const seen = new Set<string>();
  return keys.filter((key) => seen.size === seen.add(key).size);
}

test.each([
  ['Queue', 'getter', {}],
  ['Queue', 'lessee', { maxSize: 10 }],
  ['JoinableQueue', 'joiner', {}],
  ['LifoQueue', 'getter', { maxSize: 10 }],
  ['LifoQueue', 'lessee', {}],
  ['PriorityQueue', 'getter', { maxBytes: 150_000 }],
  ['PriorityQueue', 'lessee', {}],
] as const)(`%s, %s, %o, seed ${SEED}`, async (name, consumer, limits) => {
  const queue = new CLASSES[name]({ name: `chaos-${process.pid}-${random(2 ** 20)}`, ...limits } as never);
  const peers: Peer[] = [];
  const start = (role: string) => {
    const args = [name, queue.name as string, role, String(peers.length), String(ITEMS)];
    peers.push({ role, fixture: spawnFixture(PEER, { args }), killed: false });
  };
  for (const role of ['producer', consumer, 'producer', consumer]) start(role);
  for (let kill = 0; kill < KILLS; kill++) {
    await delay(40 + random(80));
    const running = peers.filter(({ killed }) => !killed);
    const victim = running[random(running.length)];
    victim.killed = true;
    void victim.fixture.kill();
    start(victim.role);
  }
  const producers = peers.filter(({ role }) => role === 'producer');
  await Promise.all(producers.map(({ fixture }) => fixture.exited));
  queue.shutdown();
  for (const { fixture, killed } of peers) {
    const { code } = await fixture.exited;
    if (!killed) expect(code, fixture.stderr).toBe(0);
  }
  const { put, got, ack } = await story(peers);
  const delivered = new Set(got);
  const lost = put.filter((key) => !delivered.has(key));
  const consumersKilled = peers.filter(({ role, killed }) => killed && role === consumer).length;
  expect(twice(put)).toEqual([]);
  // A get that is cut off may take its item along; a lease never does.
  expect(lost.length).toBeLessThanOrEqual(consumer === 'getter' ? consumersKilled : 0);
  if (consumer === 'getter') expect(twice(got)).toEqual([]);
  if (consumer === 'joiner') expect(twice(got).length).toBeLessThanOrEqual(consumersKilled);
  if (consumer === 'lessee') expect(twice(ack)).toEqual([]);
  expect(queue.size).toBe(0);
  if (queue instanceof JoinableQueue) queue.joinSync({ timeout: 20_000 });
  sweep();
  expect(queue.unlink()).toBe(true);
});
