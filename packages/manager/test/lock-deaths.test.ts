import { Manager, type ManagerServer } from '@mp/manager';
import { eventually, type Fixture, leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LINKS, serveAt } from './links.ts';

leakCheck();

describe.each(LINKS)('clients that are killed: $title', (link) => {
  let server: ManagerServer;
  let manager: Manager;
  beforeAll(async () => {
    server = await serveAt(link);
    manager = await Manager.connect(server.address, { authKey: link.authKey });
  });
  afterAll(async () => {
    await manager.close();
    await server.shutdown();
  });

  /** A client in another process. */
  async function start({ address } = server): Promise<Fixture> {
    const args = [JSON.stringify(address), link.authKey];
    const client = spawnFixture(new URL('./fixtures/lock-client.mjs', import.meta.url), { args });
    expect(await client.line()).toBe('connected');
    return client;
  }

  async function tell(client: Fixture, ...order: unknown[]): Promise<void> {
    client.say(JSON.stringify(order));
    expect(await client.line()).toMatch(/done|waits/);
  }

  test('a lock whose client is killed is had by the next, recovered, and by those that wait at once', async () => {
    for (const kind of ['lock', 'rlock'] as const) {
      const lock = await manager[kind]();
      const named = await manager[kind]({ name: `held-${kind}` });
      for (const isWaiting of [false, true]) {
        const client = await start();
        await tell(client, kind, `held-${kind}`, 'acquire');
        expect(await named.tryAcquire()).toBeUndefined();
        const waiting = isWaiting ? named.acquire() : undefined;
        await client.kill();
        const guard = await (waiting ?? named.acquire());
        expect(guard.recovered).toBe(true);
        await guard.release();
        expect((await named.tryAcquire())?.recovered).toBe(false);
        await named.release();
      }
      lock.close();
      await manager.unlink(`held-${kind}`);
    }
  });

  test('a waiter that is killed is passed over, and one that was just granted leaves the lock to the next', async () => {
    const lock = await manager.lock({ name: 'granted' });
    const held = await lock.acquire();
    const waiter = await start();
    await tell(waiter, 'lock', 'granted', 'begin', 'acquire');
    await waiter.kill();
    // Its thread stands still: it is granted the lock, and never reads that.
    const granted = await start();
    await tell(granted, 'lock', 'granted', 'beginAndBlock');
    const next = lock.acquire();
    await eventually('the waiter that was killed is gone', () => server.clients === 2);
    await held.release();
    await eventually('the lock was granted', async () => {
      const holder = await lock.holder;
      return holder?.alive;
    });
    await granted.kill();
    const guard = await next;
    expect(guard.recovered).toBe(true);
    await guard.release();
    expect(await lock.locked).toBe(false);
    await manager.unlink('granted');
  });

  test('the permits of a client that is killed come back, also one that was just granted', async () => {
    const semaphore = await manager.semaphore(2, { name: 'permits', recover: true });
    const holder = await start();
    await tell(holder, 'semaphore', 'permits', 'acquire');
    const granted = await start();
    const own = await semaphore.acquire();
    await tell(granted, 'semaphore', 'permits', 'beginAndBlock');
    await own.release();
    await eventually('it was granted', async () => (await semaphore.value) === 0);
    const waits = [semaphore.acquire(), semaphore.acquire()];
    await holder.kill();
    await granted.kill();
    const permits = await Promise.all(waits);
    expect(permits.map(({ recovered }) => recovered)).toEqual([true, true]);
    for (const permit of permits) await permit.release();
    expect(await semaphore.value).toBe(2);
    await manager.unlink('permits');
  });

  test('a notification for a client that is killed goes to the next, and a party that is killed breaks a barrier', async () => {
    const cond = await manager.condition(undefined, { name: 'news' });
    const barrier = await manager.barrier(2, { name: 'start' });
    const client = await start();
    await tell(client, 'condition', 'news', 'waitNotified');
    const next = cond.with(() => cond.wait());
    await eventually('both wait', async () => (await cond.waiting) === 2);
    await tell(client, 'barrier', 'start', 'begin', 'wait');
    await cond.with(async () => {
      await cond.notify();
      expect(await cond.waiting).toBe(1);
      await client.kill();
      await eventually('it is passed on', async () => (await cond.waiting) === 0);
    });
    expect(await next).toBe(true);
    await eventually('it is broken', () => barrier.broken);
    await expect(barrier.wait()).rejects.toMatchObject({ code: 'ERR_MP_BROKEN_BARRIER' });
    for (const name of ['news', 'start']) await manager.unlink(name);
  });

  test('the objects that only a killed client has are gone', async () => {
    // Its server has no objects of other tests, which the garbage collector may let go of at any moment.
    await using own = await serveAt(link);
    await using watching = await Manager.connect(own.address, { authKey: link.authKey });
    const client = await start(own);
    for (let count = 1; count <= 3; count++) {
      await tell(client, 'lock', null, 'acquire');
      expect((await watching.stats()).objects).toBe(count);
    }
    await client.kill();
    await eventually('they are gone', async () => (await watching.stats()).objects === 0);
  });

  test('a client that stands still is slow, not gone', async () => {
    const lock = await manager.lock({ name: 'slow' });
    const client = await start();
    await tell(client, 'lock', 'slow', 'acquire');
    void client.kill('SIGSTOP');
    await expect(lock.acquire({ timeout: 200 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect(await lock.holder).toMatchObject({ alive: true });
    void client.kill('SIGCONT');
    await tell(client, 'lock', 'slow', 'release');
    expect((await lock.tryAcquire())?.recovered).toBe(false);
    await client.kill();
    await manager.unlink('slow');
  });
});
