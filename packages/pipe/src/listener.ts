import { EventEmitter } from 'node:events';
import { chmodSync } from 'node:fs';
import type { Server } from 'node:net';
import { ClosedError, TimeoutError, type WaitOptions } from '@mp/core';
import {
  checkOptions,
  deadlineIn,
  deadlineOf,
  REFUSE,
  type Readiness,
  type StreamSocket,
  WAITABLE,
} from '@mp/core/internal';
import { AcceptLoop } from './accept-loop.ts';
import { Acceptor } from './acceptor.ts';
import { type Address, checkAddress, titleOf } from './address.ts';
import { type AuthKey, keyOf } from './auth-key.ts';
import { Authentications } from './authentications.ts';
import { checkLegacyDigest } from './connect.ts';
import { Connection } from './connection.ts';
import { listenOn, privateAddress } from './listening.ts';
import { Observers } from './observers.ts';
import { SocketLine } from './socket-line.ts';
import { SocketTransport } from './socket-transport.ts';
import type { Transport } from './transport.ts';

/** What {@link Listener.listen} may be told. */
export interface ListenOptions {
  /** The key that clients must have too. Without one, every client that reaches the address is let in. */
  authKey?: AuthKey | undefined;
  /**
   * How many connections may wait here until `accept()` takes them, and as many again in the kernel; those that are
   * being authenticated do not count. Further ones are not refused: their `connect()` waits. Default: 1024 (Python's: 1).
   */
  backlog?: number | undefined;
  /** Whether MD5 is good enough for clients that know nothing better (CPython up to 3.11). Default: true. */
  legacyDigest?: boolean | undefined;
  /**
   * How long a client may take to prove that it has the key, in milliseconds, beside the time in which this thread is
   * too busy to read what it sends. Default: 5000.
   */
  handshakeTimeout?: number | undefined;
}

/** What happens at a {@link Listener}. */
export interface ListenerEvents {
  /** A connection was refused: why, and from where it came (`undefined` for a Unix socket). */
  refused: [error: Error, from: Address | undefined];
}

/** A client that was let in. */
export interface AcceptedClient {
  readonly transport: Transport;
  readonly from: Address | undefined;
  /** Whether it has proved the second key, not the first. */
  readonly isGuest: boolean;
}

/** Listens like {@link Listener.listen}, also for clients that have a second key. */
export let listenFor: (address: Address, options: ListenOptions, guestKey: Uint8Array) => Promise<Listener>;

/** Accepts like {@link Listener.accept} what is not to be a connection of its own. */
export let acceptClient: (listener: Listener, options?: WaitOptions) => Promise<AcceptedClient>;

/**
 * Waits for connections of other processes, at a Unix socket or a TCP port.
 *
 * It is `Listener` of Python's `multiprocessing.connection`, speaks its protocol and can be reached by Python's
 * `Client()`. It differs in this: clients are authenticated before {@link Listener.accept} is called, which never fails
 * because of one of them; the event `'refused'` tells of clients that were refused; it does not listen to other machines
 * without a key. It keeps the event loop alive only while an `accept()` waits.
 *
 * @example
 * ```js
 * import { connect, Listener } from '@mp/pipe';
 *
 * const listener = await Listener.listen();
 * listener.on('refused', (error) => console.error(error.message));
 * setTimeout(async () => {
 *   const client = await connect(listener.address);
 *   await client.send('hello');
 *   client.close();
 *   listener.close();
 * });
 * for await (const connection of listener) {
 *   console.log(await connection.recv()); // hello
 *   connection.close();
 * }
 * ```
 */
export class Listener extends EventEmitter<ListenerEvents> {
  /** Where it listens, with the real port. */
  readonly address: Address;
  readonly #server: Server;
  readonly #acceptor: Acceptor;
  readonly #authentications: Authentications | undefined;
  readonly #backlog: number;
  readonly #line = new SocketLine({
    changed: () => this.#updateRef(),
    block: () => {},
    holds: () => false,
  });
  readonly #observers = new Observers(() => this.#updateRef());
  readonly #ready: AcceptedClient[] = [];
  #lastAccepted: Address | undefined;
  #closed = false;

  static {
    listenFor = (address, options, guestKey) => Listener.#listen(address, options, guestKey);
    acceptClient = (listener, options) => listener.#accept(options);
  }

  private constructor(
    server: Server,
    address: Address,
    options: ListenOptions,
    guestKey: Uint8Array | undefined,
  ) {
    super();
    const { handshakeTimeout = 5_000 } = options;
    const key = keyOf(options.authKey);
    const terms = key && { key, guestKey, legacyDigest: checkLegacyDigest(options.legacyDigest) };
    this.address = address;
    this.#server = server;
    this.#authentications = terms && new Authentications(terms, handshakeTimeout, () => this.#isCrowded);
    this.#backlog = backlogOf(options);
    this.#acceptor = new Acceptor(server, {
      hasRoom: () => this.#hasRoom,
      take: (socket) => void this.#admit(socket),
    });
    server.unref();
  }

  /**
   * Begins to listen.
   *
   * @param address `{ path }` of a new Unix socket (on Linux `'\0name'` for one without a file), or `{ host, port }`, port
   * 0 for a free one. Default: a Unix socket that only this user can reach
   * @param options `authKey`, bytes or text; `backlog`; `legacyDigest`; `handshakeTimeout` in ms
   * @throws Error of the system when it cannot: `code` is `'EADDRINUSE'`, `'EADDRNOTAVAIL'`, `'EACCES'`, …
   * @throws TypeError, RangeError on bad arguments, and for an address that other machines can reach without `authKey`
   */
  static listen(address?: Address, options: ListenOptions = {}): Promise<Listener> {
    return Listener.#listen(address, options);
  }

  static async #listen(
    address: Address | undefined,
    options: ListenOptions,
    guestKey?: Uint8Array,
  ): Promise<Listener> {
    const where = address === undefined ? undefined : checkAddress(address);
    checkOptions(options, 'listen()', ['authKey', 'backlog', 'legacyDigest', 'handshakeTimeout']);
    const key = keyOf(options.authKey);
    checkLegacyDigest(options.legacyDigest);
    if (deadlineIn(options.handshakeTimeout, 'handshakeTimeout') === -Infinity)
      throw new RangeError(`handshakeTimeout must be more than 0, not ${options.handshakeTimeout}`);
    const { server, address: found } = await listenOn(
      where ?? privateAddress(),
      backlogOf(options),
      key !== undefined,
    );
    if (where === undefined && 'path' in found) chmodSync(found.path, 0o600);
    return new Listener(server, found, { ...options, authKey: key }, guestKey);
  }

  /** From where the connection came that was accepted last; `undefined` for a Unix socket, and before the first. */
  get lastAccepted(): Address | undefined {
    return this.#lastAccepted;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Waits for a connection of a client that has the key. Mistakes of clients are not errors of this call.
   *
   * @typeParam T what the messages are
   * @param options `timeout` in ms; `signal`
   * @throws TimeoutError `ERR_MP_TIMEOUT` when no client came in time
   * @throws ClosedError `ERR_MP_CLOSED` when the listener was closed
   */
  async accept<T = unknown>(options?: WaitOptions): Promise<Connection<T>> {
    const { transport } = await this.#accept(options);
    return new Connection<T>(transport);
  }

  async #accept(options: WaitOptions | undefined): Promise<AcceptedClient> {
    this.#assertOpen();
    const deadline = deadlineOf(options);
    const client = await this.#line.wait(() => this.#take(), deadline, options?.signal);
    if (client === undefined)
      throw new TimeoutError(`Cannot accept within ${options?.timeout} ms: no client came`);
    this.#lastAccepted = client.from;
    return client;
  }

  /** Accepts connections until the listener is closed. Leaving the loop leaves it open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Connection, void, undefined> {
    return new AcceptLoop(
      () => this.accept(),
      () => this.#closed,
    );
  }

  /**
   * Stops listening: pending calls reject, clients that were not accepted see the end of file, and the file of a Unix
   * socket is removed. Connections that were accepted stay open. Safe to call again.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#acceptor.close();
    this.#server.close();
    const error = this.#closedError();
    this.#authentications?.end(error);
    for (const { transport } of this.#ready.splice(0)) transport.close();
    this.#line.failAll(error);
    this.#observers.tell();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** @internal Why it cannot travel. */
  get [REFUSE](): string {
    return 'a Listener stays in its process. Send its address, and connect() there';
  }

  /** @internal Ready when `accept` would not wait. */
  [WAITABLE](): Readiness {
    this.#assertOpen();
    return {
      title: 'a Listener',
      isReady: () => this.#ready.length > 0 || this.#closed,
      whenReady: (run) => this.#observers.add(run),
    };
  }

  /** Never rejects. */
  async #admit(socket: StreamSocket): Promise<void> {
    const from = socket.peer;
    const transport = new SocketTransport(socket);
    try {
      // Without a key it is ready at once, so that it counts when the next connection is to be accepted.
      const isGuest = this.#authentications !== undefined && (await this.#authentications.run(transport));
      this.#enqueue({ transport, from, isGuest });
    } catch (error) {
      transport.close();
      this.#refuse(error, from);
    }
    this.#acceptor.update();
  }

  get #hasRoom(): boolean {
    return !this.#closed && this.#ready.length < this.#backlog && (this.#authentications?.hasRoom ?? true);
  }

  /** Whether connections wait in the kernel because clients that are being authenticated keep all places. */
  get #isCrowded(): boolean {
    const isFull = this.#acceptor.lacksDescriptors || this.#authentications?.hasRoom === false;
    return isFull && this.#acceptor.hasWaiting;
  }

  #take(): AcceptedClient | undefined {
    const client = this.#ready.shift();
    if (client !== undefined) this.#acceptor.update();
    return client;
  }

  #enqueue(client: AcceptedClient): void {
    this.#assertOpen();
    this.#ready.push(client);
    this.#line.serve();
    if (this.#ready.length > 0) this.#observers.tell();
  }

  /** In a turn of its own: what a handler of the event throws is not an error of the handshake. */
  #refuse(error: unknown, from: Address | undefined): void {
    if (this.#closed) return;
    process.nextTick(() => this.emit('refused', error as Error, from));
  }

  #updateRef(): void {
    if (this.#line.isEmpty && this.#observers.isEmpty) this.#server.unref();
    else this.#server.ref();
  }

  #assertOpen(): void {
    if (this.#closed) throw this.#closedError();
  }

  #closedError(): ClosedError {
    return new ClosedError(`Cannot use the Listener at ${titleOf(this.address)}: it was closed`);
  }
}

function backlogOf({ backlog = 1_024 }: ListenOptions): number {
  if (typeof backlog !== 'number') throw new TypeError(`backlog must be a number, not a ${typeof backlog}`);
  if (Number.isInteger(backlog) && backlog >= 1 && backlog <= 65_535) return backlog;
  throw new RangeError(`backlog must be a whole number from 1 to 65535, not ${backlog}`);
}
