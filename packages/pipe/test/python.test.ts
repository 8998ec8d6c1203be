import { once } from 'node:events';
import { type Address, type Connection, connect, Listener } from '@mp/pipe';
import { leakCheck, type Python, pythons } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PythonPeer } from './python-peer.ts';

leakCheck();

const found = await pythons();
const LENGTHS = [0, 1, 16_384, 16_385, 100_000, 16 << 20];
const KEY = 'the key';

const messages = LENGTHS.map((length) => {
  const message = Buffer.alloc(length, 'multiprocessing');
  return message;
});

/** Sends messages and expects them back. @returns how many */
async function exchange(connection: Connection, thorough: boolean): Promise<number> {
  const small = messages.slice(0, -1);
  const awaited = thorough ? messages : small.slice(0, 2);
  for (const message of awaited) {
    const sending = connection.sendBytes(message);
    const back = await connection.recvBytes({ timeout: 50_000 });
    await sending;
    expect([back.length, back.equals(message)]).toEqual([message.length, true]);
  }
  for (const message of small) {
    connection.sendBytesSync(message);
    expect(connection.recvBytesSync({ timeout: 50_000 }).equals(message)).toBe(true);
  }
  return awaited.length + small.length;
}

test('there is at least one Python of each handshake', () => {
  const versions = found.map(({ version }) => version);
  // What is found here is what the tests below used.
  console.log(`multiprocessing.connection is tested with CPython ${versions.join(', ')}`);
  expect(versions.length).toBeGreaterThan(0);
});

const isAtLeast = (least: string, { version }: Python) =>
  version.localeCompare(least, 'en', { numeric: true }) >= 0;

describe.each(found.map((python) => [python.version, python] as const))('CPython %s', (_version, python) => {
  let peer: PythonPeer;
  beforeAll(async () => {
    peer = new PythonPeer(python);
    expect(await peer.answer()).toEqual({ version: python.version });
  });
  afterAll(() => peer.end());

  const addresses: [string, () => Address | undefined][] = [
    ['a Unix socket', () => undefined],
    ['TCP', () => ({ host: '127.0.0.1', port: 0 })],
  ];

  describe.each(addresses)('over %s', (_, address) => {
    /** For a Python that listens: a path that a listener of ours has just left. */
    const place = async (): Promise<Address> => {
      const given = address();
      if (given !== undefined) return given;
      await using listener = await Listener.listen();
      return listener.address;
    };

    test.each([KEY, '', null])('as a client, with key %j', async (key) => {
      await using listener = await Listener.listen(address(), { authKey: key ?? undefined });
      peer.say({ do: 'connect', ...listener.address, key });
      using connection = await listener.accept({ timeout: 50_000 });
      const echoed = await exchange(connection, key === KEY);
      connection.close();
      expect(await peer.answer()).toEqual({ echoed });
    });

    // Older ones take an empty key for none when they listen, and then never ask.
    const keys = isAtLeast('3.13', python) ? [KEY, '', null] : [KEY, null];
    test.each(keys)('as a listener, with key %j', async (key) => {
      peer.say({ do: 'listen', ...(await place()), key });
      const where = (await peer.answer()).address as string | [string, number];
      const at = typeof where === 'string' ? { path: where } : { host: where[0], port: where[1] };
      using connection = await connect(at, { authKey: key ?? undefined, timeout: 50_000 });
      const echoed = await exchange(connection, key === KEY);
      connection.close();
      expect(await peer.answer()).toEqual({ echoed });
    });

    test('its poll, its wait, parts of bytes and limits of length', async () => {
      await using listener = await Listener.listen(address(), { authKey: KEY });
      peer.say({ do: 'use', ...listener.address, key: KEY });
      using connection = await listener.accept({ timeout: 50_000 });
      expect(String(await connection.recvBytes({ timeout: 50_000 }))).toBe('23456');
      for (const text of ['abc', 'short', 'much longer']) await connection.sendBytes(Buffer.from(text));
      expect(await peer.answer()).toEqual({
        used: [false, true, 3, '..abc...', 'short', 'bad message length'],
      });
    });

    test('as a client with a wrong key, and with none', async () => {
      await using listener = await Listener.listen(address(), { authKey: KEY });
      for (const key of ['another', null]) {
        const refused = once(listener, 'refused');
        peer.say({ do: 'connect', ...listener.address, key });
        expect((await refused)[0]).toMatchObject({ code: 'ERR_MP_AUTHENTICATION' });
        const answer = await peer.answer();
        // Without a key it takes the messages of the handshake for messages, until it finds the connection closed.
        if (key !== null)
          expect(answer).toEqual({
            error: 'AuthenticationError',
            message: expect.stringContaining('rejected'),
          });
      }
      const accepting = listener.accept({ timeout: 50_000 });
      peer.say({ do: 'connect', ...listener.address, key: KEY });
      using connection = await accepting;
      connection.close();
      expect(await peer.answer()).toEqual({ echoed: 0 });
    });

    test('as a listener that has another key', async () => {
      peer.say({ do: 'listen', ...(await place()), key: 'another' });
      const where = (await peer.answer()).address as string | [string, number];
      const at = typeof where === 'string' ? { path: where } : { host: where[0], port: where[1] };
      await expect(connect(at, { authKey: KEY, timeout: 50_000 })).rejects.toMatchObject({
        code: 'ERR_MP_AUTHENTICATION',
        message: expect.stringContaining('refused'),
      });
      expect(await peer.answer()).toMatchObject({ error: 'AuthenticationError' });
    });

    test('without the legacy digest: only where it knows a better one', async () => {
      const strict = { authKey: KEY, legacyDigest: false };
      await using listener = await Listener.listen(address(), strict);
      const refused = once(listener, 'refused');
      peer.say({ do: 'connect', ...listener.address, key: KEY });
      if (isAtLeast('3.12', python)) {
        using connection = await listener.accept({ timeout: 50_000 });
        connection.close();
        expect(await peer.answer()).toEqual({ echoed: 0 });
      } else {
        expect((await refused)[0]).toMatchObject({ message: expect.stringContaining('MD5') });
        expect(await peer.answer()).toMatchObject({ error: 'AuthenticationError' });
      }
    });
  });
});
