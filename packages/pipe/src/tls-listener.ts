import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ClosedError } from '@mp/core';
import { type Address, type HostAddress, titleOf } from './address.ts';
import { type AuthKey, keyOf } from './auth-key.ts';
import { Authentications } from './authentications.ts';
import type { AcceptedClient } from './listener.ts';
import { listenOn } from './listening.ts';
import { StreamTransport } from './stream-transport.ts';
import { checkTlsServer, type TlsServerOptions } from './tls-options.ts';

/** How long a client may take for the handshake of TLS, and as long again to prove that it has the key. */
const HANDSHAKE_MS = 5_000;

/** Clients at once that have yet to prove that they have the key. */
const STRANGERS_MOST = 1_536;

const BACKLOG = 1_024;

/** What a {@link TlsListener} may be told. */
export interface TlsListenOptions {
  readonly authKey?: AuthKey | undefined;
  /** A second key, with which a client is let in as a guest. */
  readonly guestKey?: Uint8Array | undefined;
  readonly tls: TlsServerOptions;
  /** Called with each client that has proved that it has a key. */
  readonly onClient: (client: AcceptedClient) => void;
  /** Told of each client that was not let in: why, and from where it came. */
  readonly onRefused?: ((error: Error, from: Address | undefined) => void) | undefined;
}

/**
 * Waits for clients that come by TLS. As many strangers as there are places can come at any time: when all are taken, the one
 * that came first loses its place to the one that comes last, which has all its time before it.
 */
export class TlsListener {
  /** Where it listens, with the real port. */
  readonly address: Address;
  /** SHA-256 of the certificate, by which a client can know it. */
  readonly fingerprint: string;
  readonly #server: Server;
  readonly #authentications: Authentications | undefined;
  readonly #onClient: (client: AcceptedClient) => void;
  readonly #onRefused: TlsListenOptions['onRefused'];
  /** By where they come from, in the order in which they came. */
  readonly #strangers = new Map<string, Socket>();
  #closed = false;

  /**
   * Begins to listen, and keeps the event loop alive.
   *
   * @throws TypeError on bad options, and for an address that other machines can reach without `authKey`
   * @throws Error of OpenSSL on a key or a certificate that is none, of the system when it cannot listen there
   */
  static async listen(address: HostAddress, options: TlsListenOptions): Promise<TlsListener> {
    const { key, cert, ca, passphrase, requestCert = false } = checkTlsServer(options.tls);
    const { createServer } = await import('node:tls');
    const { X509Certificate } = await import('node:crypto');
    const settings = { key, cert, ca, passphrase, requestCert, rejectUnauthorized: requestCert };
    const create = async () =>
      createServer({ ...(settings as object), handshakeTimeout: HANDSHAKE_MS, minVersion: 'TLSv1.2' });
    const authKey = keyOf(options.authKey);
    const first = Array.isArray(cert) ? cert[0] : cert;
    const { fingerprint256 } = new X509Certificate(first as string);
    const { server, address: found } = await listenOn(address, BACKLOG, authKey !== undefined, create);
    return new TlsListener(server, found, fingerprint256, authKey, options);
  }

  private constructor(
    server: Server,
    address: Address,
    fingerprint: string,
    key: Uint8Array | undefined,
    { guestKey, onClient, onRefused }: TlsListenOptions,
  ) {
    this.address = address;
    this.fingerprint = fingerprint;
    this.#server = server;
    this.#onClient = onClient;
    this.#onRefused = onRefused;
    const terms = key && { key, guestKey, legacyDigest: false };
    this.#authentications = terms && new Authentications(terms, HANDSHAKE_MS, () => false);
    server.on('connection', (socket: Socket) => this.#meet(socket));
    server.on('secureConnection', (socket: TLSSocket) => void this.#admit(socket));
    // Node leaves the socket of a client open that was too slow.
    server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      const from = addressOf(socket);
      socket.destroy();
      this.#refused(error, from);
    });
    // EMFILE and the like; it goes on listening.
    server.on('error', () => {});
  }

  /** Stops listening. Clients that were let in stay. Safe to call again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.close();
    this.#authentications?.end(
      new ClosedError(`Cannot use the listener at ${titleOf(this.address)}: it was closed`),
    );
    for (const socket of this.#strangers.values()) socket.destroy();
  }

  #meet(socket: Socket): void {
    const name = nameOf(socket);
    this.#strangers.set(name, socket);
    socket.once('close', () => {
      if (this.#strangers.get(name) === socket) this.#strangers.delete(name);
    });
    if (this.#strangers.size <= STRANGERS_MOST) return;
    for (const [first, oldest] of this.#strangers) {
      this.#strangers.delete(first);
      oldest.destroy();
      return;
    }
  }

  /** Never rejects. */
  async #admit(socket: TLSSocket): Promise<void> {
    const from = addressOf(socket);
    const name = nameOf(socket);
    const transport = new StreamTransport(socket);
    try {
      if (from === undefined) throw new ClosedError('The client has gone');
      const isGuest = this.#authentications !== undefined && (await this.#authentications.run(transport));
      this.#strangers.delete(name);
      if (this.#closed) throw new ClosedError('The listener was closed');
      this.#onClient({ transport, from, isGuest });
    } catch (error) {
      transport.drop();
      this.#refused(error as Error, from);
    }
  }

  #refused(error: Error, from: Address | undefined): void {
    if (!this.#closed) this.#onRefused?.(error, from);
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** From where a client came; `undefined` when it has gone already. */
function addressOf({ remoteAddress: host, remotePort: port }: Socket): HostAddress | undefined {
  return host === undefined || port === undefined ? undefined : { host, port };
}
