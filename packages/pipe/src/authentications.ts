import { TimeoutError } from '@mp/core';
import { deadlineIn } from '@mp/core/internal';
import { authenticateClient, type Terms } from './handshake.ts';
import { exchangeOver } from './socket-peer.ts';
import type { SocketTransport } from './socket-transport.ts';

/** Clients that are authenticated at once; when there are more, the one that takes longest is refused. */
const CLIENTS_MOST = 64;

/** The clients of a listener that have yet to prove that they have the key. */
export class Authentications {
  readonly #terms: Terms;
  readonly #timeout: number;
  /** In the order in which they began. */
  readonly #clients = new Map<SocketTransport, AbortController>();

  /** @param timeout how long each may take, in milliseconds */
  constructor(terms: Terms, timeout: number) {
    this.#terms = terms;
    this.#timeout = timeout;
  }

  /** Resolves when the client has proved it; rejects with why not. */
  async run(client: SocketTransport): Promise<void> {
    const abort = new AbortController();
    this.#makeRoom();
    this.#clients.set(client, abort);
    try {
      const exchange = exchangeOver(client, deadlineIn(this.#timeout), abort.signal);
      await authenticateClient(exchange, this.#terms);
      abort.signal.throwIfAborted();
    } finally {
      this.#clients.delete(client);
    }
  }

  /** Rejects all of them. */
  end(error: Error): void {
    for (const abort of this.#clients.values()) abort.abort(error);
  }

  /** Who has the key needs milliseconds, so the one that has taken longest is most likely a stranger. */
  #makeRoom(): void {
    if (this.#clients.size < CLIENTS_MOST) return;
    const [[oldest, abort]] = this.#clients;
    this.#clients.delete(oldest);
    abort.abort(new TimeoutError(`${CLIENTS_MOST} others came before it had proved that it has the authKey`));
  }
}
