import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Address, type Connection, connect, Listener } from '@mp/pipe';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';
import type { ConnectionPeer, Pair } from './connection-peer.ts';
import { socketPair, TCP } from './socket-pair.ts';

leakCheck();

const LARGE = 16 << 20;
const pairs: Pair[] = [];

afterEach(async () => {
  for (const { here, there } of pairs.splice(0)) {
    here.close();
    await there.kill();
  }
});

const families: [string, Address | undefined][] = [
  ['a Unix socket', undefined],
  ['TCP', TCP],
];

describe.each(families)('over %s', (_, address) => {
  let here: Connection;
  let there: ConnectionPeer;
  const open = async () => {
    const pair = await socketPair('process', address);
    pairs.push(pair);
    ({ here, there } = pair);
  };

  test('what was sent leaves also while the thread waits to receive', async () => {
    await open();
    await there.begin({ do: 'echo', how: 'bytes' });
    expect(here.trySendBytes(Buffer.alloc(LARGE, 7))).toBe(true);
    const back = here.recvBytesSync({ timeout: 20_000 });
    expect([back.length, back[LARGE - 1]]).toEqual([LARGE, 7]);
    const sending = here.sendBytes(Buffer.alloc(LARGE, 8));
    expect(here.recvBytesSync({ timeout: 20_000 })[0]).toBe(8);
    await sending;
    here.sendSync('in order');
    here.sendBytesSync(Buffer.alloc(0));
    expect([here.recvSync(), here.recvBytesSync().length]).toEqual(['in order', 0]);
  });

  test('a send waits until the other end receives, and may run out of time', async () => {
    await open();
    let sent = false;
    const sending = here.sendBytes(Buffer.alloc(LARGE, 1)).then(() => {
      sent = true;
    });
    expect(await here.poll({ timeout: 50 })).toBe(false);
    expect([sent, here.trySend('no')]).toEqual([false, false]);
    await expect(here.send('no', { timeout: 20 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    await expect(here.send('no', { signal: AbortSignal.timeout(20) })).rejects.toThrow();
    expect(() => here.sendSync('no', { timeout: 20 })).toThrow(/Cannot send within 20 ms/);
    await there.begin({ do: 'hash' });
    await sending;
    await there.answer();
    await here.send('yes');
    expect(await there.call('recv')).toMatchObject({ value: 'yes' });
  });

  test('a send that has begun cannot be taken back: when its time is over, the rest follows', async () => {
    await open();
    const abort = new AbortController();
    await here.sendBytes(Buffer.alloc(LARGE, 1), 0, LARGE, { timeout: 30 });
    const aborted = here.send('after it', { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await there.begin({ do: 'hash' });
    expect((await there.answer()).value).toMatch(/^[0-9a-f]{64}$/);
    await here.send('next');
    expect(await there.call('recv')).toMatchObject({ value: 'next' });
  });

  test('the other end gets what was sent before it was closed', async () => {
    await open();
    expect(here.trySendBytes(Buffer.alloc(LARGE))).toBe(true);
    here.close();
    await there.begin({ do: 'hash' });
    expect((await there.answer()).value).toMatch(/^[0-9a-f]{64}$/);
    expect(await there.call('recv')).toMatchObject({ code: 'ERR_MP_CLOSED' });
  });

  test.each(['close', 'kill'])('a send that waits ends when the other end is gone (%s)', async (death) => {
    await open();
    // More than the system may keep for a connection of which nobody reads: a few kernels are set to 32 MiB.
    const sending = here.sendBytes(Buffer.alloc(4 * LARGE));
    const next = here.send('behind it');
    if (death === 'close') there.say({ do: 'call', call: 'close' });
    else void there.kill();
    await expect(sending).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    await expect(next).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    await expect(here.send('to nobody')).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    expect(() => here.sendSync('to nobody')).toThrow(/is closed or has died/);
  });

  test('closing it here rejects the sends that wait', async () => {
    await open();
    const sending = here.sendBytes(Buffer.alloc(LARGE));
    const next = here.send('behind it');
    here.close();
    await expect(sending).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    await expect(next).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  });

  test('sync and async calls of one direction are served in their order', async () => {
    await open();
    await there.begin({ do: 'echo', how: 'async' });
    const sends = [0, 1, 2].map((id) => here.send(id));
    here.sendSync(3);
    const received = [here.recv(), here.recv(), here.recv()];
    expect(here.recvSync({ timeout: 20_000 })).toBe(3);
    expect(await Promise.all(received)).toEqual([0, 1, 2]);
    await Promise.all(sends);
  });
});

test('a connection that nobody has any more is closed when it is collected, not while somebody waits', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await using listener = await Listener.listen();
  const client = await connect(listener.address);
  let received: unknown;
  const forget = async () => {
    const lost = await listener.accept();
    lost.recv().then((value) => {
      received = value;
    });
  };
  await forget();
  for (let round = 0; round < 5; round++) {
    collect();
    expect(await client.poll({ timeout: 10 })).toBe(false);
  }
  await client.send('still');
  await eventually('it was received', () => received === 'still');
  await eventually('it is collected', () => {
    collect();
    return client.poll();
  });
  await expect(client.recv()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  client.close();
});

test.each(families)(
  'what was sent comes though something is unread at the close, over %s',
  async (_, address) => {
    await using listener = await Listener.listen(address);
    using client = await connect(listener.address);
    const server = await listener.accept();
    client.sendSync('never received');
    let left = 0;
    while (server.trySendBytes(Buffer.alloc(100_000))) left++;
    server.close();
    for (; left > 0; left--) {
      expect((await client.recvBytes({ timeout: 20_000 })).length).toBe(100_000);
      // The system is full: its descriptor is closed as soon as there is room for the rest.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect(client.recv({ timeout: 20_000 })).rejects.toThrow(/all that it sent was received/);
  },
);

test.each(['sendBytesSync', 'sendBytes'])(
  'a message is out of reach of a kill when %s is done',
  async (method) => {
    await using listener = await Listener.listen();
    const other = spawnFixture(new URL('./fixtures/at-a-socket.mjs', import.meta.url), {
      args: ['send-and-die', JSON.stringify(listener.address), method],
    });
    using connection = await listener.accept({ timeout: 20_000 });
    expect((await connection.recvBytes({ timeout: 20_000 })).length).toBe(LARGE);
    await expect(connection.recv()).rejects.toThrow(/all that it sent was received/);
    expect(await other.exited).toEqual({ code: null, signal: 'SIGKILL' });
  },
);

test('a process that ends by itself has sent everything before', async () => {
  await using listener = await Listener.listen();
  const other = spawnFixture(new URL('./fixtures/at-a-socket.mjs', import.meta.url), {
    args: ['send-and-end', JSON.stringify(listener.address)],
  });
  using connection = await listener.accept({ timeout: 20_000 });
  expect(await other.line()).toBe('sent');
  for (let id = 0; id < 3; id++) {
    const message = await connection.recvBytes({ timeout: 20_000 });
    expect([message.length, message[0]]).toEqual([4 << 20, id]);
  }
  await expect(connection.recv()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  expect(await other.exited).toEqual({ code: 0, signal: null });
});

test('a message that half came when its sender was killed is an error, and never wedges', async () => {
  await using listener = await Listener.listen();
  const client = await connect(listener.address);
  using server = await listener.accept();
  const other = spawnFixture(new URL('./fixtures/at-a-socket.mjs', import.meta.url), {
    args: ['send-and-end', JSON.stringify(listener.address)],
  });
  using connection = await listener.accept({ timeout: 20_000 });
  expect(await other.line()).toBe('sent');
  await eventually('a part is there', () => connection.poll().then(() => true));
  await other.kill();
  await expect(
    (async () => {
      for (;;) await connection.recvBytes({ timeout: 20_000 });
    })(),
  ).rejects.toMatchObject({ code: 'ERR_MP_CLOSED', message: expect.stringContaining('in the middle') });
  await client.send('others go on');
  expect(await server.recv()).toBe('others go on');
  client.close();
});

test('killed at any moment, a sender leaves a whole beginning of what it sent, and its listener as it was', async () => {
  const seed = Number(process.env.MP_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % below;
  };
  await using listener = await Listener.listen(TCP, { authKey: 'key' });
  const refusals: Error[] = [];
  listener.on('refused', (error) => refusals.push(error));
  for (let round = 0; round < 8; round++) {
    const where = `MP_FUZZ_SEED=${seed}, round ${round}`;
    const sender = spawnFixture(new URL('./fixtures/at-a-socket.mjs', import.meta.url), {
      args: ['flood', JSON.stringify(listener.address)],
    });
    using connection = await listener.accept({ timeout: 20_000 });
    const last = random(400);
    let next = 0;
    for (;;) {
      if (next === last) void sender.kill();
      const message = await connection.recvBytes({ timeout: 20_000 }).catch((error) => error);
      if (!Buffer.isBuffer(message)) {
        expect(message, where).toMatchObject({ code: 'ERR_MP_CLOSED' });
        break;
      }
      const expected = Buffer.alloc(message.length, next);
      expected.writeUInt32LE(next);
      expect(message.equals(expected), `${where}, message ${next}`).toBe(true);
      next++;
    }
    expect(next, where).toBeGreaterThanOrEqual(last);
    await sender.exited;
  }
  expect(refusals).toEqual([]);
});
