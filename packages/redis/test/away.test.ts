import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connectRedis } from '@mp/redis';
import { describeNeeding, leakCheck, RedisServer, spawnFixture } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';
import { Link } from '../src/link.ts';

leakCheck();

const namespace = 'away';
const CLOSER = new URL('./fixtures/closer.mjs', import.meta.url);

describeNeeding(RedisServer.missing, 'a Redis that is away', () => {
  let server: RedisServer;
  afterEach(() => server.stop());

  test.each([
    ['is dead', 'SIGKILL'],
    ['does not answer', 'SIGSTOP'],
  ] as const)('a site whose Redis %s closes, and its program ends', async (_, signal) => {
    server = await RedisServer.start();
    const closer = spawnFixture(CLOSER, { args: [server.url, namespace] });
    try {
      expect(await closer.line()).toBe('ready');
      server.signal(signal);
      closer.say('get');
      closer.say('close');
      expect(await closer.line()).toBe('ERR_MP_CLOSED');
      expect(await closer.line()).toBe('closed');
      expect(await closer.exited).toEqual({ code: 0, signal: null });
    } finally {
      await closer.kill();
    }
  });

  test('a put that is aborted then does not wait until Redis is back', async () => {
    server = await RedisServer.start();
    await using site = await connectRedis(server.url, { namespace });
    const queue = site.queue<number>('jobs');
    await queue.put(1);
    await server.kill();
    const stop = new AbortController();
    const put = queue.put(2, { signal: stop.signal });
    const late = queue.put(3, { timeout: 10 });
    const ends = Promise.all([put, late].map((each) => each.catch((error) => error)));
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort('enough');
    // After 10 s the call itself would have ended, with another cause.
    expect(await ends).toMatchObject([
      { code: 'ERR_MP_DISCONNECTED', cause: 'enough' },
      { code: 'ERR_MP_DISCONNECTED', cause: { code: 'ERR_MP_TIMEOUT' } },
    ]);
  });

  /** Lets one connection through, on which a site gives its commands; that by which it would be woken is never answered. */
  async function halfOpen(): Promise<AsyncDisposable & { url: string }> {
    const sockets: Socket[] = [];
    const way = createServer((client) => {
      sockets.push(client);
      if (sockets.length > 1) return;
      const redis = connect(server.port, '127.0.0.1');
      sockets.push(redis);
      client.pipe(redis).pipe(client);
    }).listen(0, '127.0.0.1');
    await once(way, 'listening');
    return {
      url: `redis://127.0.0.1:${(way.address() as AddressInfo).port}`,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        way.close();
      },
    };
  }

  test('a join() does not wait longer than it may for the connection by which it would be woken', async () => {
    server = await RedisServer.start();
    await using way = await halfOpen();
    await using site = await connectRedis(way.url, { namespace });
    const queue = site.joinableQueue<number>('joined');
    await queue.put(1);
    // Its time is over while the first look is under way; that the connection fails in the end troubles nobody.
    const other = site.joinableQueue<number>('other');
    await other.put(1);
    server.signal('SIGSTOP');
    const joined = other.join({ timeout: 20 }).catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 40));
    server.signal('SIGCONT');
    expect(await joined).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    // After some seconds the connection itself would be given up, with another error.
    await expect(queue.join({ timeout: 100 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    await expect(queue.join({ signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  test('a get() does not, and what another call gets after it is not lost', async () => {
    server = await RedisServer.start();
    await using way = await halfOpen();
    await using site = await connectRedis(way.url, { namespace });
    const queue = site.queue<number>('jobs');
    await queue.put(1);
    for (const wait of ['get', 'lease'] as const)
      await expect(queue[wait]({ timeout: 100 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect(await queue.size).toBe(1);
  });

  test('a wait ends when its time is over, or it is aborted, while Redis does not answer', async () => {
    server = await RedisServer.start();
    await using site = await connectRedis(server.url, { namespace });
    const queue = site.joinableQueue<number>('joined');
    await queue.put(1);
    await queue.get();
    server.signal('SIGSTOP');
    // After some seconds the connection would be given up, with another error.
    const waits = [
      ...[queue.get({ timeout: 100 }), queue.join({ timeout: 100 })],
      ...[
        queue.get({ signal: AbortSignal.abort('enough') }),
        queue.join({ signal: AbortSignal.timeout(100) }),
      ],
    ];
    const ends = (await Promise.allSettled(waits)).map((each) => (each as PromiseRejectedResult).reason);
    server.signal('SIGCONT');
    expect(ends).toMatchObject([
      ...[{ code: 'ERR_MP_TIMEOUT' }, { code: 'ERR_MP_TIMEOUT' }],
      ...['enough', { name: 'TimeoutError', code: 23 }],
    ]);
    await queue.put(2);
    expect(await queue.get()).toBe(2);
    await queue.taskDone();
    await queue.taskDone();
    await queue.join({ timeout: 60_000 });
  });
});

/* A site that is closed meanwhile does not wait for it. */
test.each([false, true])(
  'an attempt to connect ends when it is not needed any more (cluster: %s)',
  async (cluster) => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    try {
      await once(silent, 'listening');
      const stop = new AbortController();
      const url = `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const opening = Link.open({ url, cluster }, { silence: 3_000, signal: stop.signal });
      await once(silent, 'connection');
      stop.abort();
      // Not with that it did not answer in time.
      await expect(opening).rejects.toMatchObject({ cause: { name: 'AbortError' } });
      await once(sockets[0], 'close');
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  },
);
