import type { TLSSocket } from 'node:tls';
import { AuthenticationError, ClosedError, MpError, type WaitOptions } from '@mp/core';
import { atDeadline, deadlineOf, watchAbort } from '@mp/core/internal';
import { addressError, type HostAddress, titleOf } from './address.ts';
import { type AuthKey, keyOf } from './auth-key.ts';
import { explained, type Limits, late, NO_CONNECTION, proveTo, TIMEOUT_MS } from './connect.ts';
import { StreamTransport } from './stream-transport.ts';
import { checkTlsClient, type TlsClientOptions } from './tls-options.ts';
import type { Transport } from './transport.ts';

/** What {@link connectTls} may be told. */
export interface TlsConnectOptions extends WaitOptions {
  readonly authKey?: AuthKey | undefined;
  readonly tls: TlsClientOptions | true;
  /** SHA-256 of the only certificate that is trusted, for one that came by a way that is trusted. */
  readonly fingerprint?: string | undefined;
}

/**
 * Connects by TLS to a listener.
 *
 * @throws AuthenticationError `ERR_MP_AUTHENTICATION` when its certificate is not trusted, or the keys differ
 * @throws MpError `ERR_MP_MISMATCH` when it does not speak TLS
 * @throws ClosedError `ERR_MP_CLOSED` when it closed the connection
 * @throws what `connect()` throws
 */
export async function connectTls(address: HostAddress, options: TlsConnectOptions): Promise<Transport> {
  const { timeout = TIMEOUT_MS, signal, fingerprint } = options;
  const tls = checkTlsClient(options.tls);
  const key = keyOf(options.authKey);
  const limits: Limits = { timeout, signal, deadline: deadlineOf({ timeout, signal }) };
  const socket = await secured(address, tls, fingerprint, limits);
  const transport = new StreamTransport(socket);
  try {
    if (key !== undefined) await proveTo(transport, { key, legacyDigest: false }, limits);
    return transport;
  } catch (error) {
    transport.drop();
    throw explained(error, address, limits);
  }
}

async function secured(
  address: HostAddress,
  tls: TlsClientOptions,
  fingerprint: string | undefined,
  { timeout, deadline, signal }: Limits,
): Promise<TLSSocket> {
  const { connect } = await import('node:tls');
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const trust = { rejectUnauthorized: fingerprint === undefined };
    const socket = connect({ ...(tls as object), ...trust, host: address.host, port: address.port });
    const end = (error: unknown) => {
      stop();
      socket.destroy();
      reject(error);
    };
    const cancelTimer =
      deadline === Infinity
        ? undefined
        : atDeadline(deadline, () => end(late(address, timeout, NO_CONNECTION)));
    const unwatch = signal && watchAbort(signal, () => end(signal.reason));
    const onError = (error: Error) => end(errorOf(error, address, socket));
    const onEnd = () => end(closedEarly(address));
    const stop = () => {
      cancelTimer?.();
      unwatch?.();
      socket.off('end', onEnd);
      // Errors that follow the first are of no interest.
      socket.on('error', () => {});
    };
    socket.on('error', onError);
    socket.on('end', onEnd);
    socket.once('secureConnect', () => {
      const found = socket.getPeerCertificate().fingerprint256;
      if (fingerprint !== undefined && found !== fingerprint) {
        end(
          new AuthenticationError(
            `Cannot connect to ${titleOf(address)}: its certificate is not the one of the server that the reference is of`,
          ),
        );
        return;
      }
      stop();
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

function errorOf(error: Error, address: HostAddress, socket: TLSSocket): Error {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && socket.connecting) return addressError('connect to', address, error);
  if (syscall === 'connect' || syscall === 'getaddrinfo') return addressError('connect to', address, error);
  if (code === 'ECONNRESET' || code === 'EPIPE') return closedEarly(address, error);
  if (/^ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH|HTTP)/.test(code)) {
    return new MpError(
      'ERR_MP_MISMATCH',
      `Cannot connect to ${titleOf(address)} by TLS: the server does not speak it. Leave out { tls }`,
      { cause: error },
    );
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return new MpError('ERR_MP_MISMATCH', `Cannot connect to ${titleOf(address)}: ${error.message}`, {
      cause: error,
    });
  return new AuthenticationError(
    `Cannot connect to ${titleOf(address)}: its certificate is not trusted: ${error.message} (${code}). Pass the certificate of its signer: { tls: { ca } }`,
    { cause: error },
  );
}

function closedEarly(address: HostAddress, cause?: Error): ClosedError {
  return new ClosedError(
    `Cannot connect to ${titleOf(address)} by TLS: the server closed the connection. It refused this client, was closed, or does not speak TLS; if so, leave out { tls }`,
    { cause },
  );
}
