import { type AcceptedClient, Connection, limitValues, MemoryTransport } from '@mp/pipe/internal';
import { readWithoutObjects } from './coding.ts';
import { misuse } from './misuse.ts';
import { FAR, type Hello, NEAR, type ServerInfo, VERSION, type Welcome } from './protocol.ts';

/** How long a client may take, after it has proved its key, to say what it is. */
const HELLO_MS = 10_000;

/** How long a client that is refused may take to learn it. */
const REFUSE_MS = 1_000;

/** Longest message of an arrival. */
const HELLO_BYTES = 1_024;

/** For guests, who have it. */
const NO_KEY = new Uint8Array(0);

/** Told of a client that is refused, or thrown out: why, and from where it came. */
export type OnRefused = (error: unknown, from: AcceptedClient['from']) => void;

/** Reads a hello: it cannot have more values than bytes. */
const readHello = <T>(read: () => T): T => readWithoutObjects(HELLO_BYTES, read);

/** The clients that have proved a key and have yet to say how they go on. */
export class Arrivals {
  readonly #info: ServerInfo;
  readonly #connections = new Set<Connection<unknown>>();
  readonly #onRefused: OnRefused;
  #closed = false;

  /** @param onRefused told of each client that is not let in */
  constructor(info: ServerInfo, onRefused: OnRefused) {
    this.#info = info;
    this.#onRefused = onRefused;
  }

  get count(): number {
    return this.#connections.size;
  }

  /**
   * Both find out whether they share memory.
   *
   * @returns what the client goes on with; `undefined` when it has gone, or is no client of ours
   */
  async welcome({ transport, isGuest, from }: AcceptedClient): Promise<Connection<unknown> | undefined> {
    const socket = this.#arrived(new Connection<unknown>(transport));
    let pipe: Connection<unknown> | undefined;
    let withdraw: (() => void) | undefined;
    try {
      const { version, near } = ((await socket.recv({ timeout: HELLO_MS })) ?? {}) as Partial<Hello>;
      const offered =
        near === true && (from === undefined || isLoopback(from)) ? MemoryTransport.offer() : undefined;
      if (offered !== undefined) {
        pipe = this.#arrived(new Connection<unknown>(offered.transport));
        withdraw = offered.withdraw;
      }
      const server = isGuest ? { ...this.#info, guestKey: NO_KEY } : this.#info;
      const welcome: Welcome = { version: VERSION, server, offer: offered?.offer };
      await socket.send(welcome, { timeout: HELLO_MS });
      if (version !== VERSION) throw misuse(`it speaks version ${String(version)}`);
      const isNear = pipe !== undefined && (await chosen(socket, pipe));
      if (this.#closed) throw misuse('the server is closed');
      if (isNear) socket.close();
      else {
        pipe?.close();
        withdraw?.();
      }
      return isNear ? pipe : socket;
    } catch (error) {
      socket.close();
      transport.drop();
      pipe?.close();
      withdraw?.();
      this.#onRefused(error, from);
      return undefined;
    } finally {
      this.#connections.delete(socket);
      if (pipe !== undefined) this.#connections.delete(pipe);
    }
  }

  /** Tells a client why it cannot come in. Never rejects. */
  async refuse({ transport }: AcceptedClient, why: string): Promise<void> {
    const socket = new Connection<unknown>(transport);
    limitValues(socket, HELLO_BYTES, readHello);
    const refusal: Welcome = { version: VERSION, server: { ...this.#info, guestKey: NO_KEY }, refused: why };
    try {
      // What comes after the socket was closed would make TCP take the refusal back.
      await socket.recv({ timeout: REFUSE_MS });
      await socket.send(refusal, { timeout: REFUSE_MS });
      socket.close();
    } catch {
      socket.close();
      transport.drop();
    }
  }

  /** Lets no client in any more. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#connections) connection.close();
  }

  #arrived(connection: Connection<unknown>): Connection<unknown> {
    limitValues(connection, HELLO_BYTES, readHello);
    this.#connections.add(connection);
    return connection;
  }
}

function isLoopback(from: AcceptedClient['from']): boolean {
  return from !== undefined && 'host' in from && /^(?:::ffff:)?127\.|^::1$/.test(from.host);
}

/** Where the client goes on. @returns whether that is the pipe */
async function chosen(socket: Connection<unknown>, pipe: Connection<unknown>): Promise<boolean> {
  const stop = new AbortController();
  const options = { timeout: HELLO_MS, signal: stop.signal };
  const near = pipe.recv(options).then((said) => said === NEAR);
  // A client that goes on over the pipe closes the socket, which may be seen first.
  const far = socket.recv(options).then(
    (said) => {
      if (said !== FAR) throw misuse('it goes on neither here nor there');
      return false;
    },
    () => near,
  );
  try {
    return await Promise.race([near, far]);
  } finally {
    stop.abort();
    near.catch(() => {});
    far.catch(() => {});
  }
}
