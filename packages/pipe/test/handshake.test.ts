import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, Listener } from '@mp/pipe';
import { leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { RawPeer, rawListener } from './raw-peer.ts';

leakCheck();

const KEY = 'the key';
const count = (length: number) => Buffer.from(Array.from({ length }, (_, index) => index));

/** What CPython 3.13 answers to a challenge of the bytes 0, 1, 2, …, recorded with the key above. */
const RECORDED: Record<string, string> = {
  md5: '7b6d64357d99b5257051aad904757b24e7e8ece0a6',
  sha256: '7b7368613235367d027bf3e44b180a48d71aaec8de1b3953288c35ffe5adfb1f92745a88eedeec37',
  sha384:
    '7b7368613338347d1322221a6d04c03fda62c627d1ee17a0e813e367db1f079dae4c5672bb32b789f8dfeab57cdec05f3215eb21b4868d1b',
  sha3_256: '7b736861335f3235367dc8698cc15923540d9b465c0ce68c7cf71c00d0b749ae6213a1914d95e3b3de4a',
  sha3_384:
    '7b736861335f3338347df97e91615141d6c6cf99780b40a72dc9dcaead54e407a6fe454e5ec9eb6d22dabd8d9472d4f0be1a691124948dfe2941',
};
const RECORDED_LEGACY = '218846807193555069ce9f160baee7de';

const hmac = (digest: string, message: Buffer, key = KEY) =>
  createHmac(digest.replace('_', '-'), key).update(message).digest();

/** The challenge in a message, of which just the form is known. */
function challengeIn(message: Buffer | undefined): Buffer {
  const text = message?.toString('latin1') ?? '';
  expect([text.slice(0, 19), text.length]).toEqual(['#CHALLENGE#{sha256}', 59]);
  return (message as Buffer).subarray(11);
}

/** Answers a challenge as the given digest does; 'legacy' is CPython up to 3.11. */
function answerTo(challenge: Buffer, digest: string): Buffer {
  if (digest === 'legacy') return hmac('md5', challenge);
  return Buffer.concat([Buffer.from(`{${digest}}`), hmac(digest, challenge)]);
}

const DIGESTS = [...Object.keys(RECORDED), 'legacy'];

test.each(DIGESTS)('connect() answers a listener that uses %s as CPython does', async (digest) => {
  const raw = await rawListener(async (peer) => {
    const challenge =
      digest === 'legacy' ? count(20) : Buffer.concat([Buffer.from(`{${digest}}`), count(40)]);
    await peer.send(Buffer.concat([Buffer.from('#CHALLENGE#'), challenge]));
    expect((await peer.message())?.toString('hex')).toBe(RECORDED[digest] ?? RECORDED_LEGACY);
    await peer.send('#WELCOME#');
    await peer.send(answerTo(challengeIn(await peer.message()), digest));
    expect(String(await peer.message())).toBe('#WELCOME#');
    await peer.send('first message');
  });
  const connection = await connect(raw.address, { authKey: KEY });
  expect(String(await connection.recvBytes())).toBe('first message');
  await raw.talked;
  connection.close();
  raw.close();
});

test.each(DIGESTS)('a Listener lets in who answers with %s', async (digest) => {
  await using listener = await Listener.listen(undefined, { authKey: Buffer.from(KEY) });
  const peer = await RawPeer.to(listener.address);
  await peer.send(answerTo(challengeIn(await peer.message()), digest));
  expect(String(await peer.message())).toBe('#WELCOME#');
  const name = digest === 'legacy' ? 'md5' : digest;
  const challenge = Buffer.concat([Buffer.from(`{${name}}`), count(40)]);
  await peer.send(Buffer.concat([Buffer.from('#CHALLENGE#'), challenge]));
  expect((await peer.message())?.toString('hex')).toBe(RECORDED[name]);
  await peer.send('#WELCOME#');
  const connection = await listener.accept();
  connection.close();
  peer.close();
});

describe('legacyDigest: false', () => {
  test.each(['md5', 'legacy'])('a Listener refuses %s', async (digest) => {
    await using listener = await Listener.listen(undefined, { authKey: KEY, legacyDigest: false });
    const refused = once(listener, 'refused');
    const peer = await RawPeer.to(listener.address);
    await peer.send(answerTo(challengeIn(await peer.message()), digest));
    expect(String(await peer.message())).toBe('#FAILURE#');
    expect((await refused)[0].message).toContain('MD5');
    peer.close();
  });

  test.each([count(20), Buffer.concat([Buffer.from('{md5}'), count(40)])])(
    'connect() refuses it, challenge %#',
    async (challenge) => {
      const raw = await rawListener(async (peer) => {
        await peer.send(Buffer.concat([Buffer.from('#CHALLENGE#'), challenge]));
        expect(await peer.message()).toBeUndefined();
      });
      await expect(connect(raw.address, { authKey: KEY, legacyDigest: false })).rejects.toThrow(/MD5/);
      await raw.talked;
      raw.close();
    },
  );
});

test.each<[string, Buffer, string]>([
  ['of another protocol', Buffer.from('HTTP/1.1 200 OK\r\n'), 'ask for the authKey'],
  [
    'without a digest',
    Buffer.concat([Buffer.from('#CHALLENGE#'), count(41)]),
    'no part of an authentication',
  ],
  [
    'that is too short',
    Buffer.concat([Buffer.from('#CHALLENGE#'), count(19)]),
    'no part of an authentication',
  ],
  ['with an unknown digest', Buffer.from(`#CHALLENGE#{crc32}${'x'.repeat(40)}`), 'the digest crc32'],
  ['longer than 256 bytes', Buffer.alloc(257, '#CHALLENGE#'), 'maxLength is 256'],
])('connect() refuses a challenge %s', async (_, challenge, message) => {
  const raw = await rawListener(async (peer) => {
    await peer.send(challenge);
    expect(await peer.message()).toBeUndefined();
  });
  await expect(connect(raw.address, { authKey: KEY })).rejects.toThrow(message);
  await raw.talked;
  raw.close();
});

test('connect() refuses a bogus welcome, and tells a failure', async () => {
  for (const [verdict, message] of [
    ['#WELCOME!', /neither/],
    ['#FAILURE#', /another one/],
    ['', /neither/],
  ] as const) {
    const raw = await rawListener(async (peer) => {
      await peer.send(Buffer.concat([Buffer.from('#CHALLENGE#{sha256}'), count(40)]));
      await peer.message();
      await peer.send(verdict);
      challengeIn(await peer.message());
      expect(await peer.message()).toBeUndefined();
    });
    await expect(connect(raw.address, { authKey: KEY })).rejects.toMatchObject({
      code: 'ERR_MP_AUTHENTICATION',
      message: expect.stringMatching(message),
    });
    await raw.talked;
    raw.close();
  }
});

test('connect() does not let in a listener that does not know the key', async () => {
  const raw = await rawListener(async (peer) => {
    await peer.send(Buffer.concat([Buffer.from('#CHALLENGE#{sha256}'), count(40)]));
    await peer.message();
    // It asks without waiting for the verdict on its answer.
    const challenge = challengeIn(await peer.message());
    await peer.send('#WELCOME#');
    await peer.send(Buffer.concat([Buffer.from('{sha256}'), hmac('sha256', challenge, 'no idea')]));
    expect(String(await peer.message())).toBe('#FAILURE#');
  });
  await expect(connect(raw.address, { authKey: KEY })).rejects.toMatchObject({
    name: 'AuthenticationError',
    message: expect.stringContaining('does not know'),
  });
  await raw.talked;
  raw.close();
});

test('a refusal tells why also when the client has gone before it was told', async () => {
  await using listener = await Listener.listen(undefined, { authKey: KEY });
  const refused = once(listener, 'refused');
  const peer = await RawPeer.to(listener.address);
  const challenge = challengeIn(await peer.message());
  void peer.send(answerTo(challenge, 'sha256').fill(0, 8));
  peer.close();
  expect((await refused)[0]).toMatchObject({ code: 'ERR_MP_AUTHENTICATION' });
});

test.each<[string, (challenge: Buffer) => Buffer]>([
  ['bogus', () => Buffer.from('a bogus response, neither long nor short')],
  ['empty', () => Buffer.alloc(0)],
  ['with the HMAC of something else', () => answerTo(count(48), 'sha256')],
  ['cut short', (challenge) => answerTo(challenge, 'sha256').subarray(0, 39)],
  ['with the wrong name', (challenge) => Buffer.concat([Buffer.from('{sha384}'), hmac('sha256', challenge)])],
  ['that is its own challenge', (challenge) => challenge],
])('a Listener refuses a response %s', async (_, respond) => {
  await using listener = await Listener.listen(undefined, { authKey: KEY });
  const refused = once(listener, 'refused');
  const peer = await RawPeer.to(listener.address);
  await peer.send(respond(challengeIn(await peer.message())));
  expect(String(await peer.message())).toBe('#FAILURE#');
  expect(await peer.message()).toBeUndefined();
  expect((await refused)[0]).toMatchObject({ code: 'ERR_MP_AUTHENTICATION' });
  peer.close();
});
