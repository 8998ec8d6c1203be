import { connect, createServer, type Socket } from 'node:net';
import { type Address, Listener } from '@mp/pipe';

/** A header and a message. */
export function frame(message: Uint8Array | string): Buffer {
  const bytes = Buffer.from(message);
  const header = Buffer.alloc(4);
  header.writeInt32BE(bytes.length);
  return Buffer.concat([header, bytes]);
}

/** A peer that writes any bytes. */
export class RawPeer {
  readonly #socket: Socket;
  readonly #bytes: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    this.#socket = socket;
    this.#bytes = socket[Symbol.asyncIterator]();
  }

  static async to(address: Address): Promise<RawPeer> {
    const socket = connect(address);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawPeer(socket);
  }

  /** Resolves when the bytes have left. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.write(bytes, () => resolve());
    });
  }

  send(message: Uint8Array | string): Promise<void> {
    return this.write(frame(message));
  }

  /** The next `count` bytes; fewer at the end of file. */
  async read(count: number): Promise<Buffer> {
    while (this.#rest.length < count) {
      const next = await this.#bytes.next().catch(() => ({ done: true, value: undefined }));
      if (next.done || next.value === undefined) break;
      this.#rest = Buffer.concat([this.#rest, next.value]);
    }
    const bytes = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return bytes;
  }

  /** The next message; `undefined` at the end of file. */
  async message(): Promise<Buffer | undefined> {
    const header = await this.read(4);
    return header.length < 4 ? undefined : this.read(header.readInt32BE());
  }

  /** Ends its writing; it can still read. */
  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Listens, and has `talk` speak with the first who connects. */
export async function rawListener(
  talk: (peer: RawPeer) => Promise<void>,
): Promise<{ address: Address; talked: Promise<void>; close(): void }> {
  const { address } = await (async () => {
    await using listener = await Listener.listen();
    return listener;
  })();
  const server = createServer();
  const talked = new Promise<void>((resolve, reject) => {
    server.once('connection', (socket) => {
      const peer = new RawPeer(socket);
      talk(peer)
        .then(resolve, reject)
        .finally(() => peer.close());
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(address, resolve);
  });
  return { address, talked, close: () => server.close() };
}
