import { setImmediate as turn } from 'node:timers/promises';
import type { Client, ClientEvents, Reach } from './client.ts';
import { ClusterClient } from './cluster-client.ts';
import { disconnected, isDisconnected, NotNow, serverError, siteClosed, unreachable } from './errors.ts';
import type { Argument, Reply, Script } from './scripts.ts';
import { SingleClient } from './single-client.ts';

/** How long a call waits for a connection that was lost, or for a Redis that is starting, before it rejects. */
export const PATIENCE_MS = 10_000;

/** The first pause between two attempts to connect, and the longest. */
const PAUSE_MS = 10;
const PAUSE_MOST_MS = 250;

/** So often in the time after which silence is taken for a loss it is looked for. A thread that was blocked sees one only. */
const TICKS = 4;

export interface LinkOptions {
  /** Calls that wait for an answer for so long, with none coming, show that the connection is dead, in ms. */
  readonly silence: number;
  /** A connection was made again. */
  readonly onAgain?: () => void;
  /** Asked now and then: whether silence is to be noticed although no call is under way. */
  readonly isNeeded?: () => boolean;
  /** Closes it while it is opened. */
  readonly signal?: AbortSignal;
}

/** A connection that is made again when it is lost. It keeps the process alive while calls are under way, or while it is held. */
export class Link {
  #reach: Reach;
  readonly #options: LinkOptions;
  readonly #ticks: NodeJS.Timeout;
  /** `undefined` while there is no connection. */
  #client: Client | undefined;
  /** Ends the attempt to connect that is under way. */
  #attempt = new AbortController();
  #up = new Signal<Client>();
  #lastError: unknown;
  #pause: NodeJS.Timeout | undefined;
  #isClosed = false;
  #calls = 0;
  #holds = 0;
  #silentTicks = 0;
  /** How often silence was looked for. Unlike a clock it stands while this thread is blocked, as answers are not read then. */
  #looks = 0;
  /** Calls to a cluster that were not answered, the oldest first: an answer of one node says nothing of the others. */
  readonly #sent = new Set<Sent>();
  /** Clusters that are not asked any more, while nodes of them still answer calls. */
  readonly #retired = new Set<Client>();

  private constructor(reach: Reach, options: LinkOptions) {
    this.#reach = reach;
    this.#options = options;
    this.#ticks = setInterval(() => this.#tick(), options.silence / TICKS).unref();
  }

  /** @throws MpError `ERR_MP_DISCONNECTED`, AuthenticationError `ERR_MP_AUTHENTICATION` */
  static async open(reach: Reach, options: LinkOptions): Promise<Link> {
    const link = new Link(reach, options);
    const { signal } = options;
    const close = () => link.close();
    signal?.addEventListener('abort', close);
    try {
      await link.#connect();
    } catch (error) {
      link.close();
      throw unreachable(error, placeOf(reach.url));
    } finally {
      signal?.removeEventListener('abort', close);
    }
    return link;
  }

  /** How to reach this Redis, as far as it is known by now. */
  get reach(): Reach {
    return this.#client?.reach ?? this.#reach;
  }

  get isUp(): boolean {
    return this.#client !== undefined;
  }

  /**
   * Runs a script: now, or when there is a connection again.
   *
   * @param until when it gives up waiting for that, as `performance.now()` tells the time. Default: in 10 s
   */
  async run(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    until?: number,
  ): Promise<Reply> {
    return this.#call(script.name, (client) => client.run(script, keys, args), until);
  }

  /** Runs a command that names no key. */
  async command(...words: string[]): Promise<unknown> {
    return this.#call(words[0], (client) => client.command(...words));
  }

  async #call<T>(
    what: string,
    call: (client: Client) => Promise<T>,
    until = performance.now() + PATIENCE_MS,
  ): Promise<T> {
    this.#begin();
    try {
      for (;;) {
        const client = this.#client ?? (await this.#again(what, until));
        try {
          return await (this.#reach.cluster ? this.#watched(client, call) : call(client));
        } catch (thrown) {
          const error = serverError(thrown, what);
          if (!(error instanceof NotNow)) {
            if (isReplica(thrown)) this.#lost(client, thrown);
            throw this.#isClosed ? siteClosed() : error;
          }
          if (performance.now() > until)
            throw disconnected(`Cannot ${what}: Redis is not ready: ${error.message}`, thrown);
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MOST_MS / 5));
        }
      }
    } finally {
      this.#end();
    }
  }

  /** What a cluster was asked ends with the silence of its node, also where the library waits for more than an answer. */
  #watched<T>(client: Client, call: (client: Client) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const sent = { client, at: this.#looks, reject };
      this.#sent.add(sent);
      const end = () => {
        this.#sent.delete(sent);
        if (this.#retired.has(client)) this.#endUnused(client);
      };
      call(client).then(resolve, reject).then(end);
    });
  }

  #endUnused(client: Client): void {
    for (const sent of this.#sent) if (sent.client === client) return;
    this.#retired.delete(client);
    client.destroy();
  }

  /** The connection, when there is one. @throws MpError `ERR_MP_DISCONNECTED` when none came in time, ClosedError */
  async client(what: string): Promise<Client> {
    return this.#client ?? this.#again(what);
  }

  /** Keeps the process alive. Each call of it is ended by one of {@link Link.letGo}. */
  hold(): void {
    if (this.#holds++ > 0) return;
    this.#client?.setRef(true);
    this.#pause?.ref();
  }

  letGo(): void {
    if (--this.#holds === 0) this.#client?.setRef(false);
  }

  /** Waits until no call is under way, also none that follows from the last one; not for ever. */
  async idle(ms: number): Promise<void> {
    for (const until = performance.now() + ms; this.#client !== undefined && performance.now() < until; ) {
      await turn();
      if (this.#calls === 0) {
        await turn();
        if (this.#calls === 0) return;
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ticks);
    clearTimeout(this.#pause);
    for (const client of [this.#client, ...this.#retired]) client?.destroy();
    this.#attempt.abort();
    this.#client = undefined;
    for (const { reject } of this.#sent) reject(siteClosed());
    this.#up.reject(siteClosed());
  }

  #begin(): void {
    if (this.#calls++ > 0) return;
    this.#silentTicks = 0;
    this.hold();
  }

  #end(): void {
    this.#silentTicks = 0;
    if (--this.#calls === 0) this.letGo();
  }

  async #connect(): Promise<void> {
    let client: Client | undefined;
    let early: Error | undefined;
    this.#attempt = new AbortController();
    const events: ClientEvents = {
      lost: (error) => {
        if (client === undefined) early = error;
        else this.#lost(client, error);
      },
      again: () => this.#options.onAgain?.(),
    };
    client = await connectClient(this.#reach, events, this.#attempt.signal);
    if (this.#isClosed || early !== undefined) {
      client.destroy();
      throw early ?? siteClosed();
    }
    client.setRef(this.#holds > 0);
    this.#client = client;
    this.#up.resolve(client);
  }

  #lost(client: Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#reach = client.reach;
    this.#lastError = error;
    this.#up = new Signal();
    if (this.#reach.cluster) {
      // Its other nodes have calls that they will answer.
      this.#retired.add(client);
      this.#endUnused(client);
    } else client.destroy();
    if (!this.#isClosed) this.#retry(PAUSE_MS);
  }

  #retry(pause: number): void {
    // Not all clients of a Redis that was started again come at the same moment.
    this.#pause = setTimeout(
      () => {
        this.#connect().then(
          () => this.#options.onAgain?.(),
          (error) => {
            this.#lastError = error;
            if (!this.#isClosed) this.#retry(Math.min(2 * pause, PAUSE_MOST_MS));
          },
        );
      },
      pause * (1 - Math.random() / 2),
    );
    if (this.#holds === 0) this.#pause.unref();
  }

  async #again(what: string, until = performance.now() + PATIENCE_MS): Promise<Client> {
    if (this.#isClosed) throw siteClosed();
    this.hold();
    let timer: NodeJS.Timeout | undefined;
    // A timer may come a moment early, and the caller would begin anew.
    const ms = Math.ceil(until - performance.now()) + 1;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = unreachable(this.#lastError, placeOf(this.#reach.url));
        reject(
          isDisconnected(error)
            ? disconnected(`Cannot ${what}: it was not sent. ${error.message}`, this.#lastError)
            : error,
        );
      }, ms);
    });
    try {
      return await Promise.race([this.#up.promise, late]);
    } finally {
      clearTimeout(timer);
      this.letGo();
    }
  }

  #tick(): void {
    this.#looks++;
    const silence = new Error(`no answer came for ${this.#options.silence} ms`);
    for (const sent of this.#sent) {
      if (this.#looks - sent.at <= TICKS) break;
      this.#sent.delete(sent);
      sent.reject(silence);
      this.#lost(sent.client, silence);
      if (this.#retired.has(sent.client)) this.#endUnused(sent.client);
    }
    const client = this.#client;
    if (client === undefined) return;
    if (this.#calls > 0 && !this.#reach.cluster && ++this.#silentTicks >= TICKS) this.#lost(client, silence);
    else if (this.#calls === 0 && this.#options.isNeeded?.() === true) this.command('PING').catch(() => {});
  }
}

/** A call on its way. */
interface Sent {
  readonly client: Client;
  /** How often silence was looked for before it. */
  readonly at: number;
  reject(error: Error): void;
}

function connectClient(reach: Reach, events: ClientEvents, signal: AbortSignal): Promise<Client> {
  return reach.cluster
    ? ClusterClient.connect(reach, events, signal)
    : SingleClient.connect(reach, events, signal);
}

function isReplica(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('READONLY');
}

/** A URL for messages. */
function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** A promise and its ends. A rejection that nobody has asked for is none. */
class Signal<T> {
  resolve!: (value: T) => void;
  reject!: (error: Error) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    this.promise.catch(() => {});
  }
}
