import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { encode } from '@mp/serde/internal';
import { leakCheck } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Handle, Insider, OtherHandle } from './hostile-client.ts';
import { Besieged, KEY } from './under-attack.ts';

leakCheck();

const ANY_CARRIER = { pin: () => 'x+1', unpin() {} };
const RELEASE = 0;
const CANCEL = -1;
const LEND = -2;

interface RemoteStore {
  never(): Promise<never>;
  echo<T>(value: T): Promise<T>;
  get(name: 'aborted'): Promise<number>;
  polluted(): Promise<boolean>;
}

let server: Besieged;

beforeAll(async () => {
  server = await Besieged.start();
});

afterAll(() => server.end());

function store(): Promise<RemoteStore> {
  return (server.manager as unknown as { Store(): Promise<RemoteStore> }).Store();
}

const insider = () => Insider.connect(server.address, KEY);

describe('what no client of ours sends ends the connection', () => {
  const MESSAGES: Record<string, (peer: Insider) => unknown | Promise<unknown>> = {
    'bytes that are no value': (peer) => peer.connection.sendBytes(Buffer.from('c1c1c1', 'hex')),
    'random bytes': (peer) => peer.connection.sendBytes(randomBytes(4_000)),
    nothing: (peer) => peer.connection.sendBytes(Buffer.alloc(0)),
    'no list': (peer) => peer.send({ 0: 0, length: 1 }),
    'a list without a number': (peer) => peer.send([]),
    'an operation that is none': (peer) => peer.operate('make'),
    'an operation without a number': (peer) => peer.operate([NaN, 0, 'stats', []]),
    'half a number': (peer) => peer.operate([1.5, 0, 'stats', []]),
    'an unknown operation': (peer) => peer.operate([-3, 1, 2]),
    'a huge negative number': (peer) => peer.operate([-1e300, 1, 2]),
    'a method without a name': (peer) => peer.operate([1, 0, null, []]),
    'a method with a long name': (peer) => peer.operate([1, 0, 'x'.repeat(10_000), []]),
    'flags of another type': (peer) => peer.operate([1, 0, 'stats', [], 1n]),
    'an object where none can be': (peer) => peer.operate([1, 0, 'stats', [new Handle('ref', 1, 'dict')]]),
    'a nesting that is too deep': (peer) =>
      peer.connection.sendBytes(Buffer.concat([Buffer.alloc(100_000, 0x91), Buffer.from([0])])),
    'a message that is too long': (peer) =>
      peer.connection.sendBytes(Buffer.concat([Buffer.from([0xc6, 0x10, 0, 0, 1]), Buffer.alloc(300 << 20)])),
    'a list that announces more than comes': (peer) =>
      peer.connection.sendBytes(Buffer.from('ddffffffff00', 'hex')),
    'a release of what is not held': (peer) => peer.operate([RELEASE, 77, 1]),
    'a release of NaN': async (peer) => peer.operate([RELEASE, await peer.dict(), NaN]),
    'a negative release': async (peer) => peer.operate([RELEASE, await peer.dict(), -5]),
    'a huge release': async (peer) => peer.operate([RELEASE, await peer.dict(), 1e300]),
    'a loan without a token': async (peer) => peer.operate([LEND, await peer.dict(), 'short', 1]),
    'a loan without a number': async (peer) => peer.operate([LEND, await peer.dict(), 'x'.repeat(22), NaN]),
  };
  for (const [name, send] of Object.entries(MESSAGES)) {
    test(name, async () => {
      const peer = await insider();
      await server.during(async () => {
        // The server may have closed the connection before all of it has left.
        await Promise.resolve(send(peer)).catch(() => {});
        await peer.ended();
      });
      await server.assertCalm();
    });
  }
});

test('what may not be called is an error of that call', async () => {
  const peer = await insider();
  const dict = await peer.dict();
  const names =
    '__proto__ constructor then toJSON toString valueOf hasOwnProperty __defineGetter__ prototype dispose make #map'.split(
      ' ',
    );
  await server.during(async () => {
    for (const target of [0, dict])
      for (const name of names.filter((each) => target !== 0 || each !== 'make'))
        expect((await peer.call(target, name, ['x', 'y'])).value).toContain('ERR_MP_NOT_FOUND');
    for (const type of ['__proto__', 'constructor', 'toString', '', 7, null])
      expect((await peer.call(0, 'make', peer.bytesOf([type, []]))).what).toBe(3);
    for (const args of [['dict'], ['dict', 5], ['dict', [[1, 2]]], ['dict', [null], 'x'.repeat(1_000)], []])
      expect((await peer.call(0, 'make', peer.bytesOf(args))).what).toBe(3);
    for (const target of [99, 1e300, -7, '1', null, NaN, 0.5, {}])
      expect((await peer.call(target, 'get', ['x'])).value).toContain('ERR_MP_');
    expect((await peer.call(dict, 'get', Buffer.alloc(5_000, 0x91))).what).toBe(3);
    expect((await peer.call(dict, 'set', peer.bytesOf(['x', new Handle('ref', 99, 'dict')]))).what).toBe(3);
    expect((await peer.call(dict, 'size')).value).toBe(0);
  });
  peer.close();
  await server.assertCalm();
});

test('handles of shared memory that come over a socket', async () => {
  const peer = await insider();
  const dict = await peer.dict();
  // As if the bytes came from a pipe: this client does not mind that it is a socket.
  const bytesOf = (value: unknown) => Buffer.from(encode(value, { ...ANY_CARRIER, local: true }).bytes);
  await server.during(async () => {
    for (const kind of ['connection', 'lock', 'queue', 'buffer', 'process', 'nothing'])
      for (const data of [{ file: 's-0123456789abcdef', side: 0, move: 1 }, null, ['s-0123456789abcdef'], {}])
        expect((await peer.call(dict, 'set', bytesOf(['x', new OtherHandle(kind, data)]))).what).toBe(3);
  });
  expect((await peer.call(dict, 'size')).value).toBe(0);
  peer.close();
  await server.assertCalm();
});

test('huge numbers of calls and of messages that were read', async () => {
  const peer = await insider();
  for (const read of [NaN, -1, 1e300, Infinity]) {
    await peer.send([read, [Number.MAX_VALUE, 0, 'stats', []], [2 ** 53, 0, 'stats', []]]);
    expect([...(await peer.answers(2)).keys()]).toEqual([Number.MAX_VALUE, 2 ** 53]);
  }
  peer.close();
});

test('a client lets go of its own mentions only', async () => {
  const shared = await server.manager.dict<number>({ a: 1 }, { name: 'shared' });
  await server.manager.unlink('shared').then((was) => expect(was).toBe(true));
  await server.manager.dict({}, { name: 'other' });
  const peer = await insider();
  const number = await peer.dict('other');
  await peer.operate([RELEASE, number, 1]);
  const again = await insider();
  await again.operate([RELEASE, await again.dict('other'), 1_000]);
  expect(await again.ended()).toBe(true);
  expect(await shared.get('a')).toBe(1);
  expect((await (await server.manager.dict({}, { name: 'other' })).get('x')) ?? null).toBeNull();
  peer.close();
  await server.manager.unlink('other');
});

test('a client cancels its own calls only', async () => {
  const honest = await store();
  const aborted = await honest.get('aborted');
  let hasEnded = false;
  const waiting = honest.never().finally(() => {
    hasEnded = true;
  });
  waiting.catch(() => {});
  const peer = await insider();
  await peer.operate(
    ...Array.from({ length: 5_000 }, (_, id) => [CANCEL, id]),
    [CANCEL, NaN],
    [CANCEL, null],
  );
  await peer.call(0, 'stats');
  expect(await honest.get('aborted')).toBe(aborted);
  expect(hasEnded).toBe(false);
  peer.close();
});

test('the token of another object cannot be taken, and none can be guessed', async () => {
  const token = 'A'.repeat(22);
  const [lender, thief] = [await insider(), await insider()];
  await lender.operate([LEND, await lender.dict(), token, 1]);
  await lender.call(1, 'set', ['mine', true]);
  await thief.operate([LEND, await thief.dict(), token, 1]);
  expect(await thief.ended()).toBe(true);
  const guest = await Insider.connect(server.address, lender.guestKey);
  await guest.call(0, 'redeem', [token, 1]);
  expect((await guest.call(1, 'get', ['mine'])).value).toBe(true);
  await server.during(async () => {
    const guesses = Array.from({ length: 2_500 }, (_, i) => [
      100 + i,
      0,
      'redeem',
      [randomBytes(16).toString('base64url'), i],
    ]);
    await guest.operate(...guesses);
    for (const { value } of (await guest.answers(2_500)).values()) expect(value).toContain('ERR_MP_STALE');
  });
  for (const odd of [[], [null, null], [NaN, NaN], [''], ['__proto__', 1], [token.slice(1), 1]])
    expect((await guest.call(0, 'redeem', odd)).value).toContain('ERR_MP_STALE');
  for (const each of [lender, guest]) each.close();
  await server.assertCalm();
});

test('keys that would change the objects of all are data, or refused', async () => {
  const peer = await insider();
  const dict = await peer.dict();
  // [ 'k', { '__proto__': { polluted: 1 }, 'constructor': { 'prototype': { polluted: 1 } } } ]
  const polluted = '81a8706f6c6c7574656401';
  const proto = `a95f5f70726f746f5f5f${polluted}`;
  const ofClasses = `ab636f6e7374727563746f7281a970726f746f74797065${polluted}`;
  const set = await peer.call(dict, 'set', Buffer.from(`92a16b82${proto}${ofClasses}`, 'hex'));
  await peer.operate(
    [50, dict, 'get', ['k']],
    [51, -50, 'set', ['__proto__', 1]],
    [52, -50, 'get', ['__proto__']],
    [53, -50, 'get', ['toString']],
    [54, -50, '__proto__', []],
    [55, -50, 'constructor', []],
  );
  const answers = await peer.answers(6);
  expect([set.what, answers.get(51)?.what, answers.get(54)?.what, answers.get(55)?.what]).toEqual([
    expect.any(Number),
    3,
    3,
    3,
  ]);
  expect(answers.get(53)?.what).not.toBe(1);
  await peer.call(dict, 'set', ['__proto__', 'x']);
  const honest = await store();
  expect(await honest.polluted()).toBe(false);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  peer.close();
});

describe('a guest', () => {
  test('makes nothing, ends nothing, and learns nothing of others', async () => {
    const owner = await insider();
    const guest = await Insider.connect(server.address, owner.guestKey);
    expect(guest.guestKey.length).toBe(0);
    for (const [method, args] of [
      ['make', ['dict', [null]]],
      ['shutdown', []],
      ['unlink', ['shared']],
      ['stats', []],
      ['constructor', []],
    ] as const)
      expect((await guest.call(0, method, guest.bytesOf(args))).value).toContain('ERR_MP_NOT_FOUND');
    for (const each of [owner, guest]) each.close();
    await server.assertCalm();
  });

  test('cannot make the server connect to other addresses', async () => {
    let connections = 0;
    const bait = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await once(bait.listen(0, '127.0.0.1'), 'listening');
    const address = { host: '127.0.0.1', port: (bait.address() as AddressInfo).port };
    const info = { id: 'x', address, guestKey: Buffer.alloc(32) };
    const far = new Handle('far', info, 'x'.repeat(22), 1, 'dict');
    const owner = await insider();
    const guest = await Insider.connect(server.address, owner.guestKey);
    expect((await guest.call(0, 'redeem', guest.bytesOf([far]))).value).toContain('ERR_MP_NOT_FOUND');
    await guest.send([far, [9, 0, 'redeem', []]]);
    expect(await guest.ended()).toBe(true);
    await expect(
      Insider.connect(server.address, owner.guestKey, { version: 1, near: far }),
    ).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    await expect(
      Insider.connect(server.address, owner.guestKey, { version: 1, near: false, more: 'x'.repeat(10_000) }),
    ).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    expect(connections).toBe(0);
    owner.close();
    bait.close();
    await server.assertCalm();
  });
});
