import { Lock, RLock, RWLock } from '@mp/lock';
import { freshName, leakCheck, type ObjectPeer, type PeerKind, type Said } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { startPeer } from './start-peer.ts';

leakCheck();

type Step = [className: string, name: string, call: string];

/** What a test made: peers, each with a list of objects that it opens one after the other. */
const peers: ObjectPeer[] = [];
const names = new Map<string, string>();

/** A peer that does a call on an object, and will do another on a second. */
async function peerThat(kind: PeerKind, [className, name, call]: Step): Promise<ObjectPeer> {
  names.set(name, className);
  const peer = await startPeer(kind, className, { name });
  peers.push(peer);
  expect((await peer.call(call)).held).toBe(0);
  return peer;
}

async function beginOn(peer: ObjectPeer, [className, name, call]: Step, options: object = {}): Promise<void> {
  names.set(name, className);
  await peer.beginOn(await peer.open(className, { name }), call, options);
}

afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.end()));
  for (const [name, className] of names) {
    const object = new { Lock, RLock, RWLock }[className as 'Lock' | 'RLock' | 'RWLock']({ name });
    expect(object.unlink()).toBe(true);
  }
  names.clear();
});

/** Everybody's call ends, and one of them, by the error. The others go on when that one has released. */
async function oneGivesUp(waiting: ObjectPeer[]): Promise<Said> {
  const answers = waiting.map(async (peer) => ({ peer, said: await peer.answer() }));
  const first = await Promise.race(answers);
  expect(first.said).toMatchObject({ error: 'DeadlockError', code: 'ERR_MP_DEADLOCK' });
  await first.peer.release(0);
  const rest = new Set(answers.filter((_, index) => waiting[index] !== first.peer));
  while (rest.size > 0) {
    const next = await Promise.race([...rest].map(async (answer) => ({ answer, ...(await answer) })));
    rest.delete(next.answer);
    expect(next.said.held, next.said.message).toBeDefined();
    await next.peer.release(next.said.held);
    await next.peer.release(0);
  }
  return first.said;
}

const EVERY_WAIT: [string, string, string][] = [
  ['Lock', 'acquireSync', 'acquireSync'],
  ['RLock', 'acquireSync', 'acquireSync'],
  ['RWLock', 'writeSync', 'writeSync'],
  ['RWLock', 'writeSync', 'readSync'],
  ['RWLock', 'readSync', 'writeSync'],
];

describe.each<[string, PeerKind[], [string, string, string][]]>([
  ['two processes', ['process', 'process'], EVERY_WAIT],
  ['three processes', ['process', 'process', 'process'], EVERY_WAIT.slice(0, 1)],
  ['two threads', ['thread', 'thread'], EVERY_WAIT.slice(0, 1)],
  ['a thread and two processes', ['thread', 'process', 'process'], EVERY_WAIT.slice(4)],
])('a ring of %s', (_, kinds, waits) => {
  test.each(waits)(
    'of %s, %s and %s: one is told who waits for whom, the others go on',
    async (className, first, second) => {
      const locks = kinds.map(() => freshName());
      const ring = await Promise.all(
        kinds.map((kind, index) => peerThat(kind, [className, locks[index], first])),
      );
      for (const [index, peer] of ring.entries()) {
        await beginOn(peer, [className, locks[(index + 1) % locks.length], second]);
      }
      const said = await oneGivesUp(ring);
      for (const name of locks) expect(said.message).toContain(`waits for the ${className} "${name}"`);
      for (const peer of ring) expect(said.message).toContain(`pid ${peer.pid}, thread `);
    },
  );
});

test('a ring may have locks of several kinds', async () => {
  const [one, two, three] = [1, 2, 3].map(() => freshName());
  const ring = [
    await peerThat('process', ['Lock', one, 'acquireSync']),
    await peerThat('process', ['RLock', two, 'acquireSync']),
    await peerThat('process', ['RWLock', three, 'readSync']),
  ];
  await beginOn(ring[0], ['RLock', two, 'acquireSync']);
  await beginOn(ring[1], ['RWLock', three, 'writeSync']);
  await beginOn(ring[2], ['Lock', one, 'acquireSync']);
  await oneGivesUp(ring);
});

describe('no deadlock is told', () => {
  test.each([
    ['has a timeout', 'acquireSync', { timeout: 700 }, 'ERR_MP_TIMEOUT'],
    ['waits asynchronously', 'acquire', { timeout: 700 }, 'ERR_MP_TIMEOUT'],
  ])('when one of the ring %s', async (_, call, options, code) => {
    const [one, two] = [freshName(), freshName()];
    const first = await peerThat('process', ['Lock', one, 'acquireSync']);
    const second = await peerThat('process', ['Lock', two, 'acquireSync']);
    await beginOn(first, ['Lock', two, 'acquireSync']);
    await beginOn(second, ['Lock', one, call], options);
    const answer = await second.answer();
    expect(answer.code).toBe(code);
    await second.release(0);
    const got = await first.answer();
    expect(got.held).toBeDefined();
    await first.release(got.held);
  });

  test('when a chain does not come back to where it began', async () => {
    const [one, two] = [freshName(), freshName()];
    const holder = await peerThat('process', ['Lock', one, 'acquireSync']);
    const middle = await peerThat('process', ['Lock', two, 'acquireSync']);
    await beginOn(middle, ['Lock', one, 'acquireSync']);
    const last = await startPeer('process', 'Lock', { name: two });
    peers.push(last);
    expect(await last.call('acquireSync', { timeout: 300 })).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    await last.begin('acquireSync');
    await holder.release(0);
    const got = await middle.answer();
    await middle.release(got.held);
    await middle.release(0);
    expect((await last.answer()).held).toBeDefined();
  });
});
