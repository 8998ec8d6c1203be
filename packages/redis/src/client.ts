import { createClient, createCluster, ErrorReply, RESP_TYPES } from 'redis';
import type { Argument, Reply, Script } from './scripts.ts';

/** Where Redis is. It can be sent to another thread. */
export interface Reach {
  readonly url: string;
  /** Whether `url` is one node of a cluster. */
  readonly cluster: boolean;
  /** URLs of other nodes of it: the cluster is found by any of them. */
  readonly nodes?: readonly string[];
}

/** One connection; a cluster has several, which count as one. */
export interface Client {
  /** How to connect again when this connection is lost. */
  readonly reach: Reach;
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply>;
  /** A command that names no key. */
  command(...words: string[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Whether it keeps the process alive. */
  setRef(keepsAlive: boolean): void;
  /** Ends it; what is under way rejects. */
  destroy(): void;
}

/** How long a Redis may take to answer the first words of a connection. */
const GREETING_MS = 5_000;
/** A node of a cluster that cannot be reached: the pauses between attempts, and how many there are. */
const NODE_PAUSE_MS = 20;
const NODE_PAUSE_MOST_MS = 250;
const NODE_ATTEMPTS = 20;
/** While a node is looked for in vain, the others are asked so often whether another one has its slots now. */
const ASK_OTHERS_MS = 250;

/**
 * The library would give each command a timer and an AbortSignal of its own, for the time until it is written. A {@link Link}
 * sees a dead connection by its silence.
 */
const NO_TIMEOUT = { timeout: undefined };

/** Strings come as bytes. */
const AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/** What a connection tells of itself. */
export interface ClientEvents {
  /** It has ended, or cannot be trusted any more. It is not made again by itself. */
  lost(error: Error): void;
  /** A part of it was made again, perhaps to another node: what that has may be a little older. */
  again(): void;
}

export async function connectClient(reach: Reach, events: ClientEvents): Promise<Client> {
  return reach.cluster ? ClusterClient.connect(reach, events) : SingleClient.connect(reach, events);
}

function words(script: string, how: string, keys: readonly string[], args: readonly Argument[]) {
  const all: (string | Buffer)[] = [how, script, String(keys.length)];
  for (const key of keys) all.push(key);
  for (const each of args) all.push(typeof each === 'number' ? String(each) : each);
  return all;
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

class SingleClient implements Client {
  readonly reach: Reach;
  readonly #client: ReturnType<typeof createClient>;
  /** Digests of the scripts that were sent over it: they are known there when the next call comes. */
  readonly #known = new Set<string>();

  private constructor(reach: Reach, client: ReturnType<typeof createClient>) {
    this.reach = reach;
    this.#client = client;
  }

  static async connect(reach: Reach, { lost }: ClientEvents): Promise<SingleClient> {
    const client = createClient({
      url: reach.url,
      disableOfflineQueue: true,
      disableClientInfo: true,
      // Said once: the library would merge it into the options of each command.
      commandOptions: { ...NO_TIMEOUT, ...AS_BYTES },
      maintNotifications: 'disabled',
      socket: { reconnectStrategy: false },
    });
    client.on('error', lost);
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      client.destroy();
    }, GREETING_MS);
    try {
      await client.connect();
    } catch (error) {
      if (isLate) throw new Error(`it did not answer within ${GREETING_MS} ms`);
      client.destroy();
      throw error;
    } finally {
      clearTimeout(late);
    }
    return new SingleClient(reach, client as ReturnType<typeof createClient>);
  }

  async run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    const { sha, source } = script;
    // The first call brings the source, so that no later one, which may be on its way already, finds it unknown.
    const isKnown = this.#known.has(sha);
    this.#known.add(sha);
    const first = isKnown ? words(sha, 'EVALSHA', keys, args) : words(source, 'EVAL', keys, args);
    try {
      return await this.#client.sendCommand<Reply>(first);
    } catch (error) {
      // SCRIPT FLUSH by somebody.
      if (!isUnknownScript(error)) throw error;
      return this.#client.sendCommand<Reply>(words(source, 'EVAL', keys, args));
    }
  }

  command(...all: string[]): Promise<unknown> {
    return this.#client.sendCommand(all);
  }

  subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    return this.#client.subscribe(channel, listener);
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#client.unsubscribe(channel);
  }

  setRef(keepsAlive: boolean): void {
    if (keepsAlive) this.#client.ref();
    else this.#client.unref();
  }

  destroy(): void {
    this.#client.destroy();
  }
}

/**
 * The library finds the node of a key, follows slots that move, and makes each node's connection again itself. One that it cannot
 * make again for long is the loss of all: then the cluster is looked for anew, as a node that was there from the beginning may be
 * gone for ever.
 */
class ClusterClient implements Client {
  readonly #reach: Reach;
  readonly #client: ReturnType<typeof createCluster>;
  #isRef = true;

  private constructor(reach: Reach, client: ReturnType<typeof createCluster>, { lost, again }: ClientEvents) {
    this.#reach = reach;
    this.#client = client;
    const first = new Set(client.nodeByAddress.keys());
    client.on('node-ready', ({ host, port }: NodeAddress) => {
      this.setRef(this.#isRef);
      // A node that was there at the beginning is connected when something is asked of it.
      if (!first.delete(`${host}:${port}`)) again();
    });
    client.on('node-reconnecting', ({ host, port }: NodeAddress) => {
      // Messages were lost with it, and nobody else would say so.
      if (client.pubSubNode?.address === `${host}:${port}`)
        lost(new Error('the connection to the node that sends the messages was lost'));
    });
  }

  static async connect(reach: Reach, events: ClientEvents): Promise<ClusterClient> {
    const { username, password, protocol } = new URL(reach.url);
    const client = createCluster({
      // They are asked one after the other. One that says nothing must not hold that up.
      rootNodes: [reach.url, ...(reach.nodes ?? [])].map((url) => ({
        url,
        socket: { socketTimeout: GREETING_MS },
      })),
      // A node that is away holds up nobody who has no use for it.
      minimizeConnections: true,
      topologyRefreshOnReconnectionAttemptStrategy: ASK_OTHERS_MS,
      defaults: {
        ...(username === '' ? {} : { username: decodeURIComponent(username) }),
        ...(password === '' ? {} : { password: decodeURIComponent(password) }),
        disableClientInfo: true,
        maintNotifications: 'disabled',
        socket: {
          ...(protocol === 'rediss:' ? { tls: true } : {}),
          reconnectStrategy(attempts: number, cause: Error) {
            if (attempts < NODE_ATTEMPTS) return Math.min(NODE_PAUSE_MS * 2 ** attempts, NODE_PAUSE_MOST_MS);
            events.lost(cause);
            return false;
          },
        } as { tls: true; reconnectStrategy(attempts: number, cause: Error): number | false },
      },
      commandOptions: NO_TIMEOUT,
    });
    let lastError: unknown;
    // Each error also rejects the calls that it ended.
    client.on('error', (error) => {
      lastError = error;
    });
    client.on('node-error', () => {});
    try {
      await client.connect();
    } catch (error) {
      client.destroy();
      throw lastError ?? error;
    }
    return new ClusterClient(reach, client as unknown as ReturnType<typeof createCluster>, events);
  }

  get reach(): Reach {
    const { url } = this.#reach;
    const { protocol } = new URL(url);
    const known = [...this.#client.nodeByAddress.values()].map(
      ({ host, port }) => `${protocol}//${host.includes(':') ? `[${host}]` : host}:${port}`,
    );
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

  /** Asks the node that sends the messages, or any. */
  async command(...all: string[]): Promise<unknown> {
    const { pubSubNode, masters } = this.#client;
    if (pubSubNode !== undefined) return pubSubNode.client.sendCommand(all);
    try {
      return await Promise.any(
        masters.map(async (node) => (await this.#client.nodeClient(node)).sendCommand(all)),
      );
    } catch (thrown) {
      const { errors } = thrown as AggregateError;
      // What a node has answered says more than that another one cannot be reached.
      throw errors.find((error) => error instanceof ErrorReply) ?? thrown;
    }
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    await this.#client.subscribe(channel, listener);
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#client.unsubscribe(channel);
  }

  setRef(keepsAlive: boolean): void {
    this.#isRef = keepsAlive;
    const { nodeByAddress, pubSubNode } = this.#client;
    for (const node of [...nodeByAddress.values(), pubSubNode]) {
      if (keepsAlive) node?.client?.ref();
      else node?.client?.unref();
    }
  }

  destroy(): void {
    this.#client.destroy();
  }
}

interface NodeAddress {
  readonly host: string;
  readonly port: number;
}
