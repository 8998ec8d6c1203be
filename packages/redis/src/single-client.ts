import { createClient } from 'redis';
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
import type { Argument, Reply, Script } from './scripts.ts';

/** The connection to one Redis. */
export class SingleClient implements Client {
  readonly reach: Reach;
  readonly #client: ReturnType<typeof createClient>;
  /** Digests of the scripts that were sent over it: they are known there when the next call comes. */
  readonly #known = new Set<string>();

  private constructor(reach: Reach, client: ReturnType<typeof createClient>) {
    this.reach = reach;
    this.#client = client;
  }

  /** @param signal ends it, too */
  static async connect(reach: Reach, { lost }: ClientEvents, signal: AbortSignal): Promise<SingleClient> {
    // A socket that is made with it then would be connected all the same, and nothing would end it.
    signal.throwIfAborted();
    const client = createClient({
      url: reach.url,
      disableOfflineQueue: true,
      disableClientInfo: true,
      // Said once: the library would merge it into the options of each command.
      commandOptions: { ...NO_TIMEOUT, ...AS_BYTES },
      maintNotifications: 'disabled',
      socket: { reconnectStrategy: false, signal } as { reconnectStrategy: false },
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
