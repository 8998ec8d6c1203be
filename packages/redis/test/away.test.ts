import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { connectRedis } from '@mp/redis';
import { describeNeeding, eventually, leakCheck, RedisServer, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { Link } from '../src/link.ts';

leakCheck();

/* Each test has a Redis of its own, so that they all wait side by side; the longest stand first. */

const namespace = 'away';
const CLOSER = new URL('./fixtures/closer.mjs', import.meta.url);

/** What stands between a site and its Redis. */
class Way implements AsyncDisposable {
  readonly url: string;
  /** Of the site, in their order. */
  readonly clients: Socket[] = [];
  readonly #listener: Server;
  readonly #through: [client: Socket, redis: Socket][] = [];
  #isShut = false;

  private constructor(listener: Server) {
    this.#listener = listener;
    this.url = `redis://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  }

  /**
   * @param most so many connections are let through, others are never answered. The first one is that for commands, the next one
   * is begun when the site wants to be woken
   */
  static async to({ port }: RedisServer, most = Infinity): Promise<Way> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const way = new Way(listener);
    listener.on('connection', (client) => {
      client.on('error', () => {});
      if (way.#isShut) {
        client.destroy();
        return;
      }
      way.clients.push(client);
      client.resume();
      if (way.clients.length > most) return;
      const redis = connect(port, '127.0.0.1').on('error', () => {});
      way.#through.push([client, redis]);
      client.pipe(redis).pipe(client);
    });
    return way;
  }

  /** Keeps back what Redis answers. */
  mute(): void {
    for (const [client, redis] of this.#through) redis.unpipe(client);
  }

  unmute(): void {
    for (const [client, redis] of this.#through) redis.pipe(client);
  }

  /** Ends all connections, and lets none through. */
  shut(): void {
    this.#isShut = true;
    for (const socket of [...this.clients, ...this.#through.flat()]) socket.destroy();
  }

  reopen(): void {
    this.#isShut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shut();
    this.#listener.close();
  }
}

/** Lets so much time go by that what begins then ends later, too. */
async function apart(): Promise<void> {
  for (const begin = performance.now(); performance.now() < begin + 200; ) await turn();
}

/** What a call rejects with in this turn of the event loop. */
function now(call: Promise<unknown>): Promise<unknown> {
  const error = call.catch((error) => error.code);
  return Promise.race([error, turn().then(() => 'not yet')]);
}

describeNeeding(RedisServer.missing, 'a Redis that is away', () => {
  test.concurrent.each(['item', 'dead letter'])(
    'an answer was lost: its %s comes back, also when Redis was away for long after it',
    async (kind) => {
      await using server = await RedisServer.start();
      await using way = await Way.to(server);
      await using site = await connectRedis(way.url, { namespace });
      await using other = await connectRedis(server.url, { namespace });
      const options = { visibility: 600_000, maxAttempts: 1 };
      const [ours, theirs] = [site, other].map((each) => {
        const queue = each.queue<number>('lost', options);
        return { queue, line: kind === 'item' ? queue : queue.deadLetters };
      });
      // It can take something from here on, and has nothing.
      expect(await ours.line.tryGet()).toBeUndefined();
      await theirs.queue.put(2);
      if (kind === 'dead letter') await (await theirs.queue.lease()).retry();
      expect(await theirs.line.size).toBe(1);
      way.mute();
      const got = ours.line.get().catch(({ code }) => code);
      await eventually('it is leased', async () => (await theirs.line.size) === 0);
      way.shut();
      expect(await got).toBe('ERR_MP_DISCONNECTED');
      way.reopen();
      await eventually('it is back', async () => (await theirs.line.size) === 1);
    },
  );

  test.concurrent.each([
    ['is dead', 'SIGKILL'],
    ['does not answer', 'SIGSTOP'],
  ] as const)('a site whose Redis %s closes, and its program ends', async (_, signal) => {
    await using server = await RedisServer.start();
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

  test.concurrent('a put that is aborted then does not wait until Redis is back', async () => {
    await using server = await RedisServer.start();
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

  test.concurrent('a join() does not wait longer than it may for the connection by which it would be woken', async () => {
    await using server = await RedisServer.start();
    await using way = await Way.to(server, 1);
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

  test.concurrent('a call that is sent again has only what is left of its time', async () => {
    await using server = await RedisServer.start();
    await using way = await Way.to(server);
    await using site = await connectRedis(way.url, { namespace });
    await using dead = await RedisServer.start();
    await using other = await connectRedis(dead.url, { namespace });
    await dead.kill();
    way.mute();
    const again = site
      .map('m')
      .get('a')
      .catch((error) => error);
    await apart();
    const later = other
      .map('m')
      .get('a')
      .catch(() => 'begun later');
    await apart();
    way.shut();
    const error = (await Promise.race([again, later])) as Error;
    expect(error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
    // It was: the first time.
    expect(error.message).not.toContain('was not sent');
    await later;
  });

  test.concurrent('a get() does not, and what another call gets after it is not lost', async () => {
    await using server = await RedisServer.start();
    await using way = await Way.to(server, 1);
    await using site = await connectRedis(way.url, { namespace });
    const queue = site.queue<number>('jobs');
    await queue.put(1);
    for (const wait of ['get', 'lease'] as const)
      await expect(queue[wait]({ timeout: 100 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect(await queue.size).toBe(1);
  });

  test.concurrent('a put that waits for that connection in vain takes no later put along', async () => {
    await using server = await RedisServer.start();
    await using way = await Way.to(server, 1);
    await using site = await connectRedis(way.url, { namespace });
    const queue = site.queue<number>('small', { maxSize: 1 });
    await queue.put(1);
    // On a busy machine its time may be over before the connection is begun.
    do await expect(queue.put(2, { timeout: 100 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    while (way.clients.length < 2);
    way.mute();
    const stop = new AbortController();
    const underWay = queue.put(3, { signal: stop.signal }).catch((error) => error);
    await turn();
    const behind = queue.put(4, { timeout: 100 }).catch(({ code }) => code);
    // The connection is given up.
    if (!way.clients[1].destroyed) await once(way.clients[1], 'close');
    for (let i = 0; i < 10; i++) await turn();
    way.unmute();
    expect(await behind).toBe('ERR_MP_TIMEOUT');
    stop.abort('enough');
    expect(await underWay).toBe('enough');
    expect(await queue.size).toBe(1);
  });

  test.concurrent('what may not wait ends at once behind what waits, also for that connection', async () => {
    await using server = await RedisServer.start();
    await using other = await connectRedis(server.url, { namespace });
    await using held = await other.lock('held', { ttl: 600_000 }).acquire();
    // The second connection is that of the thread which renews leases.
    await using way = await Way.to(server, 2);
    await using site = await connectRedis(way.url, { namespace });
    const lock = site.lock('held', { ttl: 600_000 });
    const acquired = lock.acquire().catch(({ code }) => code);
    while (way.clients.length < 3) await turn();
    expect(await now(lock.acquire({ timeout: 0 }))).toBe('ERR_MP_TIMEOUT');
    const queue = other.queue('empty');
    const got = queue.get().catch(({ code }) => code);
    await eventually(
      'it is blocked',
      async () => (await now(queue.get({ timeout: 0 }))) === 'ERR_MP_TIMEOUT',
    );
    void site.close();
    expect(await acquired).toBe('ERR_MP_CLOSED');
    queue.close();
    expect(await got).toBe('ERR_MP_CLOSED');
    expect(held.isHeld).toBe(true);
  });

  test.concurrent('a wait ends when its time is over, or it is aborted, while Redis does not answer', async () => {
    await using server = await RedisServer.start();
    await using site = await connectRedis(server.url, { namespace });
    const queue = site.joinableQueue<number>('joined');
    await queue.put(1);
    await queue.get();
    server.signal('SIGSTOP');
    // After some seconds the connection would be given up, with another error.
    const waits = [
      ...[queue.get({ timeout: 100 }), queue.join({ timeout: 100 })],
      ...[queue.get({ signal: AbortSignal.timeout(100) }), queue.join({ signal: AbortSignal.timeout(100) })],
      ...[queue.get({ timeout: 0 }), queue.join({ timeout: 0 })],
      queue.get({ timeout: 0, signal: AbortSignal.timeout(100) }),
      site.lock('lock', { ttl: 600_000 }).acquire({ timeout: 0 }),
    ];
    const aborted = { name: 'TimeoutError', code: DOMException.TIMEOUT_ERR };
    const ends = (await Promise.allSettled(waits)).map((each) => (each as PromiseRejectedResult).reason);
    server.signal('SIGCONT');
    expect(ends).toMatchObject([
      ...[{ code: 'ERR_MP_TIMEOUT' }, { code: 'ERR_MP_TIMEOUT' }],
      ...[aborted, aborted],
      ...[{ code: 'ERR_MP_TIMEOUT' }, { code: 'ERR_MP_TIMEOUT' }],
      aborted,
      { code: 'ERR_MP_TIMEOUT' },
    ]);
    await queue.put(2);
    expect(await queue.get()).toBe(2);
    await queue.taskDone();
    await queue.taskDone();
    await queue.join({ timeout: 60_000 });
  });
});

/* A site that is closed meanwhile does not wait for it. */
test.concurrent.each([false, true])(
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
