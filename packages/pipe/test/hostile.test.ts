import { connect, type Listener, Listener as Listeners } from '@mp/pipe';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { frame, RawPeer } from './raw-peer.ts';

leakCheck();

const KEY = 'key';
const peers: RawPeer[] = [];
let listener: Listener;
let refusals: Error[];

async function listen(options: { authKey?: string; handshakeTimeout?: number }): Promise<void> {
  listener = await Listeners.listen({ host: '127.0.0.1', port: 0 }, options);
  refusals = [];
  listener.on('refused', (error) => refusals.push(error));
}

async function raw(): Promise<RawPeer> {
  const peer = await RawPeer.to(listener.address);
  peers.push(peer);
  return peer;
}

afterEach(() => {
  for (const peer of peers.splice(0)) peer.close();
  listener.close();
});

/** Somebody with the key still gets in. */
async function goodClient(): Promise<void> {
  const accepting = listener.accept({ timeout: 20_000 });
  using client = await connect(listener.address, { authKey: KEY, timeout: 20_000 });
  using connection = await accepting;
  await client.send('hello');
  expect(await connection.recv()).toBe('hello');
}

const number = (bytes: number[]) => Buffer.from(bytes);

describe('a hostile client costs one connection, not the listener:', () => {
  beforeEach(() => listen({ authKey: KEY, handshakeTimeout: 150 }));

  test.each<[string, Buffer | undefined, string]>([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'ERR_MP_MESSAGE_TOO_LONG'],
    ['half a header', number([0, 0]), 'ERR_MP_TIMEOUT'],
    ['a length of 2^63', number([255, 255, 255, 255, 128, 0, 0, 0, 0, 0, 0, 0]), 'ERR_MP_MESSAGE_TOO_LONG'],
    ['a length of 2^64-1', Buffer.alloc(12, 255), 'ERR_MP_MESSAGE_TOO_LONG'],
    ['a length of 4 GiB', number([255, 255, 255, 255, 0, 0, 0, 1, 0, 0, 0, 0]), 'ERR_MP_MESSAGE_TOO_LONG'],
    ['a negative length', number([255, 255, 255, 254]), 'ERR_MP_SERIALIZATION'],
    ['257 bytes', frame(Buffer.alloc(257)), 'ERR_MP_MESSAGE_TOO_LONG'],
    ['part of a message', number([0, 0, 0, 40, 1, 2, 3]), 'ERR_MP_TIMEOUT'],
    ['messages before it is let in', Buffer.concat([frame('one'), frame('two')]), 'ERR_MP_AUTHENTICATION'],
    ['silence', undefined, 'ERR_MP_TIMEOUT'],
  ])('%s', async (_, bytes, code) => {
    const peer = await raw();
    if (bytes !== undefined) await peer.write(bytes);
    await goodClient();
    await eventually('it is refused', () => refusals.length === 1);
    expect(refusals[0]).toMatchObject({ code });
    await goodClient();
    expect(refusals.length).toBe(1);
  });

  test('who connects and closes, at once or in the middle', async () => {
    (await raw()).close();
    const peer = await raw();
    await peer.message();
    await peer.write(number([0, 0, 0, 4, 1]));
    peer.end();
    await eventually('both are refused', () => refusals.length === 2);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'ERR_MP_CLOSED' });
    await goodClient();
  });

  test('who sends a message a byte at a time does not get more time', async () => {
    const peer = await raw();
    const message = frame(Buffer.alloc(100));
    for (const byte of message.subarray(0, 60)) {
      await peer.write(number([byte]));
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (refusals.length > 0) break;
    }
    await eventually('it is refused', () => refusals.length === 1);
    expect(refusals[0]).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
  });
});

test('silent clients that keep all places are refused when others wait', async () => {
  await listen({ authKey: KEY, handshakeTimeout: 3_600_000 });
  for (let count = 0; count < 1_544; count++) await raw();
  await goodClient();
  // Eight strangers waited before the good client, for places of others.
  expect(refusals.length).toBeGreaterThanOrEqual(9);
  for (const refusal of refusals) {
    expect(refusal).toMatchObject({
      code: 'ERR_MP_TIMEOUT',
      message: expect.stringContaining('others waited for its place'),
    });
  }
  listener.close();
  for (const peer of peers) {
    while ((await peer.message()) !== undefined);
  }
});

describe('frames', () => {
  beforeEach(() => listen({}));

  const pair = async () => ({ peer: await raw(), connection: await listener.accept() });

  test('may come in any pieces', async () => {
    const { peer, connection } = await pair();
    using _ = connection;
    const messages = ['', 'a', 'second', 'x'.repeat(300), '', 'last'];
    const bytes = Buffer.concat(messages.map(frame));
    void (async () => {
      for (const byte of bytes) await peer.write(number([byte]));
      await peer.write(bytes);
      for (let at = 0; at < bytes.length; at += 7) await peer.write(bytes.subarray(at, at + 7));
    })();
    for (const message of [...messages, ...messages, ...messages]) {
      expect(String(await connection.recvBytes({ timeout: 20_000 }))).toBe(message);
    }
  });

  test('may have a long header though they are short', async () => {
    const { peer, connection } = await pair();
    using _ = connection;
    await peer.write(number([255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 2, 104, 105]));
    await peer.write(Buffer.concat([number([255, 255, 255, 255]), Buffer.alloc(8), frame('next')]));
    expect(String(await connection.recvBytes())).toBe('hi');
    expect((await connection.recvBytes()).length).toBe(0);
    expect(String(await connection.recvBytes())).toBe('next');
  });

  test('are written as CPython writes them', async () => {
    const { peer, connection } = await pair();
    using _ = connection;
    for (const length of [0, 1, 16_384, 16_385, 300_000]) {
      const message = Buffer.alloc(length, 'abc');
      const sending = connection.sendBytes(message);
      expect((await peer.read(4 + length)).equals(frame(message))).toBe(true);
      await sending;
    }
  });

  test('200,000 of them in one go are received one by one', async () => {
    const { peer, connection } = await pair();
    using _ = connection;
    void peer.write(Buffer.concat(Array.from({ length: 200_000 }, (_each, id) => frame(String(id)))));
    for (let id = 0; id < 200_000; id++) {
      const message = String(await connection.recvBytes({ timeout: 20_000 }));
      if (message !== String(id)) expect(message).toBe(String(id));
    }
    expect(await connection.poll()).toBe(false);
  });

  test.each<[string, Buffer]>([
    ['its header', number([0, 0])],
    ['0 of 9 bytes', number([0, 0, 0, 9])],
    ['3 of 9 bytes', number([0, 0, 0, 9, 1, 2, 3])],
  ])('that end in the middle are an error that says so: after %s', async (place, bytes) => {
    const { peer, connection } = await pair();
    using _ = connection;
    await peer.send('whole');
    await peer.write(bytes);
    peer.end();
    expect(String(await connection.recvBytes())).toBe('whole');
    await expect(connection.recvBytes()).rejects.toMatchObject({
      code: 'ERR_MP_CLOSED',
      message: expect.stringContaining(
        `ended in the middle of a message, ${place === 'its header' ? 'in' : 'after'} ${place}`,
      ),
    });
    await expect(connection.recv()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  });

  test('that promise much get memory for what comes', async () => {
    const { peer, connection } = await pair();
    using _ = connection;
    const before = process.memoryUsage().arrayBuffers;
    await peer.write(number([127, 255, 255, 255, 1, 2, 3]));
    await expect(connection.recvBytes({ timeout: 50 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 << 20);
  });

  test.each([2 ** 63, 2 ** 53])('of more than a buffer can hold are refused: %d', async (length) => {
    const { peer, connection } = await pair();
    using _ = connection;
    const header = Buffer.alloc(12, 255);
    header.writeBigUInt64BE(BigInt(length), 4);
    await peer.write(header);
    await expect(connection.recvBytes()).rejects.toMatchObject({ code: 'ERR_MP_MESSAGE_TOO_LONG' });
    expect([connection.readable, connection.writable]).toEqual([false, true]);
    await connection.send('still');
  });
});
