import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { connectRedis, type Site } from '@mp/redis';
import { describeNeeding, leakCheck, RedisCluster, RedisServer } from '@mp/testing';
import { expect, test } from 'vitest';
import { describeRedisAtOnce } from './with-redis.ts';

leakCheck();

const namespace = 'refused';

test('a URL or a namespace that is none', async () => {
  for (const url of ['', 'http://127.0.0.1', 'redis:', undefined])
    await expect(connectRedis(url as never, { namespace })).rejects.toThrow(/url must be like redis:/);
  const url = 'redis://127.0.0.1:1';
  for (const bad of [undefined, 7]) {
    await expect(connectRedis(url, { namespace: bad as never })).rejects.toThrow(
      /namespace must be a string/,
    );
  }
  await expect(connectRedis(url, { namespace: 'a:b' })).rejects.toThrow(RangeError);
  await expect(connectRedis(url, { namespace, nmespace: 1 } as never)).rejects.toThrow(
    /no option "nmespace"/,
  );
});

test('no server there: the error says where, and nothing of the password', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const error = await connectRedis(`redis://user:secret@127.0.0.1:${port}`, { namespace }).catch((e) => e);
  expect(error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
  expect(error.message).toMatch(`Cannot reach Redis at redis://127.0.0.1:${port}`);
  expect(error.message).toMatch(/ECONNREFUSED.*Is it running there/);
  expect(error.message).not.toMatch('secret');
});

test.concurrent('something that listens there and says nothing', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connecting = connectRedis(`redis://127.0.0.1:${port}`, { namespace });
  await expect(connecting).rejects.toThrow(/Cannot reach Redis at .*: it did not answer within 5000 ms/);
  for (const socket of sockets) socket.destroy();
  server.close();
});

describeRedisAtOnce('a Redis with a password', { args: ['--requirepass', 'right'] }, (test) => {
  test.for([
    ['a wrong password', 'redis://:wrong@'],
    ['none', 'redis://'],
  ])('%s', async ([, start], { redis }) => {
    const error = await connectRedis(redis.server.url.replace('redis://', start), { namespace }).catch(
      (e) => e,
    );
    expect(error).toMatchObject({ code: 'ERR_MP_AUTHENTICATION', name: 'AuthenticationError' });
    expect(error.message).toMatch(/redis:\/\/user:password@/);
  });

  test('the right one, also for its other connections', async ({ redis }) => {
    await using site = await connectRedis(redis.server.url.replace('//', '//:right@'), { namespace });
    const guard = await site.lock('a', { ttl: 1_000 }).acquire();
    const waiting = site.lock('a', { ttl: 1_000 }).acquire();
    await guard.release();
    await (await waiting).release();
  });
});

describeRedisAtOnce(
  'a Redis that is full',
  { args: ['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'] },
  (test) => {
    test('refuses what is new, changes nothing, and takes nothing from a holder', async ({ redis }) => {
      const site = await redis.site();
      const lock = site.lock('held', { ttl: 2_000 });
      const guard = await lock.acquire();
      const map = site.map('stuffed');
      const stored: string[] = [];
      const error = await (async () => {
        for (let i = 0; i < 1_000; i++) {
          await map.set(`key ${i}`, Buffer.alloc(20_000));
          stored.push(`key ${i}`);
        }
        return undefined;
      })().catch((e) => e);
      expect(error).toMatchObject({ code: 'ERR_MP_NO_SPACE' });
      expect(error.message).toMatch(/maxmemory.*Nothing was changed/);
      // What was acknowledged is there, and nothing else.
      expect(await map.size).toBe(stored.length);
      expect((await map.getMany(stored)).every((value) => (value as Buffer).length === 20_000)).toBe(true);
      // Full by far: what is freed on the way makes no room.
      await redis.server.command('CONFIG', 'SET', 'maxmemory', '1mb');
      for (const use of [
        () => site.lock('other', { ttl: 1_000 }).acquire(),
        () => site.value('n', 0).add(1),
        () => site.event('e').set(),
      ])
        await expect(use()).rejects.toMatchObject({ code: 'ERR_MP_NO_SPACE' });
      // Longer than its lease: it is renewed all the same.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      expect([guard.isHeld, guard.signal.aborted]).toEqual([true, false]);
      await guard.release();
      expect(await lock.locked).toBe(false);
      await map.clear();
      expect(await map.size).toBe(0);
      await redis.server.command('CONFIG', 'SET', 'maxmemory', '50mb');
      expect(await site.value('n', 0).add(1)).toBe(0);
    });
  },
);

function cannotKeep(): void {
  test.each(['allkeys-lru', 'volatile-ttl'])('one that removes keys when it is full: %s', async (policy) => {
    await using server = await RedisServer.start({
      args: ['--maxmemory', '10mb', '--maxmemory-policy', policy],
    });
    const error = await connectRedis(server.url, { namespace }).catch((e) => e);
    expect(error).toMatchObject({ code: 'ERR_MP_MISMATCH' });
    expect(error.message).toContain(`"maxmemory-policy ${policy}"). Set that to noeviction`);
  });

  test('a cluster whose user may not ask for its version is trusted to be new enough', async () => {
    await using cluster = await RedisCluster.start();
    for (const node of cluster.primaries)
      await node.command('ACL', 'SETUSER', 'plain', 'on', '>secret', '~*', '&*', '+@all', '-info');
    const url = cluster.url.replace('//', '//plain:secret@');
    await using site = await connectRedis(url, { namespace, cluster: true });
    expect(await site.value('a', 0).add(1)).toBe(0);
  });

  test('one node of a cluster that was not said to be one', async () => {
    await using cluster = await RedisCluster.start();
    await using site = await connectRedis(cluster.url, { namespace });
    const calls = [1, 2, 3, 4, 5, 6, 7, 8].map((name) => site.event(`e${name}`).set());
    const ends = await Promise.allSettled(calls);
    const refused = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'ERR_MP_MISMATCH' });
      expect(error.message).toMatch(/cluster: true/);
    }
  });

  test('a replica', async () => {
    await using primary = await RedisServer.start();
    await using replica = await RedisServer.start({
      args: ['--replicaof', '127.0.0.1', String(primary.port)],
    });
    await using site = await connectRedis(replica.url, { namespace });
    const error = await site
      .event('e')
      .set()
      .catch((e) => e);
    expect(error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
    expect(error.message).toMatch(/replica/);
  });
}
describeNeeding(RedisServer.missing, 'a Redis that cannot keep what is promised', cannotKeep, {
  concurrent: true,
});

describeRedisAtOnce('keys of others', {}, (test) => {
  test('a name whose key holds something else', async ({ redis }) => {
    const site: Site = await redis.site();
    await redis.server.command('SET', `${redis.namespace}:{lock:a}`, 'not a hash');
    await expect(site.lock('a', { ttl: 1_000 }).acquire()).rejects.toMatchObject({ code: 'ERR_MP_MISMATCH' });
  });

  test('a semaphore with other parameters', async ({ redis }) => {
    const site = await redis.site();
    await (await site.semaphore('s', { value: 2 }).acquire()).release();
    const error = await site
      .semaphore('s', { value: 3, ttl: 1_000 })
      .acquire()
      .catch((e) => e);
    expect(error).toMatchObject({ code: 'ERR_MP_MISMATCH' });
    expect(error.message).toMatch('made with { value: 2 }, and was asked for with { value: 3, ttl: 1000 }');
  });

  test('after close() everything says so', async ({ redis }) => {
    const site = await redis.site();
    const [lock, event, value, map] = [
      site.lock('a', { ttl: 1_000 }),
      site.event('e'),
      site.value('v', 0),
      site.map('m'),
    ];
    await site.close();
    await site.close();
    for (const use of [
      () => lock.acquire(),
      () => lock.tryAcquire(),
      () => event.wait(),
      () => event.set(),
      () => value.get(),
      () => map.get('a'),
    ])
      await expect(use()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  });
});
