import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Where the life of a client ends. */
export interface CutPoint {
  /** Its so many-th command, of all of its connections. */
  readonly command: number;
  /** Redis does not get it; or gets it, and its answer is lost. */
  readonly moment: 'before' | 'unanswered';
  /** Whether it lives on, and only its connections are lost. */
  readonly survives?: boolean;
}

/** A way to a Redis on which a client dies at one point: from there on, nothing goes in any direction, and nobody is let in. */
export class CutProxy {
  readonly #server: Server;
  readonly #port: number;
  readonly #point: CutPoint;
  readonly #sockets = new Set<Socket>();
  /** Commands that went over it. */
  commands = 0;
  /** Whether nothing goes over it. */
  isCut = false;
  /** Whether the point was reached. */
  wasCut = false;

  private constructor(server: Server, port: number, point: CutPoint) {
    this.#server = server;
    this.#port = port;
    this.#point = point;
    server.on('connection', (socket) => this.#take(socket));
  }

  static async before(port: number, point: CutPoint): Promise<CutProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CutProxy(server, port, point);
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #take(client: Socket): void {
    if (this.isCut) {
      client.destroy();
      return;
    }
    const redis = connect(this.#port, '127.0.0.1');
    for (const socket of [client, redis]) {
      this.#sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          this.#sockets.delete(socket);
          (socket === client ? redis : client).destroy();
        });
    }
    let unread = Buffer.alloc(0);
    client.on('data', (chunk) => {
      unread = Buffer.concat([unread, chunk]);
      for (let end = endOfCommand(unread); end > 0; end = endOfCommand(unread)) {
        if (this.isCut) return;
        const command = unread.subarray(0, end);
        unread = unread.subarray(end);
        this.#pass(command, redis);
      }
    });
    redis.on('data', (chunk) => {
      if (!this.isCut) client.write(chunk);
    });
  }

  #pass(command: Buffer, redis: Socket): void {
    const isLast = ++this.commands === this.#point.command;
    if (!isLast) {
      redis.write(command);
      return;
    }
    this.isCut = true;
    this.wasCut = true;
    if (this.#point.moment === 'before') this.#cut();
    // Redis has run it when it answers.
    else redis.write(command, () => redis.once('data', () => this.#cut()));
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.isCut = this.#point.survives !== true;
  }
}

/** Where the first command ends: `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. 0 = it is not whole. */
function endOfCommand(bytes: Buffer): number {
  let at = 0;
  const line = () => {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const number = Number(bytes.toString('latin1', at + 1, end));
    at = end + 2;
    return number;
  };
  const parts = line();
  if (parts === undefined) return 0;
  for (let i = 0; i < parts; i++) {
    const length = line();
    if (length === undefined) return 0;
    at += length + 2;
    if (at > bytes.length) return 0;
  }
  return at;
}
