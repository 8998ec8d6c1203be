import { setMaxListeners } from 'node:events';
import { createCluster, ErrorReply } from 'redis';
import {
  AS_BYTES,
  type Client,
  type ClientEvents,
  GREETING_MS,
  isUnknownScript,
  NO_TIMEOUT,
  type Reach,
  words,
} from './client.ts';
import { firstOf } from './first-of.ts';
import type { Argument, Reply, Script } from './scripts.ts';
import { SingleClient } from './single-client.ts';

/** A node that cannot be reached: the pauses between attempts, and how many there are. */
const NODE_PAUSE_MS = 20;
const NODE_PAUSE_MOST_MS = 250;
const NODE_ATTEMPTS = 20;
/** While a node is looked for in vain, the others are asked so often whether another one has its slots now. */
const ASK_OTHERS_MS = 250;
/** A node that has not said within this time where the slots are may be stopped: another one is asked, too. */
const ASK_NEXT_MS = 250;

/**
 * The library finds the node of a key, follows slots that move, and makes each node's connection again itself. One that it cannot
 * make again for long is the loss of all: then the cluster is looked for anew, as a node that was there from the beginning may be
 * gone for good.
 */
export class ClusterClient implements Client {
  readonly #reach: Reach;
  readonly #client: ReturnType<typeof createCluster>;
  /** The URL of the node that said where the slots are. It has just answered, so it is asked what any node can do. */
  readonly #guide: string;
  readonly #events: ClientEvents;
  /** Ends also those connections that the library opens to ask for the slots, and that it does not end itself. */
  readonly #ends: AbortController;
  /** The connection by which messages come. */
  #messages: Promise<SingleClient> | undefined;
  #isRef = true;

  private constructor(
    reach: Reach,
    client: ReturnType<typeof createCluster>,
    guide: string,
    ends: AbortController,
    events: ClientEvents,
  ) {
    this.#reach = reach;
    this.#client = client;
    this.#guide = guide;
    this.#ends = ends;
    this.#events = events;
    const first = new Set(client.nodeByAddress.keys());
    client.on('node-ready', ({ host, port }: NodeAddress) => {
      this.setRef(this.#isRef);
      // A node that was there at the beginning is connected when something is asked of it.
      if (!first.delete(`${host}:${port}`)) events.again();
    });
  }

  /** By any node that is known: one that is stopped or gone holds nobody up. @param signal ends the attempt */
  static async connect(reach: Reach, events: ClientEvents, signal: AbortSignal): Promise<ClusterClient> {
    const known = [...new Set([reach.url, ...(reach.nodes ?? [])])];
    // Not all clients ask the same node.
    const first = Math.floor(Math.random() * known.length);
    const guides = [...known.slice(first), ...known.slice(0, first)];
    try {
      return await firstOf(
        guides,
        ASK_NEXT_MS,
        (guide, faster) => ClusterClient.#by(guide, AbortSignal.any([signal, faster]), reach, events),
        (late) => late.destroy(),
      );
    } catch (thrown) {
      const { errors } = thrown as AggregateError;
      // What a node has answered says more than that another one cannot be reached.
      throw errors.find((error) => error instanceof ErrorReply) ?? errors.at(-1);
    }
  }

  static async #by(
    guide: string,
    signal: AbortSignal,
    reach: Reach,
    events: ClientEvents,
  ): Promise<ClusterClient> {
    signal.throwIfAborted();
    const { username, password, protocol } = new URL(reach.url);
    const ends = new AbortController();
    setMaxListeners(0, ends.signal);
    const client = createCluster({
      rootNodes: [{ url: guide }],
      // A node that is away holds up only calls for its own objects.
      minimizeConnections: true,
      topologyRefreshOnReconnectionAttemptStrategy: ASK_OTHERS_MS,
      defaults: {
        ...(username === '' ? {} : { username: decodeURIComponent(username) }),
        ...(password === '' ? {} : { password: decodeURIComponent(password) }),
        disableClientInfo: true,
        maintNotifications: 'disabled',
        socket: {
          ...(protocol === 'rediss:' ? { tls: true } : {}),
          // Read for each socket. One that is made after the end would be connected all the same, and nothing would end it.
          get signal() {
            ends.signal.throwIfAborted();
            return ends.signal;
          },
          reconnectStrategy(attempts: number, cause: Error) {
            if (attempts < NODE_ATTEMPTS) return Math.min(NODE_PAUSE_MS * 2 ** attempts, NODE_PAUSE_MOST_MS);
            events.lost(cause);
            return false;
          },
        } as { tls: true; reconnectStrategy(attempts: number, cause: Error): number | false },
      },
      commandOptions: NO_TIMEOUT,
    });
    let firstError: unknown;
    // Each error also rejects the calls that it ended.
    client.on('error', (error) => {
      firstError ??= error;
    });
    client.on('node-error', () => {});
    const end = (error: Error) => {
      firstError ??= error;
      client.destroy();
      ends.abort();
    };
    const late = setTimeout(() => end(new Error(`it did not answer within ${GREETING_MS} ms`)), GREETING_MS);
    const stop = () => end(signal.reason);
    signal.addEventListener('abort', stop);
    try {
      await client.connect();
    } catch (error) {
      end(error as Error);
      throw firstError;
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
    }
    return new ClusterClient(
      reach,
      client as unknown as ReturnType<typeof createCluster>,
      guide,
      ends,
      events,
    );
  }

  get reach(): Reach {
    const known = [...this.#client.nodeByAddress.values()].map(({ host, port }) => {
      // With the user and the password of all.
      const node = new URL(this.#reach.url);
      node.host = `${host.includes(':') ? `[${host}]` : host}:${port}`;
      return node.href;
    });
    return known.length === 0 ? this.#reach : { ...this.#reach, nodes: known };
  }

  async run({ sha, source }: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    try {
      return await this.#send(keys[0], words(sha, 'EVALSHA', keys, args));
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.#send(keys[0], words(source, 'EVAL', keys, args));
    }
  }

  #send(key: string, all: readonly (string | Buffer)[]): Promise<Reply> {
    return this.#client.sendCommand<Reply>(key, false, all as (string | Buffer)[], AS_BYTES);
  }

  /** Asks the node that sends the messages, or the one that said where the slots are. */
  async command(...all: string[]): Promise<unknown> {
    if (this.#messages !== undefined) return (await this.#messages).command(...all);
    const guide = await this.#connectGuide(() => {});
    try {
      return await guide.command(...all);
    } finally {
      guide.destroy();
    }
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    this.#messages ??= this.#connectMessages();
    await (await this.#messages).subscribe(channel, listener);
  }

  async unsubscribe(channel: string): Promise<void> {
    await (await this.#messages)?.unsubscribe(channel);
  }

  /** Every node sends the messages of all. */
  async #connectMessages(): Promise<SingleClient> {
    try {
      const messages = await this.#connectGuide((error) => this.#events.lost(error));
      messages.setRef(this.#isRef);
      return messages;
    } catch (error) {
      this.#events.lost(error as Error);
      throw error;
    }
  }

  #connectGuide(lost: (error: Error) => void): Promise<SingleClient> {
    const reach = { url: this.#guide, cluster: false };
    return SingleClient.connect(reach, { lost, again() {} }, this.#ends.signal);
  }

  setRef(keepsAlive: boolean): void {
    this.#isRef = keepsAlive;
    for (const { client } of this.#client.nodeByAddress.values()) {
      if (keepsAlive) client?.ref();
      else client?.unref();
    }
    this.#messages?.then(
      (messages) => messages.setRef(this.#isRef),
      () => {},
    );
  }

  destroy(): void {
    this.#client.destroy();
    this.#ends.abort();
  }
}

interface NodeAddress {
  readonly host: string;
  readonly port: number;
}
