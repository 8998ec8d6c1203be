import { AuthenticationError } from '@mp/core';

/*
 * How two ends find out that both know a key, without sending it: as CPython's multiprocessing.connection does it, in
 * the frames of the connection, none longer than 256 bytes. The listener asks first, then the client:
 *
 *   one end                                   the other end
 *   #CHALLENGE# message           ──▶
 *                                 ◀──         response: an HMAC of the message with the key
 *   #WELCOME# or #FAILURE#        ──▶
 *
 * | message                      | response                      | used by                   |
 * | ---------------------------- | ----------------------------- | ------------------------- |
 * | {digest} and random bytes    | {digest} and the HMAC         | CPython from 3.12 on; @mp |
 * | 20 random bytes              | 16 bytes: the HMAC with MD5   | CPython up to 3.11        |
 * | {digest} and random bytes    | 16 bytes: the HMAC with MD5   | a client up to 3.11, which takes the digest's name for random bytes too |
 *
 * The HMAC is of the whole message, the name of the digest included. A client asks at once when it has answered, and does not
 * wait for #WELCOME# before: that is one turn less for each side, and what it asks tells nothing.
 */
const CHALLENGE = Buffer.from('#CHALLENGE#');
const WELCOME = Buffer.from('#WELCOME#');
const FAILURE = Buffer.from('#FAILURE#');

/** Longest message of a handshake. */
export const HANDSHAKE_MESSAGE_MOST = 256;

const RANDOM_BYTES = 40;
const LEGACY_MESSAGE_BYTES = 20;
const LEGACY_RESPONSE_BYTES = 16;

/** Names of digests on the wire, and what OpenSSL calls them. */
const DIGESTS = new Map([
  ['md5', 'md5'],
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha3_256', 'sha3-256'],
  ['sha3_384', 'sha3-384'],
]);
const LEGACY = 'md5';
const OURS_NAME = Buffer.from('{sha256}');

/** Loaded when it is needed: that takes longer than the rest of this package. Kept, as each `import()` costs as well. */
let loading: Promise<typeof import('node:crypto')> | undefined;

function loadCrypto(): Promise<typeof import('node:crypto')> {
  loading ??= import('node:crypto');
  return loading;
}

/** The messages of a handshake, one at a time. */
export interface Exchange {
  send(message: Uint8Array): Promise<void>;
  /** @param what the message is, as errors call it */
  receive(what: string): Promise<Uint8Array>;
}

/** What an end insists on. */
export interface Terms {
  readonly key: Uint8Array;
  /** A second key with which a client is let in as a guest. */
  readonly guestKey?: Uint8Array | undefined;
  /** Whether MD5 will do, which is all that CPython up to 3.11 knows. */
  readonly legacyDigest: boolean;
}

/**
 * The listener's part.
 *
 * @param onProved called when the client has proved that it knows a key
 * @returns whether it is a guest
 * @throws AuthenticationError when the client knows no key, or does not speak like this
 */
export async function authenticateClient(
  exchange: Exchange,
  terms: Terms,
  onProved: () => void,
): Promise<boolean> {
  const key = await judge(exchange, await challenge(exchange), terms);
  onProved();
  await respond(exchange, { ...terms, key });
  await verdict(exchange);
  return key === terms.guestKey;
}

/** The client's part: the same, the other way round. */
export async function authenticateListener(exchange: Exchange, terms: Terms): Promise<void> {
  await respond(exchange, terms);
  const message = await challenge(exchange);
  await verdict(exchange);
  await judge(exchange, message, terms);
}

/** Asks the other end. @returns what it has to answer to */
async function challenge(exchange: Exchange): Promise<Uint8Array> {
  const { randomBytes } = await loadCrypto();
  const message = Buffer.concat([OURS_NAME, randomBytes(RANDOM_BYTES)]);
  // If the other end has gone, what it said before, or its end, is met by the next wait for it.
  await exchange.send(Buffer.concat([CHALLENGE, message])).catch(() => {});
  return message;
}

/** Waits for the answer, and says what it is worth. @returns the key that the other end knows */
async function judge(exchange: Exchange, message: Uint8Array, terms: Terms): Promise<Uint8Array> {
  const response = await exchange.receive('its answer to the challenge');
  let key: Uint8Array;
  try {
    const { digest, hmac } = partsOf(response);
    assertAllowed(digest, terms);
    key = await keyBehind(hmac, digest, message, terms);
  } catch (error) {
    // The other end may have closed the connection already. What it did wrong is the error that matters.
    await exchange.send(FAILURE).catch(() => {});
    throw error;
  }
  await exchange.send(WELCOME);
  return key;
}

async function keyBehind(
  hmac: Uint8Array,
  digest: string,
  message: Uint8Array,
  { key, guestKey }: Terms,
): Promise<Uint8Array> {
  const { timingSafeEqual } = await loadCrypto();
  for (const each of guestKey === undefined ? [key] : [key, guestKey]) {
    const expected = await hmacOf(digest, each, message);
    if (expected.length === hmac.length && timingSafeEqual(expected, hmac)) return each;
  }
  throw new AuthenticationError('The other end does not know the authKey, or has another one');
}

async function respond(exchange: Exchange, terms: Terms): Promise<void> {
  const received = Buffer.from(await exchange.receive('a challenge'));
  if (!received.subarray(0, CHALLENGE.length).equals(CHALLENGE)) {
    throw new AuthenticationError(
      'The other end did not ask for the authKey. Either it uses none, and none must be given here, or it speaks another protocol',
    );
  }
  const message = received.subarray(CHALLENGE.length);
  const isLegacy = message.length === LEGACY_MESSAGE_BYTES;
  const digest = isLegacy ? LEGACY : nameIn(message);
  assertAllowed(digest, terms);
  const hmac = await hmacOf(digest, terms.key, message);
  await exchange.send(isLegacy ? hmac : Buffer.concat([Buffer.from(`{${digest}}`), hmac]));
}

/** @throws AuthenticationError unless the other end took the answer */
async function verdict(exchange: Exchange): Promise<void> {
  const said = Buffer.from(await exchange.receive('#WELCOME#'));
  if (said.equals(WELCOME)) return;
  throw new AuthenticationError(
    said.equals(FAILURE)
      ? 'The other end refused the authKey: it has another one'
      : 'The other end answered a response with neither #WELCOME# nor #FAILURE#',
  );
}

function partsOf(response: Uint8Array): { digest: string; hmac: Uint8Array } {
  if (response.length === LEGACY_RESPONSE_BYTES) return { digest: LEGACY, hmac: response };
  const digest = nameIn(response);
  return { digest, hmac: response.subarray(digest.length + 2) };
}

/** The name of the digest at the beginning of a message. */
function nameIn(message: Uint8Array): string {
  const text = Buffer.from(message.buffer, message.byteOffset, Math.min(message.length, 16)).toString(
    'latin1',
  );
  const name = /^\{([a-z0-9_]+)\}/.exec(text)?.[1];
  if (name !== undefined && DIGESTS.has(name)) return name;
  throw new AuthenticationError(
    name === undefined
      ? 'The other end sent something that is no part of an authentication'
      : `The other end uses the digest ${name}; known are ${[...DIGESTS.keys()].join(', ')}`,
  );
}

function assertAllowed(digest: string, { legacyDigest }: Terms): void {
  if (digest !== LEGACY || legacyDigest) return;
  throw new AuthenticationError(
    'The other end uses MD5, as CPython up to 3.11 does, and legacyDigest is false here',
  );
}

async function hmacOf(digest: string, key: Uint8Array, message: Uint8Array): Promise<Buffer> {
  const { createHmac } = await loadCrypto();
  try {
    return createHmac(DIGESTS.get(digest) as string, key)
      .update(message)
      .digest();
  } catch (cause) {
    throw new AuthenticationError(`The other end uses the digest ${digest}, which this Node cannot compute`, {
      cause,
    });
  }
}
