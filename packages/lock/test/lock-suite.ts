import { PATIENCE, type PeerKind } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ContendedLock, type How, type LockClass, type Peer } from './contended-lock.ts';

const HOWS: How[] = ['sync', 'async', 'try'];

/** What holds for a lock between processes, and just so between worker threads. */
export function lockSuite(kind: PeerKind, className: LockClass): void {
  describe(`${className} between ${kind === 'process' ? 'processes' : 'threads'}`, () => {
    let shared: ContendedLock;
    beforeEach(() => {
      shared = new ContendedLock(kind, className);
    });
    afterEach(() => shared.end());

    mutualExclusion(() => shared);
    waiting(() => shared);
    deadHolders(() => shared);
    if (kind === 'process') slowHolders(() => shared);
    if (className === 'Lock') anybodyReleases(() => shared);
    else ownersRelease(() => shared);
  });
}

function mutualExclusion(lock: () => ContendedLock): void {
  const MIXES: Record<string, How[]> = {
    sync: ['sync', 'sync', 'sync', 'sync'],
    async: ['async', 'async', 'async', 'async'],
    mixed: ['sync', 'async', 'try', 'sync'],
  };

  test.for(Object.entries(MIXES))(
    'four %s peers lose no addition, and no wait needs a rescue',
    async ([, hows]) => {
      const peers = await lock().peers(hows.length);
      peers.forEach((peer, index) => {
        peer.tell({ do: 'add', how: hows[index], times: 500 });
      });
      for (const peer of peers) expect((await peer.answer()).done).toBe(500);
      expect(lock().count).toBe(2000);
      expect(lock().rescued).toBe(0);
      expect(lock().lock.locked).toBe(false);
    },
  );

  test('each of four contending peers makes progress', async () => {
    const hows: How[] = ['sync', 'async', 'sync', 'try'];
    const peers = await lock().peers(hows.length);
    peers.forEach((peer, index) => {
      peer.tell({ do: 'addUntilStopped', how: hows[index] });
    });
    await new Promise((resolve) => setTimeout(resolve, 1_000 * PATIENCE));
    lock().stop();
    const done = await Promise.all(peers.map(async (peer) => (await peer.answer()).done));
    expect(done.reduce((sum, each) => sum + each)).toBe(lock().count);
    for (const each of done) expect(each).toBeGreaterThan(5);
  });
}

function waiting(lock: () => ContendedLock): void {
  test.for(['sync', 'async'] as const)(
    'a %s acquire gives up at its timeout, naming the holder',
    async (how) => {
      const [holder, waiter] = await lock().peers(2);
      await holder.acquire();
      const answer = await waiter.acquire(how, { timeout: 60 });
      expect(answer).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
      expect(answer.message).toContain(`held by pid ${holder.pid}`);
      expect(answer.elapsed).toBeGreaterThan(55);
      expect(await waiter.acquire(how, { timeout: 0 })).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
      await holder.release();
      expect(await waiter.acquire(how, { timeout: 30_000 })).toMatchObject({ recovered: false });
    },
  );

  test('after a wait that gave up, a free lock is had without waiting for a periodic look', async () => {
    const [holder, waiter] = await lock().peers(2);
    for (const how of HOWS.slice(0, 2)) {
      await holder.acquire();
      await waiter.acquire(how, { timeout: 30 });
      await holder.release();
      await waiter.acquire(how);
      await waiter.release();
    }
    expect(lock().lock.tryAcquire()?.release()).toBeUndefined();
    expect(lock().rescued).toBe(0);
  });

  test('a waiter whose thread computes does not hold up the others', async () => {
    const [holder, busy, waiter] = await lock().peers(3);
    await holder.acquire();
    busy.tell({ do: 'acquire', how: 'async' });
    await lock().waiting(1);
    busy.tell({ do: 'compute', milliseconds: 10 });
    waiter.tell({ do: 'acquire', how: 'sync' });
    await lock().waiting(2);
    await holder.release();
    const first = await Promise.race([busy.answer().then(() => busy), waiter.answer().then(() => waiter)]);
    await first.release();
  });

  test('a killed waiter swallows no wake', async () => {
    const [holder, doomed, waiter] = await lock().peers(3);
    await holder.acquire();
    doomed.tell({ do: 'acquire', how: 'sync' });
    await lock().waiting(1);
    waiter.tell({ do: 'acquire', how: 'async' });
    await lock().waiting(2);
    await doomed.kill();
    await holder.release();
    expect(await waiter.answer()).toMatchObject({ recovered: false });
    await waiter.release();
  });
}

function deadHolders(lock: () => ContendedLock): void {
  test.for(HOWS)('a waiter (%s) gets the lock of a killed holder, and is told', async (how) => {
    const [holder, waiter, next] = await lock().peers(3);
    const before = await holder.acquire();
    waiter.tell({ do: 'acquire', how });
    if (how !== 'try') await lock().waiting(1);
    await holder.kill();
    const after = await waiter.answer();
    expect(after.recovered).toBe(true);
    expect(after.token).toBeGreaterThan(before.token);
    await waiter.release();
    expect((await next.acquire(how)).recovered).toBe(false);
  });

  test('of several that wait for a killed holder one recovers the lock, once', async () => {
    const [holder, ...waiters] = await lock().peers(4);
    await holder.acquire();
    waiters.forEach((waiter, index) => {
      waiter.tell({ do: 'acquire', how: HOWS[index] });
    });
    await lock().waiting(2);
    await holder.kill();
    const tokens: number[] = [];
    let recovered = 0;
    const finish = async (waiter: Peer) => {
      const answer = await waiter.answer();
      tokens.push(answer.token);
      if (answer.recovered) recovered++;
      await waiter.release();
    };
    await Promise.all(waiters.map(finish));
    expect(recovered).toBe(1);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(new Set(tokens).size).toBe(3);
  });

  test('an abandoned lock stays locked until somebody asks for it, and tells who had it', async () => {
    const holder = await lock().peer();
    await holder.acquire();
    expect(lock().lock.holder).toMatchObject({ pid: holder.pid, alive: true });
    await holder.kill();
    expect(lock().lock.locked).toBe(true);
    expect(lock().lock.holder?.alive).toBe(false);
    const guard = lock().lock.tryAcquire();
    expect(guard?.recovered).toBe(true);
    guard?.release();
    expect(lock().lock.locked).toBe(false);
  });
}

function slowHolders(lock: () => ContendedLock): void {
  test('a holder that does not run is slow, not dead', async () => {
    const [holder, waiter] = await lock().peers(2);
    await holder.acquire();
    holder.signal('SIGSTOP');
    expect(lock().lock.tryAcquire()).toBeUndefined();
    for (const how of HOWS.slice(0, 2))
      expect(await waiter.acquire(how, { timeout: 200 })).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect(lock().lock.holder).toMatchObject({ pid: holder.pid, alive: true });
    holder.signal('SIGCONT');
    await holder.release();
    expect(await waiter.acquire('sync', { timeout: 30_000 })).toMatchObject({ recovered: false });
  });
}

function anybodyReleases(lock: () => ContendedLock): void {
  test('anybody may release, and the guard of who held it frees nobody else', async () => {
    const [first, second] = await lock().peers(2);
    await first.acquire();
    second.tell({ do: 'releaseAnybody' });
    expect((await second.answer()).locked).toBe(false);
    await second.acquire();
    expect((await first.release()).locked).toBe(true);
    expect((await second.release()).locked).toBe(false);
  });

  test('an abandoned lock can be released by anybody, once', async () => {
    const holder = await lock().peer();
    await holder.acquire();
    await holder.kill();
    lock().lock.release();
    expect(() => lock().lock.release()).toThrow(/nobody holds it/);
    expect(lock().lock.tryAcquire()).toMatchObject({ recovered: false });
    lock().lock.release();
  });
}

function ownersRelease(lock: () => ContendedLock): void {
  test('only its owner may release, and nobody when it is abandoned', async () => {
    const [holder, other] = await lock().peers(2);
    await holder.acquire();
    other.tell({ do: 'releaseAnybody' });
    expect(await other.answer()).toMatchObject({ code: 'ERR_MP_NOT_OWNER' });
    expect(() => lock().lock.release()).toThrow(`pid ${holder.pid}, thread`);
    expect(lock().lock.locked).toBe(true);
    await holder.kill();
    expect(() => lock().lock.release()).toThrow(/only its owner can release/);
    const guard = lock().lock.tryAcquire();
    expect(guard?.recovered).toBe(true);
    lock().lock.release();
    expect(lock().lock.locked).toBe(false);
  });
}
