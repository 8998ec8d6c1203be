import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Connection, pipe } from '@mp/pipe';
import { Thread, task } from '@mp/process';

/** Where a server listens; port 0 is a free one. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

type Answer = { readonly fd: number; readonly port: number } | { readonly error: Error };

/**
 * Opens a listening socket, and then stands still.
 *
 * A server of Node takes connections as soon as it listens, wherever its event loop runs. The one of this thread never runs
 * again, so that all connections are left to the workers, which inherit the descriptor.
 */
export const holdPort = task(import.meta, function holdPort(place: Place, answer: Connection<Answer>) {
  const server = createServer();
  server.once('error', (error) => answer.sendSync({ error }));
  server.listen(place, () => {
    const { port } = server.address() as AddressInfo;
    answer.sendSync({ fd: descriptorOf(server), port });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
});

/** Node takes a descriptor in `listen({ fd })`, but has no public name for the one of a server. */
function descriptorOf(server: Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd;
}

/** A listening socket for workers to inherit, in which connections wait while no worker takes them. */
export class Port {
  readonly #holder: Thread;
  /** The descriptor, to be inherited. */
  readonly fd: number;
  readonly number: number;

  private constructor(holder: Thread, fd: number, number: number) {
    this.#holder = holder;
    this.fd = fd;
    this.number = number;
  }

  /** @throws Error of the system when it cannot be opened: its `code` is `'EADDRINUSE'`, `'EACCES'`, … */
  static async open(place: Place): Promise<Port> {
    const [here, there] = pipe<Answer>();
    const holder = new Thread({ target: holdPort, args: [place, there], daemon: true });
    holder.start();
    try {
      const answer = await here.recv();
      if ('fd' in answer) return new Port(holder, answer.fd, answer.port);
      await holder.join();
      throw answer.error;
    } finally {
      here.close();
    }
  }

  async close(): Promise<void> {
    this.#holder.terminate();
    await this.#holder.join();
  }
}
