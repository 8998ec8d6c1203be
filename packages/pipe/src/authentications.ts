import { TimeoutError } from '@mp/core';
import { authenticateClient, type Terms } from './handshake.ts';
import { PeerExchange } from './socket-peer.ts';
import type { Transport } from './transport.ts';

/*
 * One client, from its connection to its place among those that wait to be accepted:
 *
 * | state     | next                                                                                           |
 * | --------- | ---------------------------------------------------------------------------------------------- |
 * | in the kernel's queue | UNPROVED, when there is room for it                                                |
 * | UNPROVED  | PROVED, by the right answer to the challenge. Refused: wrong bytes; its time is over; all places |
 * |           | are taken, others wait, and for two seconds no client has proved anything                         |
 * | PROVED    | ready to be accepted. Refused: it has no key for us; its time is over                            |
 *
 * Time is that of `#now`, which all but stands still while the thread is blocked: what came meanwhile is read before
 * the next tick.
 */

/** Clients that are authenticated at once: a burst of 1,000 and some strangers find places. */
const CLIENTS_MOST = 1_536;

/** How long a client keeps its place without having proved anything, when others wait and no client proves anything. */
const CROWDED_MS = 2_000;

const TICK_MS = 50;

/** What a tick counts at most, however long the thread was blocked before it. */
const TICK_MOST_MS = 2 * TICK_MS;

interface Client {
  readonly begun: number;
  readonly exchange: PeerExchange;
  proved: boolean;
}

/** The clients of a listener that have yet to prove that they have the key. */
export class Authentications {
  readonly #terms: Terms;
  readonly #timeout: number;
  readonly #isCrowded: () => boolean;
  /** In the order in which they began. */
  readonly #clients = new Map<Transport, Client>();
  /** Milliseconds in which the event loop could read what clients sent. */
  #now = 0;
  /** When a client proved that it has the key, the last time. */
  #proof = 0;
  #tickedAt = 0;
  #ticker: NodeJS.Timeout | undefined;

  /**
   * @param timeout how long each may take, in milliseconds
   * @param isCrowded asked now and then: whether others wait because these here keep the places
   */
  constructor(terms: Terms, timeout: number, isCrowded: () => boolean) {
    this.#terms = terms;
    this.#timeout = timeout;
    this.#isCrowded = isCrowded;
  }

  get hasRoom(): boolean {
    return this.#clients.size < CLIENTS_MOST;
  }

  /**
   * Resolves when the client has proved it; rejects with why not. Nothing is kept alive for a stranger.
   *
   * @returns whether it is a guest
   */
  async run(transport: Transport): Promise<boolean> {
    const exchange = new PeerExchange(transport);
    const client: Client = { begun: this.#now, exchange, proved: false };
    this.#clients.set(transport, client);
    this.#start();
    transport.keepsAlive = false;
    try {
      const isGuest = await authenticateClient(exchange, this.#terms, () => {
        client.proved = true;
        this.#proof = this.#now;
      });
      exchange.throwIfFailed();
      transport.keepsAlive = true;
      return isGuest;
    } finally {
      exchange.close();
      this.#clients.delete(transport);
    }
  }

  /** Rejects all of them. */
  end(error: Error): void {
    for (const { exchange } of this.#clients.values()) exchange.fail(error);
    this.#stop();
  }

  #start(): void {
    // The time before the first client is none of its own.
    if (this.#clients.size === 1) this.#tickedAt = performance.now();
    if (this.#ticker !== undefined) return;
    this.#ticker = setInterval(() => {
      const now = performance.now();
      this.#now += Math.min(now - this.#tickedAt, TICK_MOST_MS);
      this.#tickedAt = now;
      // Not with the last client: the next one may be there at once.
      if (this.#clients.size === 0) this.#stop();
      else this.#refuseLate();
    }, TICK_MS).unref();
  }

  #stop(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  #refuseLate(): void {
    const crowded = this.#isCrowded();
    for (const { begun, exchange, proved } of this.#clients.values()) {
      if (this.#now - begun >= this.#timeout) {
        exchange.fail(
          new TimeoutError(`It did not prove within ${this.#timeout} ms that it has the authKey`),
        );
      } else if (crowded && !proved && this.#now - Math.max(begun, this.#proof) >= CROWDED_MS) {
        const others = 'others waited for its place';
        exchange.fail(
          new TimeoutError(`It did not prove within ${CROWDED_MS} ms that it has the authKey, and ${others}`),
        );
      }
    }
  }
}
