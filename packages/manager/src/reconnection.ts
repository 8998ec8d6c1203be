import { setTimeout as delay } from 'node:timers/promises';
import { ClosedError, TimeoutError, type WaitOptions } from '@mp/core';
import { checkOptions, deadlineIn, deadlineOf, timeLeft } from '@mp/core/internal';
import type { Address } from '@mp/pipe/internal';
import { Client } from './client.ts';
import { type ReachOptions, reach } from './reach.ts';
import { announce } from './references.ts';

/** How a server that cannot be reached is looked for. */
export interface RetryOptions {
  /** For how long, in ms, from the loss of a connection on. Default: 60,000. */
  timeout?: number | undefined;
}

const RETRY_MS = 60_000;
/** Longest time for one attempt, so that one that hangs is not the last. */
const ATTEMPT_MS = 10_000;

/** The first pause, and the longest. Each is twice the one before, less up to a half: clients of one server are many. */
const PAUSE_MS = 10;
const PAUSE_MOST_MS = 1_000;

/** What comes when no server is there, or one that is about to end or has just begun. */
const PASSING = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ERR_MP_LIMIT',
]);

/** What is told of each new connection. */
export interface Follower {
  /** From now on this client is used. It may be still connecting. */
  use(client: Client): void;
  /** The client is connected. */
  connected(): void;
}

/** Keeps a manager connected: when a connection is lost, it looks for the server, or another one at the same address. */
export class Reconnection {
  readonly #address: Address;
  readonly #how: ReachOptions;
  readonly #patience: number;
  readonly #stop = new AbortController();
  #client: Client | undefined;
  #follower: Follower | undefined;

  constructor(address: Address, how: ReachOptions, retry: RetryOptions | true) {
    const { timeout = RETRY_MS } = retry === true ? {} : checked(retry);
    deadlineIn(timeout, 'timeout');
    this.#address = address;
    this.#how = how;
    this.#patience = timeout;
  }

  /** The first connection. */
  async connect({ signal, timeout }: WaitOptions): Promise<Client> {
    const client = new Client();
    const deadline = deadlineOf({ timeout: timeout ?? this.#patience, signal });
    await this.#reach(client, deadline, signal);
    this.#keep(client);
    return client;
  }

  follow(follower: Follower): void {
    this.#follower = follower;
  }

  /** Ends the connection, and the search for a new one. */
  close(): void {
    this.#stop.abort();
    this.#client?.close();
  }

  #keep(client: Client): void {
    this.#client = client;
    client.staleAfterLoss = true;
    announce(client);
    client.onEnd(() => {
      if (!this.#stop.signal.aborted) void this.#again();
    });
  }

  /** Never rejects. */
  async #again(): Promise<void> {
    const client = new Client();
    this.#client = client;
    this.#follower?.use(client);
    try {
      await this.#reach(client, deadlineIn(this.#patience, 'timeout'), this.#stop.signal);
    } catch (error) {
      client.close(
        new ClosedError(
          `Cannot use the manager: it was lost, and not found again: ${(error as Error).message}`,
          {
            cause: error,
          },
        ),
      );
      return;
    }
    this.#keep(client);
    if (!client.closed) this.#follower?.connected();
  }

  async #reach(client: Client, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    for (let pause = PAUSE_MS; ; pause = Math.min(2 * pause, PAUSE_MOST_MS)) {
      try {
        const timeout = Math.min(ATTEMPT_MS, timeLeft(deadline));
        return await reach(client, this.#address, { ...this.#how, timeout, signal });
      } catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error) || timeLeft(deadline) <= pause) throw error;
        // Calls that wait keep the event loop alive, this does not.
        await delay(pause * (1 - Math.random() / 2), undefined, { signal, ref: this.#client === undefined });
      }
    }
  }
}

function checked(retry: RetryOptions): RetryOptions {
  if (typeof retry !== 'object' || retry === null)
    throw new TypeError('retry must be true, or { timeout } in ms');
  checkOptions(retry, 'retry', ['timeout']);
  return retry;
}

function isPassing(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return error instanceof ClosedError || error instanceof TimeoutError || PASSING.has(code);
}
