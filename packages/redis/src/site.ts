import { checkOptions, REFUSE } from '@mp/core/internal';
import type { Reach } from './client.ts';
import { SiteEvent } from './event.ts';
import { SiteLock, type SiteLockOptions } from './lock.ts';
import { SiteMap } from './map.ts';
import type { SiteMapKey } from './map-key.ts';
import { SitePool } from './pool/site-pool.ts';
import type { SiteQueueOptions } from './queue/queue-options.ts';
import { SiteQueue } from './queue/site-queue.ts';
import { SiteJoinableQueue, SiteLifoQueue, SitePriorityQueue } from './queue/site-queue-kinds.ts';
import { SiteSemaphore, type SiteSemaphoreOptions } from './semaphore.ts';
import { Session } from './session.ts';
import { SiteValue } from './value.ts';

/** How {@link connectRedis} connects. */
export interface ConnectOptions {
  /**
   * What all names of this site's objects begin with in Redis: 1 to 100 of `A-Z a-z 0-9 . _ -`. Its members are the programs
   * that use the same one. No default: two programs that do not know of each other would share their locks.
   */
  readonly namespace: string;
  /** Whether the URL is that of one node of a Redis Cluster. Default: false. */
  readonly cluster?: boolean;
}

/**
 * Joins a namespace in a Redis, or Valkey, of version 7 or newer. It makes one connection; a second one for the first wait that
 * finds something taken, and a third one, in a thread of its own, for the first lease. A connection that is lost is made again.
 *
 * A site keeps the process alive only while calls and waits are under way.
 *
 * @param url `redis://user:password@host:6379/0`, `rediss://…` for TLS
 * @throws MpError `ERR_MP_DISCONNECTED` when nobody answers there, `ERR_MP_MISMATCH` when it is too old, or removes keys when full
 * @throws AuthenticationError `ERR_MP_AUTHENTICATION` when it does not know the user or the password
 * @throws TypeError, RangeError on a bad URL or namespace
 *
 * @example
 * ```text
 * import { connectRedis } from '@mp/redis';
 *
 * await using site = await connectRedis('redis://127.0.0.1:6379', { namespace: 'shop' });
 * await site.lock('stock', { ttl: 10_000 }).with(() => count());
 * ```
 */
export async function connectRedis(url: string, options: ConnectOptions): Promise<Site> {
  checkOptions(options, 'connectRedis()', ['namespace', 'cluster']);
  const { namespace, cluster = false } = options;
  if (typeof cluster !== 'boolean')
    throw new TypeError(`cluster must be true or false, not a ${typeof cluster}`);
  const reach: Reach = { url: checkUrl(url), cluster };
  return new Site(await Session.open(reach, namespace));
}

/** What the objects of a site share, for those that are no methods of it. */
export let sessionOf: (site: Site) => Session;

/** Members of one namespace in one Redis: from it come the objects that they share. See {@link connectRedis}. */
export class Site {
  readonly #session: Session;

  static {
    sessionOf = (site) => site.#session;
  }

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
  }

  /** What it shares its objects with. */
  get namespace(): string {
    return this.#session.namespace;
  }

  /** A lock with a lease: {@link SiteLock}. @throws TypeError, RangeError on a bad name or `ttl` */
  lock(name: string, options: SiteLockOptions): SiteLock {
    checkOptions(options, 'lock()', ['ttl']);
    return new SiteLock(this.#session, name, options);
  }

  /** A number of permits: {@link SiteSemaphore}. @throws TypeError, RangeError on a bad name, `value` or `ttl` */
  semaphore(name: string, options: SiteSemaphoreOptions): SiteSemaphore {
    checkOptions(options, 'semaphore()', ['value', 'ttl', 'bounded']);
    return new SiteSemaphore(this.#session, name, options);
  }

  /** A flag that can be waited for: {@link SiteEvent}. @throws TypeError, RangeError on a bad name */
  event(name: string): SiteEvent {
    return new SiteEvent(this.#session, name);
  }

  /**
   * One value: {@link SiteValue}.
   *
   * @param first what it is until it is set
   * @throws TypeError, RangeError on a bad name, SerializationError when `first` cannot be sent
   */
  value<T>(name: string, first: T): SiteValue<T> {
    return new SiteValue(this.#session, name, first);
  }

  /** A map: {@link SiteMap}. @throws TypeError, RangeError on a bad name */
  map<K extends SiteMapKey = string, V = unknown>(name: string): SiteMap<K, V> {
    return new SiteMap<K, V>(this.#session, name);
  }

  /** A queue, first in, first out: {@link SiteQueue}. @throws TypeError, RangeError on a bad name or limit */
  queue<T = unknown>(name: string, options?: SiteQueueOptions): SiteQueue<T> {
    return new SiteQueue<T>(this.#session, name, options);
  }

  /** A queue that gives the item of the lowest priority first: {@link SitePriorityQueue}. @throws as {@link Site.queue} */
  priorityQueue<T = unknown>(name: string, options?: SiteQueueOptions): SitePriorityQueue<T> {
    return new SitePriorityQueue<T>(this.#session, name, options);
  }

  /** A queue that knows when all of its items are done: {@link SiteJoinableQueue}. @throws as {@link Site.queue} */
  joinableQueue<T = unknown>(name: string, options?: SiteQueueOptions): SiteJoinableQueue<T> {
    return new SiteJoinableQueue<T>(this.#session, name, options);
  }

  /** A queue, last in, first out: {@link SiteLifoQueue}. @throws as {@link Site.queue} */
  lifoQueue<T = unknown>(name: string, options?: SiteQueueOptions): SiteLifoQueue<T> {
    return new SiteLifoQueue<T>(this.#session, name, options);
  }

  /** Work for all machines that serve a pool of that name: {@link SitePool}. @throws TypeError, RangeError on a bad name */
  pool(name: string): SitePool {
    return new SitePool(this.#session, name);
  }

  /**
   * Leaves: waits of its objects reject with `ERR_MP_CLOSED`, what is held by a lease is left to others at once, as if this
   * program had died, and the connections end. Safe to call again.
   */
  close(): Promise<void> {
    return this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Waits that no message ended, but the look that is a safeguard: 0 unless one was lost. */
  get rescued(): number {
    return this.#session.rescued;
  }

  /** @internal Why it cannot travel. */
  get [REFUSE](): string {
    return 'a Site is a connection of its process. Send the URL, and connect there';
  }
}

/** @throws TypeError on what is no URL of a Redis */
function checkUrl(url: string): string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '')
    throw new TypeError('url must be like redis://user:password@host:6379/0, or rediss:// for TLS');
  return url;
}
