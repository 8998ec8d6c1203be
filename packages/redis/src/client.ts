import { createClient, createCluster, RESP_TYPES } from 'redis';
import type { Argument, Reply, Script } from './scripts.ts';

/** Where Redis is. It can be sent to another thread. */
export interface Reach {
  readonly url: string;
  /** Whether `url` is one node of a cluster. */
  readonly cluster: boolean;
}

/** One connection; a cluster has several, which count as one. */
export interface Client {
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

/**
 * The library would give each command a timer and an AbortSignal of its own, for the time until it is written. A {@link Link}
 * sees a dead connection by its silence.
 */
const NO_TIMEOUT = { timeout: undefined };

/** Strings come as bytes. */
const AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/**
 * Connects. The connection is not made again by itself: its end is told.
 *
 * @param lost it has ended, or cannot be trusted any more
 */
export async function connectClient({ url, cluster }: Reach, lost: (error: Error) => void): Promise<Client> {
  return cluster ? ClusterClient.connect(url) : SingleClient.connect(url, lost);
}

function words(script: string, how: string, keys: readonly string[], args: readonly Argument[]) {
  const all: (string | Buffer)[] = [how, script, String(keys.length), ...keys];
  for (const each of args) all.push(typeof each === 'number' ? String(each) : each);
  return all;
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

class SingleClient implements Client {
  readonly #client: ReturnType<typeof createClient>;
  /** Digests of the scripts that were sent over it: they are known there when the next call comes. */
  readonly #known = new Set<string>();

  private constructor(client: ReturnType<typeof createClient>) {
    this.#client = client;
  }

  static async connect(url: string, lost: (error: Error) => void): Promise<SingleClient> {
    const client = createClient({
      url,
      disableOfflineQueue: true,
      disableClientInfo: true,
      commandOptions: NO_TIMEOUT,
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
    return new SingleClient(client as ReturnType<typeof createClient>);
  }

  async run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    const { sha, source } = script;
    // The first call brings the source, so that no later one, which may be on its way already, finds it unknown.
    const isKnown = this.#known.has(sha);
    this.#known.add(sha);
    const first = isKnown ? words(sha, 'EVALSHA', keys, args) : words(source, 'EVAL', keys, args);
    try {
      return await this.#client.sendCommand<Reply>(first, AS_BYTES);
    } catch (error) {
      // SCRIPT FLUSH by somebody.
      if (!isUnknownScript(error)) throw error;
      return this.#client.sendCommand<Reply>(words(source, 'EVAL', keys, args), AS_BYTES);
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

/** The library finds the node of a key, and makes each node's connection again itself. */
class ClusterClient implements Client {
  readonly #client: ReturnType<typeof createCluster>;

  private constructor(client: ReturnType<typeof createCluster>) {
    this.#client = client;
  }

  static async connect(url: string): Promise<ClusterClient> {
    const { username, password, protocol } = new URL(url);
    const client = createCluster({
      rootNodes: [{ url }],
      defaults: {
        ...(username === '' ? {} : { username: decodeURIComponent(username) }),
        ...(password === '' ? {} : { password: decodeURIComponent(password) }),
        ...(protocol === 'rediss:' ? { socket: { tls: true } } : {}),
        disableClientInfo: true,
        maintNotifications: 'disabled',
      },
      commandOptions: NO_TIMEOUT,
    });
    // Each error also rejects the calls that it ended.
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      client.destroy();
      throw error;
    }
    return new ClusterClient(client as unknown as ReturnType<typeof createCluster>);
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

  command(...all: string[]): Promise<unknown> {
    return this.#client.sendCommand(undefined, true, all);
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    await this.#client.subscribe(channel, listener);
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#client.unsubscribe(channel);
  }

  setRef(): void {}

  destroy(): void {
    this.#client.destroy();
  }
}
