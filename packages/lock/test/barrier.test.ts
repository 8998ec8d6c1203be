import { Barrier, Semaphore } from '@mp/lock';
import { eventually, freshName, leakCheck, type ObjectPeer, type PeerKind } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { startPeer } from './start-peer.ts';

leakCheck();

const BROKEN = { code: 'ERR_MP_BROKEN_BARRIER' };

describe('a Barrier in one thread', () => {
  test('of one party never waits', async () => {
    let actions = 0;
    using barrier = new Barrier(1, { action: () => actions++ });
    expect([await barrier.wait(), barrier.waitSync(), barrier.waitSync({ timeout: 0 })]).toEqual([0, 0, 0]);
    expect(actions).toBe(3);
  });

  test('is broken by an action that throws: its runner gets that, the others the barrier', async () => {
    const cause = new Error('in the action');
    using barrier = new Barrier(2, {
      action: () => {
        throw cause;
      },
    });
    const results = await Promise.allSettled([barrier.wait(), barrier.wait()]);
    const reasons = results.map((result) => (result as PromiseRejectedResult).reason);
    expect(reasons).toContain(cause);
    expect(reasons.find((reason) => reason !== cause)).toMatchObject(BROKEN);
    expect(barrier.broken).toBe(true);
    expect(() => barrier.waitSync()).toThrow(/is broken/);
    barrier.reset();
    expect(barrier.broken).toBe(false);
  });

  test('refuses an asynchronous action in waitSync()', () => {
    using barrier = new Barrier(1, { action: async () => {} });
    expect(() => barrier.waitSync()).toThrow(/asynchronous action in waitSync/);
  });

  test('is broken by a timeout, of the wait or its own', async () => {
    for (const [options, waiting] of [
      [{}, { timeout: 20 }],
      [{ timeout: 20 }, undefined],
    ] as const) {
      using barrier = new Barrier(3, options);
      const other = barrier.wait({ timeout: 20_000 });
      await expect(barrier.wait(waiting)).rejects.toMatchObject(BROKEN);
      await expect(other).rejects.toMatchObject(BROKEN);
      expect(() => barrier.waitSync({ timeout: 20 })).toThrow(/is broken/);
    }
  });

  test.each([
    [0, {}, RangeError],
    [1.5, {}, RangeError],
    [10_001, {}, RangeError],
    ['2', {}, TypeError],
    [2, null, TypeError],
    [2, { action: 1 }, TypeError],
    [2, { timeout: '1' }, TypeError],
  ])('Barrier(%o, %o) is refused', (parties, options, kind) => {
    expect(() => new Barrier(parties as never, options as never)).toThrow(kind);
  });
});

describe.each<PeerKind>(['process', 'thread'])('a Barrier between five peers (%s)', (kind) => {
  const N = 5;

  /** The barrier, and the peers with all its options but the name. */
  const start = async (options: object = {}) => {
    const barrier = new Barrier(N, { name: freshName() });
    const party = () => startPeer(kind, 'Barrier', N, { name: barrier.name, ...options });
    return { barrier, peers: await Promise.all(Array.from({ length: N }, party)) };
  };
  const end = async (barrier: Barrier, peers: ObjectPeer[]) => {
    await Promise.all(peers.map((peer) => peer.end()));
    await eventually('the name is free', () => barrier.unlink());
  };
  const call = (peers: ObjectPeer[], ...args: [string, ...unknown[]]) =>
    Promise.all(peers.map((peer) => peer.call(...args)));
  const allPass = async (peers: ObjectPeer[], how: string) =>
    expect((await call(peers, how)).map(({ value }) => value).sort()).toEqual([0, 1, 2, 3, 4]);

  test.each([
    ['wait', 1],
    ['waitSync', 10],
    ['wait', 500],
    ['waitSync', 500],
  ])('passes in lockstep, each party with an index of its own: %s, %i rounds of two', async (how, rounds) => {
    const { barrier, peers } = await start();
    const counters = [1, 2].map(() => new Semaphore(0, { name: freshName() }));
    for (const peer of peers)
      expect([
        await peer.open('Semaphore', 0, { name: counters[0].name }),
        await peer.open('Semaphore', 0, { name: counters[1].name }),
      ]).toEqual([1, 2]);
    for (const said of await call(peers, 'lockstep', how, rounds, 1, 2))
      expect(said.value, said.message).toBe(rounds);
    await allPass(peers, how);
    expect([barrier.nWaiting, barrier.broken, barrier.rescued]).toEqual([0, false, 0]);
    await end(barrier, peers);
    for (const counter of counters) counter.unlink();
  });

  test('the action runs once, before anybody goes on', async () => {
    const counter = new Semaphore(0, { name: freshName() });
    const { barrier, peers } = await start({ countActions: ['Semaphore', 0, { name: counter.name }] });
    for (let round = 1; round <= 3; round++) {
      await Promise.all(peers.map((peer) => peer.begin('waitSync')));
      await peers[0].answer();
      expect(counter.value).toBe(round);
      for (const peer of peers.slice(1)) await peer.answer();
      expect(counter.value).toBe(round);
    }
    await end(barrier, peers);
    counter.unlink();
  });

  test('abort(): nobody passes; after reset() all do', async () => {
    const { barrier, peers } = await start();
    await Promise.all(peers.slice(1).map((peer, index) => peer.begin(index % 2 ? 'wait' : 'waitSync')));
    await eventually('all but one wait', () => barrier.nWaiting === N - 1);
    await peers[0].call('abort');
    for (const peer of peers.slice(1)) expect(await peer.answer()).toMatchObject(BROKEN);
    expect(barrier.broken).toBe(true);
    for (const how of ['wait', 'waitSync']) expect(await peers[0].call(how)).toMatchObject(BROKEN);
    await peers[1].call('reset');
    await allPass(peers, 'waitSync');
    await end(barrier, peers);
  });

  test('reset() with all but one waiting: they get the error, then all pass', async () => {
    const { barrier, peers } = await start();
    await Promise.all(peers.slice(1).map((peer, index) => peer.begin(index % 2 ? 'wait' : 'waitSync')));
    await eventually('all but one wait', () => barrier.nWaiting === N - 1);
    await peers[0].call('reset');
    for (const peer of peers.slice(1)) expect(await peer.answer()).toMatchObject(BROKEN);
    await allPass(peers, 'wait');
    expect(barrier.broken).toBe(false);
    await end(barrier, peers);
  });

  test.each([
    ['of a wait', {}, { timeout: 100 }],
    ['of the barrier', { timeout: 100 }, {}],
  ])('a party that is late breaks it for all: timeout %s', async (_, options, waitOptions) => {
    const { barrier, peers } = await start(options);
    const said = await Promise.all(
      peers.slice(1).map((peer, index) => peer.call(index % 2 ? 'wait' : 'waitSync', waitOptions)),
    );
    for (const each of said) expect(each).toMatchObject(BROKEN);
    expect(await peers[0].call('wait')).toMatchObject(BROKEN);
    await end(barrier, peers);
  });

  test('a party that dies while it waits breaks it for the others', async () => {
    const { barrier, peers } = await start();
    const [absent, doomed, ...others] = peers;
    await doomed.begin('waitSync');
    await Promise.all(others.map((peer, index) => peer.begin(index % 2 ? 'wait' : 'waitSync')));
    await eventually('all but one wait', () => barrier.nWaiting === N - 1);
    await doomed.kill();
    for (const peer of others) expect(await peer.answer()).toMatchObject(BROKEN);
    expect(barrier.broken).toBe(true);
    barrier.reset();
    await Promise.all([absent, ...others].map((peer) => peer.begin('wait')));
    expect(typeof (await barrier.wait())).toBe('number');
    for (const peer of [absent, ...others]) expect(typeof (await peer.answer()).value).toBe('number');
    await end(barrier, peers);
  });

  test('a party that dies before it comes breaks nothing: another one may come', async () => {
    const { barrier, peers } = await start();
    // It has been here before, so that its number stands in its place.
    await allPass(peers, 'wait');
    const [doomed, ...others] = peers;
    await Promise.all(others.slice(1).map((peer, index) => peer.begin(index % 2 ? 'wait' : 'waitSync')));
    await doomed.kill();
    await others[0].begin('wait');
    await eventually('all but one wait', () => barrier.nWaiting === N - 1);
    expect(barrier.broken).toBe(false);
    expect(typeof (await barrier.wait())).toBe('number');
    for (const peer of others) expect(typeof (await peer.answer()).value).toBe('number');
    await end(barrier, others);
  });
});
