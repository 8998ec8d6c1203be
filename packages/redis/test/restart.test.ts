import { connectRedis } from '@mp/redis';
import { describeNeeding, eventually, leakCheck, RedisServer } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const namespace = 'restart';

describeNeeding(RedisServer.missing, 'a Redis that is killed and started again', () => {
  let server: RedisServer;
  afterEach(() => server.stop());

  test('with its append-only file nothing that was acknowledged is lost, nothing is done twice, and locks stay', async () => {
    server = await RedisServer.start({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    await using keeper = await connectRedis(server.url, { namespace });
    const lock = keeper.lock('kept', { ttl: 30_000 });
    const guard = await lock.acquire();
    const sites = await Promise.all([1, 2, 3].map(() => connectRedis(server.url, { namespace })));
    const done = { added: 0, unknown: 0, entries: [] as string[] };
    const stop = new AbortController();
    const traffic = sites.map(async (site, who) => {
      const sum = site.value('sum', 0);
      const map = site.map('entries');
      for (let n = 0; !stop.signal.aborted; n++) {
        try {
          await sum.add(1);
          done.added++;
          await map.set(`${who}.${n}`, n);
          done.entries.push(`${who}.${n}`);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
          done.unknown++;
        }
      }
    });
    const event = sites[0].event('later');
    const waiting = event.wait();
    for (let i = 0; i < 3; i++) {
      const before = done.entries.length;
      await eventually('there is traffic', () => done.entries.length > before + 100);
      await server.kill();
      await server.run();
    }
    const before = done.entries.length;
    await eventually('it goes on', () => done.entries.length > before + 100);
    stop.abort();
    await Promise.all(traffic);

    const sum = await sites[0].value('sum', 0).get();
    expect(sum).toBeGreaterThanOrEqual(done.added);
    expect(sum).toBeLessThanOrEqual(done.added + done.unknown);
    // At most one call of each client was under way at each kill.
    expect(done.unknown).toBeLessThanOrEqual(9);
    expect((await sites[1].map('entries').getMany(done.entries)).every((value) => value !== undefined)).toBe(
      true,
    );

    expect([guard.isHeld, await sites[2].lock('kept', { ttl: 1_000 }).tryAcquire()]).toEqual([
      true,
      undefined,
    ]);
    await sites[1].event('later').set();
    expect(await waiting).toBe(true);
    await guard.release();
    expect((await sites[2].lock('kept', { ttl: 1_000 }).acquire()).recovered).toBe(false);
    for (const site of sites) await site.close();
  });

  test('without a file all is gone: a holder is told, and the next token is larger all the same', async () => {
    server = await RedisServer.start();
    await using one = await connectRedis(server.url, { namespace });
    await using other = await connectRedis(server.url, { namespace });
    const guard = await one.lock('a', { ttl: 600 }).acquire();
    await server.kill();
    await server.run();
    const next = await other.lock('a', { ttl: 30_000 }).acquire();
    expect(next.token).toBeGreaterThan(guard.token);
    await eventually('the first is told', () => guard.signal.aborted);
    expect(guard.isHeld).toBe(false);
    await guard.release();
    expect(next.isHeld).toBe(true);
  });
});
