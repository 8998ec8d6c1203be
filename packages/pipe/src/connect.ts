import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ClosedError, TimeoutError, type WaitOptions } from '@mp/core';
import { atDeadline, checkOptions, deadlineOf, timeLeft, watchAbort } from '@mp/core/internal';
import { type Address, addressError, checkAddress, titleOf } from './address.ts';
import { type AuthKey, keyOf } from './auth-key.ts';
import { Connection } from './connection.ts';
import { authenticateListener, type Terms } from './handshake.ts';
import { PeerExchange, takeOver } from './socket-peer.ts';
import type { SocketTransport } from './socket-transport.ts';
import type { Transport } from './transport.ts';

/** What {@link connect} may be told. */
export interface ConnectOptions extends WaitOptions {
  /** The key that the listener has too. Without one there is no authentication. */
  authKey?: AuthKey | undefined;
  /**
   * How long all of it may take, in milliseconds, from looking up the host to the last message of the authentication.
   * Default: 30,000, so that a listener that never answers causes an error. `Infinity`: no limit.
   */
  timeout?: number | undefined;
  /** Whether MD5 is good enough for a listener that knows nothing better (CPython up to 3.11). Default: true. */
  legacyDigest?: boolean | undefined;
}

/** Six times what a `Listener` gives a client: a client may have to wait until the listener has a place for it. */
export const TIMEOUT_MS = 30_000;

/**
 * The kernel says at once that the queue of a Unix socket is full. A client then asks again, after pauses that grow from
 * the first to the second number of milliseconds: a crowd of them must not keep the thread busy with asking.
 */
const ASK_AGAIN_MS = 5;
const ASK_AGAIN_MOST_MS = 100;

/**
 * Connects to a {@link Listener}, or to one of Python's `multiprocessing.connection`, which is `Client()` there.
 * With Python, exchange bytes: {@link Connection.sendBytes} is its `send_bytes`, {@link Connection.recvBytes} its
 * `recv_bytes`.
 *
 * @typeParam T what the messages are
 * @param address `{ path }` of a Unix socket (on Linux `'\0name'` for an abstract one), or `{ host, port }`
 * @param options `authKey`, bytes or text; `timeout` in ms for all of it, 30,000 without it; `signal`; `legacyDigest`
 * @throws AuthenticationError `ERR_MP_AUTHENTICATION` when the keys differ, or the listener wants none
 * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not done in time; the message says what it waited for. In Python
 * there is no limit
 * @throws ClosedError `ERR_MP_CLOSED` when the listener closed the connection before it was authenticated: it refused
 * this client, was closed, or its process ended
 * @throws Error of the system when nobody listens there: `code` is `'ECONNREFUSED'`, `'ENOENT'`, `'ENOTFOUND'`, …
 * @throws TypeError, RangeError on bad arguments
 *
 * @example
 * ```js
 * import { connect, Listener } from '@mp/pipe';
 *
 * const listener = await Listener.listen({ host: '127.0.0.1', port: 0 }, { authKey: 'secret' });
 * const accepting = listener.accept();
 * const client = await connect(listener.address, { authKey: 'secret' });
 * const server = await accepting;
 * await client.send({ hello: 'server' });
 * console.log(await server.recv()); // { hello: 'server' }
 * for (const each of [client, server, listener]) each.close();
 * ```
 */
export async function connect<T = unknown>(
  address: Address,
  options: ConnectOptions = {},
): Promise<Connection<T>> {
  return new Connection<T>(await connectTransport(address, options));
}

/** Does what {@link connect} does, for what is not a connection of its own. */
export async function connectTransport(
  address: Address,
  options: ConnectOptions = {},
): Promise<SocketTransport> {
  const where = checkAddress(address);
  checkOptions(options, 'connect()', ['authKey', 'timeout', 'signal', 'legacyDigest']);
  const key = keyOf(options.authKey);
  const legacyDigest = checkLegacyDigest(options.legacyDigest);
  const { timeout = TIMEOUT_MS, signal } = options;
  const limits: Limits = { timeout, signal, deadline: deadlineOf({ timeout, signal }) };
  const transport = await open(where, limits);
  try {
    if (key !== undefined) await proveTo(transport, { key, legacyDigest }, limits);
  } catch (error) {
    transport.close();
    throw explained(error, where, limits);
  }
  return transport;
}

/** Proves to a listener that this client has its key, and lets it prove the same. */
export async function proveTo(
  transport: Transport,
  terms: Terms,
  { deadline, signal }: Limits,
): Promise<void> {
  const exchange = new PeerExchange(transport, deadline, signal);
  try {
    await authenticateListener(exchange, terms);
    exchange.throwIfFailed();
  } finally {
    exchange.close();
  }
}

/** How long connecting may take. */
export interface Limits {
  readonly timeout: number;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/** Why a connection that was made could not be authenticated. */
export function explained(error: unknown, address: Address, { timeout }: Limits): unknown {
  if (error instanceof TimeoutError) {
    const reasons = 'It is busy, has no place for another client, or is no listener with an authKey';
    return late(address, timeout, `it was connected, but ${lowerFirst(error.message)}. ${reasons}`, error);
  }
  if (error instanceof ClosedError) {
    const reasons = 'It refused this client, was closed, or its process ended';
    const message = `Cannot connect to ${titleOf(address)}: ${lowerFirst(error.message)}. ${reasons}`;
    return new ClosedError(message, { cause: error });
  }
  return error;
}

/** @throws TypeError unless it is a boolean or absent, which is `true` */
export function checkLegacyDigest(legacyDigest: boolean | undefined): boolean {
  if (legacyDigest === undefined || typeof legacyDigest === 'boolean') return legacyDigest ?? true;
  throw new TypeError(`legacyDigest must be a boolean, not a ${typeof legacyDigest}`);
}

async function open(address: Address, limits: Limits): Promise<SocketTransport> {
  for (let pause = ASK_AGAIN_MS; ; pause = Math.min(2 * pause, ASK_AGAIN_MOST_MS)) {
    const socket = await within(address, limits).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EAGAIN') throw error;
      if (timeLeft(limits.deadline) === 0) throw late(address, limits.timeout, QUEUE_FULL, error);
    });
    if (socket !== undefined) return taken(socket, address);
    await delay(Math.min(pause, timeLeft(limits.deadline)));
    limits.signal?.throwIfAborted();
  }
}

function taken(socket: Socket, address: Address): SocketTransport {
  try {
    return takeOver(socket);
  } catch (error) {
    // EMFILE: for a moment it needs a second descriptor.
    if (error instanceof ClosedError) throw error;
    throw addressError('connect to', address, error);
  }
}

/** Loaded when it is needed, and kept: each `import()` costs as well. */
let loading: Promise<typeof import('node:net')> | undefined;

/** A connected socket from which nothing was read. */
async function within(address: Address, { timeout, deadline, signal }: Limits): Promise<Socket> {
  loading ??= import('node:net');
  const { connect: connectTo } = await loading;
  // It may have been aborted while that was loaded.
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = connectTo(address);
    // Or it would begin to read by itself.
    socket.pause();
    const end = (error: unknown) => {
      socket.destroy();
      stop();
      reject(error);
    };
    const onLate = () => end(late(address, timeout, NO_CONNECTION));
    const cancelTimer = deadline === Infinity ? undefined : atDeadline(deadline, onLate);
    const unwatch = signal && watchAbort(signal, () => end(signal.reason));
    const stop = () => {
      cancelTimer?.();
      unwatch?.();
    };
    socket.on('error', (error) => end(addressError('connect to', address, error)));
    socket.on('connect', () => {
      stop();
      resolve(socket);
    });
  });
}

const QUEUE_FULL = 'the queue of the listener is full';
export const NO_CONNECTION = 'its machine does not answer, or the queue of the listener is full';

/** The error of a connection that took too long. */
export function late(address: Address, timeout: number, why: string, cause?: unknown): TimeoutError {
  return new TimeoutError(`Cannot connect to ${titleOf(address)} within ${timeout} ms: ${why}`, { cause });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
