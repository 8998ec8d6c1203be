import { Barrier } from '@mp/lock';
import { eventually, leakCheck, type PeerKind } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { freshName, ObjectPeer } from './shared-object.ts';

leakCheck();

const BROKEN = { code: 'ERR_MP_BROKEN_BARRIER' };

describe('a Barrier in one thread', () => {
  test('lets tasks go on together, again and again, each with an index of its own', async () => {
    using barrier = new Barrier(5);
    let arrived = 0;
    const task = async () => {
      const indexes: number[] = [];
      for (let round = 1; round <= 20; round++) {
        arrived++;
        indexes.push(await barrier.wait());
        expect(arrived).toBeGreaterThanOrEqual(round * 5);
        expect(arrived).toBeLessThanOrEqual(round * 5 + 4);
      }
      return indexes;
    };
    const all = await Promise.all([1, 2, 3, 4, 5].map(task));
    for (let round = 0; round < 20; round++) {
      expect(all.map((indexes) => indexes[round]).sort()).toEqual([0, 1, 2, 3, 4]);
    }
    expect([barrier.nWaiting, barrier.broken, barrier.rescued]).toEqual([0, false, 0]);
  });

  test('runs its action once, before anybody goes on', async () => {
    const events: string[] = [];
    using barrier = new Barrier(3, {
      action: async () => {
        events.push('begins');
        await new Promise(setImmediate);
        events.push('ends');
      },
    });
    await Promise.all([1, 2, 3].map(() => barrier.wait().then(() => events.push('goes on'))));
    expect(events).toEqual(['begins', 'ends', 'goes on', 'goes on', 'goes on']);
  });

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

  test('is broken by an aborted wait and by abort(), until reset()', async () => {
    using barrier = new Barrier(2);
    const abort = new AbortController();
    const aborted = barrier.wait({ signal: abort.signal });
    expect(barrier.nWaiting).toBe(1);
    abort.abort(7);
    await expect(aborted).rejects.toBe(7);
    await expect(barrier.wait()).rejects.toMatchObject(BROKEN);
    barrier.reset();
    const waiting = barrier.wait();
    barrier.abort();
    await expect(waiting).rejects.toMatchObject(BROKEN);
    barrier.reset();
    expect((await Promise.all([barrier.wait(), barrier.wait()])).sort()).toEqual([0, 1]);
  });

  test('reset() breaks for those who wait, and is as new for the next', async () => {
    using barrier = new Barrier(2);
    const waiting = barrier.wait();
    barrier.reset();
    expect([barrier.broken, barrier.nWaiting]).toEqual([false, 0]);
    const next = Promise.all([barrier.wait(), barrier.wait()]);
    await expect(waiting).rejects.toMatchObject(BROKEN);
    expect((await next).sort()).toEqual([0, 1]);
  });

  test('a wait ends when it is closed', async () => {
    const barrier = new Barrier(2);
    const waiting = barrier.wait();
    barrier.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
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

describe.each<PeerKind>(['process', 'thread'])('a Barrier between peers (%s)', (kind) => {
  const start = async (count: number, parties: number) => {
    const barrier = new Barrier(parties, { name: freshName() });
    const peers = await Promise.all(
      Array.from({ length: count }, () => ObjectPeer.start(kind, 'Barrier', parties, { name: barrier.name })),
    );
    return { barrier, peers };
  };

  test('lets them go on together, sync and async', async () => {
    const { barrier, peers } = await start(3, 3);
    for (let round = 0; round < 10; round++) {
      const hows = ['wait', 'waitSync', round % 2 === 0 ? 'wait' : 'waitSync'];
      const said = await Promise.all(peers.map((peer, index) => peer.call(hows[index])));
      expect(said.map(({ value }) => value).sort()).toEqual([0, 1, 2]);
    }
    expect(barrier.rescued).toBe(0);
    await Promise.all(peers.map((peer) => peer.end()));
    expect(barrier.unlink()).toBe(true);
  });

  test('a party that dies while it waits breaks it for the others', async () => {
    const { barrier, peers } = await start(3, 4);
    const [doomed, sync, async] = peers;
    await doomed.begin('waitSync');
    await sync.begin('waitSync');
    await async.begin('wait');
    await eventually('all wait', () => barrier.nWaiting === 3);
    await doomed.kill();
    for (const peer of [sync, async]) expect(await peer.answer()).toMatchObject(BROKEN);
    expect(barrier.broken).toBe(true);
    barrier.reset();
    await Promise.all([sync, async].map((peer) => peer.begin('wait')));
    expect((await Promise.all([barrier.wait(), barrier.wait()])).length).toBe(2);
    for (const peer of [sync, async]) expect(typeof (await peer.answer()).value).toBe('number');
    await Promise.all([sync, async].map((peer) => peer.end()));
    expect(barrier.unlink()).toBe(true);
  });

  test('a party that is late breaks it for all', async () => {
    const { barrier, peers } = await start(2, 3);
    await peers[0].begin('wait');
    expect(await peers[1].call('waitSync', { timeout: 50 })).toMatchObject(BROKEN);
    expect(await peers[0].answer()).toMatchObject(BROKEN);
    await expect(barrier.wait()).rejects.toMatchObject(BROKEN);
    await Promise.all(peers.map((peer) => peer.end()));
    expect(barrier.unlink()).toBe(true);
  });
});
