import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TimeoutError, type WaitOptions } from '@mp/core';
import { atDeadline, checkOptions, deadlineOf, timeLeft, watchAbort } from '@mp/core/internal';
import { type Address, addressError, checkAddress, titleOf } from './address.ts';
import { type AuthKey, keyOf } from './auth-key.ts';
import { Connection } from './connection.ts';
import { authenticateListener } from './handshake.ts';
import { exchangeOver, takeOver } from './socket-peer.ts';
import type { SocketTransport } from './socket-transport.ts';

/** What {@link connect} may be told. */
export interface ConnectOptions extends WaitOptions {
  /** The key that the listener has too. Without one nobody proves anything. */
  authKey?: AuthKey | undefined;
  /** Whether MD5 is good enough for a listener that knows nothing better (CPython up to 3.11). Default: true. */
  legacyDigest?: boolean | undefined;
}

/** A listener on a Unix socket whose queue is full says so at once; who wants to wait asks again this often. */
const ASK_AGAIN_MS = 10;

/**
 * Connects to a {@link Listener}, or to one of Python's `multiprocessing.connection`, which is `Client()` there.
 * With Python, exchange bytes: {@link Connection.sendBytes} is its `send_bytes`, {@link Connection.recvBytes} its
 * `recv_bytes`.
 *
 * @typeParam T what the messages are
 * @param address `{ path }` of a Unix socket (on Linux `'\0name'` for an abstract one), or `{ host, port }`
 * @param options `authKey`, bytes or text; `timeout` in ms for all of it; `signal`; `legacyDigest`
 * @throws AuthenticationError `ERR_MP_AUTHENTICATION` when the keys differ, or the listener wants none
 * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not done in time. Without a timeout it waits as long as the
 * listener takes, as in Python
 * @throws ClosedError `ERR_MP_CLOSED` when the listener closed the connection before it was authenticated
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
  const where = checkAddress(address);
  checkOptions(options, 'connect()', ['authKey', 'timeout', 'signal', 'legacyDigest']);
  const key = keyOf(options.authKey);
  const legacyDigest = checkLegacyDigest(options.legacyDigest);
  const { signal } = options;
  const deadline = deadlineOf(options, ['authKey', 'legacyDigest']);
  const transport = await open(where, deadline, options);
  try {
    if (key !== undefined)
      await authenticateListener(exchangeOver(transport, deadline, signal), { key, legacyDigest });
  } catch (error) {
    transport.close();
    throw error;
  }
  return new Connection<T>(transport);
}

/** @throws TypeError unless it is a boolean or absent, which is `true` */
export function checkLegacyDigest(legacyDigest: boolean | undefined): boolean {
  if (legacyDigest === undefined || typeof legacyDigest === 'boolean') return legacyDigest ?? true;
  throw new TypeError(`legacyDigest must be a boolean, not a ${typeof legacyDigest}`);
}

async function open(address: Address, deadline: number, options: ConnectOptions): Promise<SocketTransport> {
  for (;;) {
    try {
      return takeOver(await within(address, deadline, options));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      if (timeLeft(deadline) === 0) throw late(address, options, error);
    }
    await delay(Math.min(ASK_AGAIN_MS, timeLeft(deadline)));
    options.signal?.throwIfAborted();
  }
}

/** A connected socket that nobody has read from. */
async function within(address: Address, deadline: number, options: ConnectOptions): Promise<Socket> {
  const { connect: connectTo } = await import('node:net');
  const { signal } = options;
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
    const onLate = () => end(late(address, options));
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

function late(address: Address, { timeout }: ConnectOptions, cause?: unknown): TimeoutError {
  return new TimeoutError(`Cannot connect to ${titleOf(address)} within ${timeout} ms`, { cause });
}
