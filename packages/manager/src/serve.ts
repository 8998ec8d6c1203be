import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { checkOptions, REFUSE } from '@mp/core/internal';
import {
  type AcceptedClient,
  type Address,
  type AuthKey,
  checkAddress,
  keyOf,
  type Listener,
  listenFor,
  TlsListener,
  type TlsServerOptions,
  titleOf,
} from '@mp/pipe/internal';
import { removeDeadSocket } from './dead-socket.ts';
import { newToken } from './handle.ts';
import { limitsOf, type ManagerLimits } from './limits.ts';
import { Server } from './server.ts';
import type { ServerType } from './server-type.ts';

/** What a server that other programs connect to may be told. */
export interface ServeOptions {
  /** What clients must know too: bytes or text. May be left out only where other machines cannot come. */
  authKey?: AuthKey | undefined;
  /**
   * Listens by TLS, at a host and a port: the server's private `key` and `cert`, as text (PEM); `ca` and `requestCert` for
   * clients that must have a certificate too. The authKey is asked for besides.
   */
  tls?: TlsServerOptions | undefined;
  /** What one client may use. */
  limits?: ManagerLimits | undefined;
}

/** What happens at a {@link ManagerServer}. */
export interface ManagerServerEvents {
  /**
   * A client was refused: at the handshake (a wrong key, no TLS, no place), or later, for what no client of ours sends and
   * for messages beyond the limits, which ends its connection. Why, and from where it came (`undefined` for a Unix socket).
   */
  refused: [error: Error, from: Address | undefined];
}

/** The server for users of it. */
let serverOf: (server: Server, address: Address) => ManagerServer;

/**
 * A server in this process, for other programs. It keeps this one alive until it is shut down.
 *
 * It is `BaseManager.get_server()` of Python, which serves at once and does not block.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const server = await Manager.serve({ host: '127.0.0.1', port: 0 }, { authKey: 'a secret' });
 * server.on('refused', (error) => console.log(error.code)); // ERR_MP_AUTHENTICATION
 * await Manager.connect(server.address, { authKey: 'a guess' }).catch(() => {});
 * const manager = await Manager.connect(server.address, { authKey: 'a secret' });
 * const dict = await manager.dict();
 * console.log(server.clients, server.objects); // 1 1
 * dict.close();
 * await manager.close();
 * await server.shutdown();
 * ```
 */
export class ManagerServer extends EventEmitter<ManagerServerEvents> {
  /** Where it listens, with the real port. */
  readonly address: Address;
  readonly #server: Server;

  static {
    serverOf = (server, address) => new ManagerServer(server, address);
  }

  private constructor(server: Server, address: Address) {
    super();
    this.#server = server;
    this.address = address;
    // In a turn of its own: what a handler throws is not an error of the connection.
    server.onRefused = (error, from) => process.nextTick(() => this.emit('refused', error, from));
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#server.clients;
  }

  /** How many objects are held by some client, or have names. */
  get objects(): number {
    return this.#server.objects.size;
  }

  /** Whether it was shut down. */
  get closed(): boolean {
    return this.#server.closed;
  }

  /** Resolves when it was shut down, here or by a client. */
  get closing(): Promise<void> {
    return this.#server.closing;
  }

  /**
   * Shuts it down: no client is let in and no call is taken any more; those under way may end.
   *
   * @param options `grace`: how long calls may take to end, in ms from 0; then they reject. Default: 1000, as in Python
   * @throws TypeError, RangeError on a bad `grace`
   */
  async shutdown(options: { grace?: number | undefined } = {}): Promise<void> {
    checkOptions(options, 'shutdown()', ['grace']);
    await this.#server.shutdown(options.grace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** @internal Why it cannot travel. */
  get [REFUSE](): string {
    return 'a ManagerServer stays in its process. Send its address, and connect() there';
  }
}

/** Makes this process a server. */
export async function serve(
  types: ReadonlyMap<string, ServerType>,
  address: Address,
  options: ServeOptions = {},
): Promise<ManagerServer> {
  checkOptions(options, 'serve()', ['authKey', 'limits', 'tls']);
  const limits = limitsOf(options.limits);
  const plan = { types, limits, importsTasks: false };
  const authKey = keyOf(options.authKey);
  // Without a key all are let in, guests too.
  const guestKey = authKey === undefined ? new Uint8Array(0) : randomBytes(32);
  const where = checkAddress(address);
  try {
    if (options.tls === undefined) {
      const listener = await listen(where, authKey, guestKey);
      const server = new Server({ ...plan, info: { id: newToken(), address: listener.address, guestKey } });
      listener.on('refused', server.refused);
      void server.accept(listener);
      return serverOf(server, listener.address);
    }
    if ('path' in where) throw new TypeError('TLS is for { host, port }: a Unix socket leaves no machine');
    let server: Server | undefined;
    const onClient = (client: AcceptedClient) => void server?.admit(client);
    const onRefused = (error: Error, from: Address | undefined) => server?.refused(error, from);
    const listening = { authKey, guestKey, tls: options.tls, onClient, onRefused };
    const listener = await TlsListener.listen(where, listening);
    const info = { id: newToken(), address: listener.address, guestKey, tls: listener.fingerprint };
    server = new Server({ ...plan, info });
    server.listen(listener);
    return serverOf(server, listener.address);
  } catch (error) {
    if (!(error instanceof TypeError) || authKey !== undefined) throw error;
    throw new TypeError(`Cannot serve at ${titleOf(where)}: ${error.message}`, { cause: error });
  }
}

/** Also where a server was killed, which leaves the file of its Unix socket. */
async function listen(
  address: Address,
  authKey: AuthKey | undefined,
  guestKey: Uint8Array,
): Promise<Listener> {
  const options = { authKey, legacyDigest: false };
  try {
    return await listenFor(address, options, guestKey);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!isTaken || !('path' in address) || address.path.startsWith('\0')) throw error;
    if (!(await removeDeadSocket(address.path))) throw error;
    return listenFor(address, options, guestKey);
  }
}
