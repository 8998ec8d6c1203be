import { getEventListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { type Connection, connect, Listener, pipe, wait } from '@mp/pipe';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { describe, expect, test, vi } from 'vitest';
import { RawPeer, rawListener } from './raw-peer.ts';
import { TCP } from './socket-pair.ts';

leakCheck();

const place = (name: string) => `${process.env.MP_DIR}/${name}`;

const fixture = (...args: string[]) =>
  spawnFixture(new URL('./fixtures/at-a-socket.mjs', import.meta.url), { args });

async function met(listener: Listener): Promise<[client: Connection, server: Connection]> {
  return Promise.all([connect(listener.address), listener.accept()]);
}

describe('accept', () => {
  test('serves calls in order, and those that ended take nothing', async () => {
    await using listener = await Listener.listen();
    const abort = new AbortController();
    const late = listener.accept({ timeout: 20 });
    const first = listener.accept();
    const aborted = listener.accept({ signal: abort.signal });
    const second = listener.accept();
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect(late).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    await expect(listener.accept({ timeout: 0 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    await expect(listener.accept({ signal: AbortSignal.abort('before') })).rejects.toBe('before');
    for (const [index, accepting] of [first, second].entries()) {
      using client = await connect(listener.address);
      using server = await accepting;
      await client.send(index);
      expect(await server.recv()).toBe(index);
    }
  });

  test('ends when the listener is closed', async () => {
    const listener = await Listener.listen(undefined, { authKey: 'key' });
    const accepting = listener.accept();
    const seen: Connection[] = [];
    const iterating = (async () => {
      for await (const connection of listener) seen.push(connection);
    })();
    listener.close();
    await expect(accepting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    await iterating;
    expect([seen, listener.closed]).toEqual([[], true]);
    await expect(listener.accept()).rejects.toMatchObject({
      code: 'ERR_MP_CLOSED',
      message: expect.stringContaining('Listener at'),
    });
  });

  test('who was not accepted when the listener is closed sees the end', async () => {
    const listener = await Listener.listen();
    using client = await connect(listener.address);
    await eventually('it is there', async () => (await wait([listener], { timeout: 0 })).length === 1);
    listener.close();
    await expect(client.recv()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  });

  test.each(['path', 'tcp'])(
    'finds the message of who has connected, sent and closed before (%s)',
    async (family) => {
      await using listener = await Listener.listen(family === 'tcp' ? TCP : undefined);
      const client = await connect(listener.address);
      await client.sendBytes(Buffer.from('hello'));
      client.close();
      using server = await listener.accept();
      expect(String(await server.recvBytes())).toBe('hello');
      await expect(server.recv()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    },
  );

  test('more than the backlog wait in the kernel, without a descriptor here', async () => {
    await using listener = await Listener.listen(undefined, { backlog: 2 });
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    const clients: Connection[] = [];
    for (let id = 0; id < 4; id++) {
      const client = await connect(listener.address);
      await client.send(id);
      clients.push(client);
    }
    await eventually('two were taken', () => descriptors() === before + 6);
    expect(await wait([listener])).toEqual([listener]);
    expect(descriptors()).toBe(before + 6);
    for (let id = 0; id < 4; id++) {
      using server = await listener.accept();
      expect(await server.recv()).toBe(id);
    }
    for (const client of clients) client.close();
  });

  test('a signal that has a handler does not end it', async () => {
    const other = fixture('accept', JSON.stringify({ path: place('signals') }));
    expect(await other.line()).toBe('listening');
    for (let round = 0; round < 5; round++) {
      process.kill(other.pid, 'SIGUSR2');
      expect(await other.line()).toBe('signal');
    }
    using client = await connect({ path: place('signals') });
    expect(await other.line()).toBe('accepted');
    // It blocks its thread now, so that its handler runs only afterwards.
    for (let round = 0; round < 5; round++) process.kill(other.pid, 'SIGUSR2');
    client.sendSync('message');
    expect(await other.line()).toBe('received message');
    expect(await other.line()).toBe('signal');
    other.say('end');
    await other.exited;
  });
});

describe('connect', () => {
  test('runs out of time, or is aborted, while the listener says nothing', async () => {
    const raw = await rawListener(async (peer) => {
      await peer.message();
    });
    await expect(connect(raw.address, { authKey: 'key', timeout: 50 })).rejects.toMatchObject({
      code: 'ERR_MP_TIMEOUT',
    });
    await raw.talked;
    const abort = new AbortController();
    const connecting = connect(raw.address, { authKey: 'key', signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 20);
    await expect(connecting).rejects.toThrow('enough');
    await expect(connect(raw.address, { signal: AbortSignal.abort('before') })).rejects.toBe('before');
    raw.close();
  });

  test('has a limit of 30 seconds of its own, and says what did not come', async () => {
    const raw = await rawListener(async (peer) => {
      await peer.message();
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let error: Error | undefined;
      const connecting = connect(raw.address, { authKey: 'key' }).catch((reason: Error) => {
        error = reason;
      });
      while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(29_000);
      await new Promise((resolve) => setImmediate(resolve));
      expect(error).toBeUndefined();
      vi.advanceTimersByTime(1_000);
      await connecting;
      expect(error).toMatchObject({
        code: 'ERR_MP_TIMEOUT',
        message: expect.stringMatching(
          /within 30000 ms: it was connected, but .* did not send a challenge in time/,
        ),
      });
    } finally {
      vi.useRealTimers();
    }
    await raw.talked;
    raw.close();
  });

  test('tells at once that the listener closed the connection', async () => {
    const closing = await rawListener(async () => {});
    await expect(connect(closing.address, { authKey: 'key' })).rejects.toMatchObject({
      code: 'ERR_MP_CLOSED',
      message: expect.stringMatching(
        /^Cannot connect to .*: the other end closed .* before it had sent a challenge/,
      ),
    });
    closing.close();
  });

  test('to a TCP port whose queue is full runs out of time, or is aborted', async () => {
    const { address } = await (async () => {
      await using free = await Listener.listen(TCP);
      return free;
    })();
    const other = fixture('busy', JSON.stringify(address));
    await other.line();
    const clients: Connection[] = [];
    const error = await (async () => {
      for (;;) clients.push(await connect(address, { timeout: 200 }));
    })().catch((reason) => reason);
    expect(error).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    for (const wait of [(abort: () => void) => abort(), (abort: () => void) => setTimeout(abort, 20)]) {
      const abort = new AbortController();
      const connecting = connect(address, { signal: abort.signal });
      wait(() => abort.abort(new Error('enough')));
      await expect(connecting).rejects.toThrow('enough');
    }
    for (const client of clients) client.close();
    other.say('go on');
    other.say('end');
    await other.exited;
  });

  test('leaves nothing at its signal', async () => {
    await using listener = await Listener.listen(undefined, { authKey: 'key' });
    const { signal } = new AbortController();
    using _client = await connect(listener.address, { authKey: 'key', signal });
    using _server = await listener.accept({ signal });
    await expect(connect({ path: place('nobody') }, { signal })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('waits for a listener whose queue is full, as Python does', async () => {
    const path = place('full');
    const other = fixture('busy', JSON.stringify({ path }));
    await other.line();
    const clients: Connection[] = [];
    const error = await (async () => {
      for (;;) clients.push(await connect({ path }, { timeout: 60 }));
    })().catch((reason) => reason);
    expect(error).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    const waiting = connect({ path });
    other.say('go on');
    clients.push(await waiting);
    for (const client of clients) client.close();
    other.say('end');
    await other.exited;
  });
});

test('a listener and its connections can be waited for', async () => {
  await using listener = await Listener.listen();
  expect(await wait([listener], { timeout: 20 })).toEqual([]);
  const waiting = wait([listener]);
  using client = await connect(listener.address);
  expect(await waiting).toEqual([listener]);
  using server = await listener.accept();
  expect(await wait([listener, server], { timeout: 20 })).toEqual([]);
  const both = wait([listener, server, client]);
  await client.send('hello');
  expect(await both).toEqual([server]);
  expect(await server.recv()).toBe('hello');
  const closing = wait([server]);
  client.close();
  expect(await closing).toEqual([server]);
  await expect(wait([client])).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
});

test('a wait is ended when the listener or the connection that it waits for is closed here', async () => {
  const listener = await Listener.listen();
  const [client, server] = await met(listener);
  for (const each of [server, listener]) {
    const waiting = wait([each]);
    each.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  }
  client.close();
});

test.each([0, 3])('messages of several writers through wait(), with pauses of %d ms', async (pause) => {
  await using listener = await Listener.listen(TCP);
  const writers = [0, 1, 2, 3].map(async (writer) => {
    using client = await connect(listener.address);
    for (let id = 0; id < 10; id++) {
      await client.send(writer * 10 + id);
      await new Promise((resolve) => setTimeout(resolve, pause * writer));
    }
  });
  const open = new Set<Connection>();
  for (let count = 0; count < 4; count++) open.add(await listener.accept());
  const received: number[] = [];
  while (open.size > 0) {
    for (const ready of await wait(open, { timeout: 20_000 })) {
      try {
        received.push((await ready.recv()) as number);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_MP_CLOSED' });
        ready.close();
        open.delete(ready);
      }
    }
  }
  await Promise.all(writers);
  expect(received.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, id) => id));
});

test('neither a listener nor a connection over a socket can be sent', async () => {
  await using listener = await Listener.listen();
  const [client, server] = await met(listener);
  const [left, right] = pipe();
  for (const [value, message] of [
    [listener, /a Listener stays in its process\. Send its address/],
    [client, /a connection over a socket stays in its process/],
  ] as const) {
    await expect(left.send({ value })).rejects.toMatchObject({
      code: 'ERR_MP_SERIALIZATION',
      path: 'message.value',
      message: expect.stringMatching(message),
    });
  }
  await client.send('usable');
  expect(await server.recv()).toBe('usable');
  await expect(client.send(left)).rejects.toThrow(/in shared memory/);
  await left.send('usable too');
  expect(await right.recv()).toBe('usable too');
  for (const each of [client, server, left, right]) each.close();
});

test('what is idle keeps no process alive; who accepts or receives does', async () => {
  const idle = fixture('idle', '{}');
  expect(await idle.rest()).toEqual(['idle']);
  expect(await idle.exited).toEqual({ code: 0, signal: null });
  const bothered = fixture('bothered', JSON.stringify({ path: place('bothered') }));
  await bothered.line();
  const stranger = await RawPeer.to({ path: place('bothered') });
  await stranger.message();
  bothered.say('nobody else comes');
  expect(await bothered.exited).toEqual({ code: 0, signal: null });
  stranger.close();
  const path = place('alive');
  const accepting = fixture('alive', JSON.stringify({ path }));
  expect(await accepting.line()).toBe('listening');
  using client = await connect({ path });
  expect(await accepting.line()).toBe('accepted');
  await client.send('end');
  expect(await accepting.rest()).toEqual(['received end']);
  expect(await accepting.exited).toEqual({ code: 0, signal: null });
});

test('a foreign server that never answers does not keep a client from closing', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(place('foreign'), resolve));
  const client = await connect({ path: place('foreign') });
  expect(await client.poll({ timeout: 20 })).toBe(false);
  client.close();
  await new Promise((resolve) => server.close(resolve));
});
