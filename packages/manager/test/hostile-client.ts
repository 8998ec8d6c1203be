import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTo, type Socket } from 'node:net';
import { HANDLE } from '@mp/core/internal';
import { Connection, connectTransport, transportOf } from '@mp/pipe/internal';
import { encode } from '@mp/serde/internal';

export type TcpAddress = { host: string; port: number };

/** A client that sends what it likes, from the first byte on. */
export class Stranger {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);
  #more = () => {};
  #isClosed = false;

  constructor(address: TcpAddress) {
    this.socket = connectTo(address);
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#more();
    });
    this.closed = once(this.socket, 'close').then(() => {
      this.#isClosed = true;
      this.#more();
    });
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** The next message; `undefined` at the end. */
  async message(): Promise<Buffer | undefined> {
    for (;;) {
      const length = this.#received.length < 4 ? Infinity : this.#received.readInt32BE(0);
      if (this.#received.length >= 4 + length) {
        const message = this.#received.subarray(4, 4 + length);
        this.#received = this.#received.subarray(4 + length);
        return message;
      }
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#more = resolve;
      });
    }
  }
}

/** Proves the key by hand, and says hello. @param send how its messages leave */
export async function enter(
  stranger: Stranger,
  key: string,
  send: (message: Buffer) => unknown = (message) => stranger.write(frame(message)),
): Promise<void> {
  await send(proof((await stranger.message()) as Buffer, key));
  if ((await stranger.message())?.toString() !== '#WELCOME#') throw new Error('The server refused the key');
  const challenge = Buffer.concat([Buffer.from('#CHALLENGE#{sha256}'), randomBytes(40)]);
  await send(challenge);
  if (!(await stranger.message())?.equals(proof(challenge, key)))
    throw new Error('The server has another key');
  await send(Buffer.from('#WELCOME#'));
  // { version: 1, near: false }
  await send(Buffer.from('82a776657273696f6e01a46e656172c2', 'hex'));
  if (!(await stranger.message())?.includes('guestKey')) throw new Error('The server said no welcome');
}

export function frame(message: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeInt32BE(message.length);
  return Buffer.concat([header, message]);
}

/** What proves that one knows the key, as an answer to a challenge. */
export function proof(challenge: Buffer, key: string, digest = 'sha256'): Buffer {
  const message = challenge.subarray('#CHALLENGE#'.length);
  const hmac = createHmac(digest, key).update(message).digest();
  return digest === 'md5' ? hmac : Buffer.concat([Buffer.from(`{${digest}}`), hmac]);
}

/** What a call gave. */
export interface Answer {
  readonly what: number;
  readonly value: unknown;
}

interface Said {
  readonly server: { readonly guestKey: Uint8Array };
  readonly refused?: string;
}

/** A client that has a key and speaks the protocol as it likes. */
export class Insider {
  readonly connection: Connection<unknown>;
  readonly guestKey: Uint8Array;
  /** Whether the server has no place for it. */
  readonly isRefused: boolean;
  #id = 0;
  readonly #unread: [number, Answer][] = [];

  private constructor(connection: Connection<unknown>, { server, refused }: Said) {
    this.connection = connection;
    this.guestKey = server.guestKey;
    this.isRefused = refused !== undefined;
    if (this.isRefused) connection.close();
  }

  static async connect(address: TcpAddress, authKey: string | Uint8Array, hello: unknown = HELLO) {
    const connection = new Connection<unknown>(await connectTransport(address, { authKey }));
    try {
      await connection.send(hello);
      return new Insider(connection, (await connection.recv()) as Said);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** A value in the bytes of arguments. */
  bytesOf(value: unknown): Buffer {
    const { carrier } = transportOf(this.connection);
    return Buffer.from(encode(value, carrier).bytes);
  }

  /** Sends a message as it is. */
  send(message: unknown): Promise<void> {
    return this.connection.send(message);
  }

  /** Sends operations. */
  operate(...operations: unknown[]): Promise<void> {
    return this.send([0, ...operations]);
  }

  /**
   * Makes a call, and waits for its answer.
   *
   * @returns an error as its text
   * @throws Error when the next answer is that of another call: the test has not read all answers before
   */
  async call(target: unknown, method: unknown, args: unknown = []): Promise<Answer> {
    const id = ++this.#id;
    await this.operate([id, target, method, args]);
    const [[answered, answer]] = (await this.#next(1)) as [[number, Answer]];
    if (answered !== id) throw new Error(`Call ${answered} was answered before call ${id}`);
    return answer;
  }

  /** The next answers, by the numbers of their calls. */
  async answers(count: number): Promise<Map<number, Answer>> {
    return new Map(await this.#next(count));
  }

  /** So many answers, however they are spread over messages. */
  async #next(count: number): Promise<[number, Answer][]> {
    while (this.#unread.length < count) {
      const triples = (await this.connection.recv()) as unknown[];
      for (let at = 0; at < triples.length; at += 3) {
        const [id, what, value] = triples.slice(at, at + 3) as [number, number, unknown];
        const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
        this.#unread.push([id, { what, value: text }]);
      }
    }
    return this.#unread.splice(0, count);
  }

  /** Makes a dict. @returns its number, by the order of what this client was told of */
  async dict(name: string | null = null): Promise<number> {
    await this.call(0, 'make', this.bytesOf(['dict', [null], name]));
    return 1;
  }

  /** Resolves when the server has closed the connection. */
  async ended(): Promise<true> {
    try {
      for (;;) await this.connection.recv();
    } catch {
      this.connection.close();
      return true;
    }
  }

  close(): void {
    this.connection.close();
  }
}

const HELLO = { version: 1, near: false };

/** What is the handle of an object of a manager in a message. */
export class Handle {
  readonly #data: readonly unknown[];

  constructor(...data: readonly unknown[]) {
    this.#data = data;
  }

  [HANDLE](): { kind: string; data: readonly unknown[] } {
    return { kind: 'proxy', data: this.#data };
  }
}

/** The handle of something else in a message, like that of an end of a pipe. */
export class OtherHandle {
  readonly #kind: string;
  readonly #data: unknown;

  constructor(kind: string, data: unknown) {
    this.#kind = kind;
    this.#data = data;
  }

  [HANDLE](): { kind: string; data: unknown } {
    return { kind: this.#kind, data: this.#data };
  }
}
