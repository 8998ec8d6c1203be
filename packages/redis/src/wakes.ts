import { ClosedError } from '@mp/core';
import { isDisconnected, serverError, siteClosed } from './errors.ts';
import type { Link, LinkOptions } from './link.ts';

/** One listener of a channel. */
export interface Listening {
  /**
   * Resolves when messages that are published from now on arrive: look at the object again after it, as what was published
   * before is not seen. Rejects when Redis cannot be reached.
   */
  readonly ready: Promise<void>;
  /** Safe to call again. If it was not ready yet, `ready` rejects some time later. */
  stop(): void;
}

/**
 * The messages by which scripts tell of a change: `redis.call('PUBLISH', KEYS[1], '')`.
 *
 * A wake is a hint, never a grant: its receiver looks at the object. A message can be lost (the connection broke while it was
 * sent), so a listener is also woken whenever the subscription was made again, and a waiter looks by itself after
 * {@link LOOK_MS} at the latest.
 */
export interface Wakes {
  /** Whether messages of this channel arrive here now: then {@link Wakes.listen} costs nothing, and is ready at once. */
  hears(channel: string): boolean;
  /**
   * @param channel the object's main key
   * @param wake gets the message; `undefined` = messages may have been lost
   */
  listen(channel: string, wake: (message: string | undefined) => void): Listening;
}

/** A waiter that was told nothing looks again after so long: what a lost message costs at most. */
export const LOOK_MS = 5_000;

/** How long the look of a wait whose time is over may still take. */
export const LAST_LOOK_MS = 2_000;

/** How long a channel that nobody listens to stays subscribed, so that one wait after the other costs no subscription each. */
const LINGER_MS = 1_000;

type Wake = (message: string | undefined) => void;

/** A channel that is subscribed, or about to be. */
class Channel {
  readonly wakes = new Set<{ readonly wake: Wake }>();
  readonly ready: Promise<void>;
  isReady = false;
  linger: NodeJS.Timeout | undefined;
  resolve!: () => void;
  reject!: (error: unknown) => void;

  constructor(readonly name: string) {
    this.ready = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.ready.catch(() => {});
  }

  readonly receive = (message: string) => this.wake(message);

  wake(message: string | undefined): void {
    for (const { wake } of [...this.wakes]) wake(message);
  }
}

/** The channels of one site, over one connection that is made for the first of them. */
export class Subscriber implements Wakes {
  readonly #open: (how: Omit<LinkOptions, 'silence'>) => Promise<Link>;
  /** Ends the attempt to open it. */
  readonly #ends = new AbortController();
  readonly #channels = new Map<string, Channel>();
  /** Names that are being unsubscribed: they are subscribed again after that. */
  readonly #endings = new Map<string, Promise<void>>();
  #link: Promise<Link> | undefined;
  #isClosed = false;

  /** @param open opens the connection */
  constructor(open: (how: Omit<LinkOptions, 'silence'>) => Promise<Link>) {
    this.#open = open;
  }

  hears(name: string): boolean {
    return this.#channels.get(name)?.isReady === true;
  }

  listen(name: string, wake: Wake): Listening {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel(name);
      this.#channels.set(name, channel);
      void this.#subscribe(channel);
    }
    clearTimeout(channel.linger);
    const mine = { wake };
    channel.wakes.add(mine);
    const { ready } = channel;
    return { ready, stop: () => this.#stop(channel, mine) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { linger, reject } of this.#channels.values()) {
      clearTimeout(linger);
      // Its subscription is under way, or waits for a connection: no answer comes any more.
      reject(siteClosed());
    }
    this.#channels.clear();
    this.#ends.abort();
    // It was asked for in vain.
    const link = await this.#link?.catch(() => undefined);
    link?.close();
  }

  #connect(): Promise<Link> {
    if (this.#isClosed) return Promise.reject(siteClosed());
    this.#link ??= this.#open({
      onAgain: () => this.#subscribeAgain(),
      isNeeded: () => this.#channels.size > 0,
      signal: this.#ends.signal,
    }).catch((error) => {
      this.#link = undefined;
      throw error;
    });
    return this.#link;
  }

  async #subscribe(channel: Channel): Promise<void> {
    try {
      const link = await this.#connect();
      await this.#endings.get(channel.name);
      const client = await link.client('wait');
      link.hold();
      try {
        await client.subscribe(channel.name, channel.receive);
      } finally {
        link.letGo();
      }
      channel.isReady = true;
      channel.resolve();
    } catch (error) {
      // Lost in the middle: it is subscribed again with all the others.
      if (!this.#isClosed && !isDisconnected(error) && (await this.#isLost())) return;
      this.#channels.delete(channel.name);
      channel.reject(serverError(error, 'wait'));
    }
  }

  async #isLost(): Promise<boolean> {
    const link = await this.#connect().catch(() => undefined);
    return link !== undefined && !link.isUp;
  }

  #subscribeAgain(): void {
    for (const channel of this.#channels.values()) {
      channel.isReady = false;
      void this.#subscribe(channel).then(() => channel.wake(undefined));
    }
  }

  #stop(channel: Channel, mine: { readonly wake: Wake }): void {
    if (!channel.wakes.delete(mine) || channel.wakes.size > 0) return;
    channel.linger = setTimeout(() => {
      if (this.#channels.get(channel.name) !== channel || channel.wakes.size > 0) return;
      this.#channels.delete(channel.name);
      // If it waits for a connection still, it is not subscribed when that comes.
      channel.reject(new ClosedError('Nobody listens any more'));
      const ending = this.#unsubscribe(channel.name).finally(() => this.#endings.delete(channel.name));
      this.#endings.set(channel.name, ending);
    }, LINGER_MS).unref();
  }

  async #unsubscribe(name: string): Promise<void> {
    const link = await this.#link?.catch(() => undefined);
    if (link?.isUp !== true) return;
    const client = await link.client('stop waiting');
    // A connection that is lost now has no subscriptions any more.
    await client.unsubscribe(name).catch(() => {});
  }
}
