import { randomBytes } from 'node:crypto';
import { type ClosedError, MpError } from '@mp/core';
import type { Reach } from './client.ts';
import { isDisconnected, siteClosed } from './errors.ts';
import { type Leases, LeaseThread } from './leases.ts';
import { Link, PATIENCE_MS } from './link.ts';
import { checkNamespace, Names } from './names.ts';
import type { Argument, Reply, Script } from './scripts.ts';
import { Subscriber, type Wakes } from './wakes.ts';

/** Calls that wait for an answer for so long show that the connection is dead. */
const SILENCE_MS = 10_000;
/** What a call that is sent again has at least: it may have taken that long to see that its connection is dead. */
const AGAIN_MS = 5_000;
/** How long a site that is closed waits for the answers of what it gives back. */
const FAREWELL_MS = 2_000;

/** The oldest Redis whose scripts can say what they are for. Valkey answers as Redis 7.2. */
const OLDEST = 7;

/** What the objects of one site share: its connections, and who it is. */
export class Session {
  readonly namespace: string;
  /** A random name of this site: a holder that others see, also in keys. */
  readonly member = randomBytes(9).toString('base64url');
  /** Whether what is published reaches listeners that a script cannot count. */
  readonly isCluster: boolean;
  readonly wakes: Wakes;
  readonly leases: Leases;
  /** Waits that got something by the look that is a safeguard: 0 unless a message was lost. */
  rescued = 0;
  readonly #link: Link;
  readonly #subscriber: Subscriber;
  readonly #thread: LeaseThread;
  readonly #agains = new Set<() => void>();
  readonly #ends = new Set<(error: ClosedError) => Promise<void> | void>();
  #lastNumber = 0;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #closing: Promise<void> | undefined;

  private constructor(namespace: string, link: Link) {
    this.namespace = namespace;
    this.isCluster = link.reach.cluster;
    this.#link = link;
    this.#subscriber = new Subscriber((how) => Link.open(link.reach, { silence: SILENCE_MS, ...how }));
    this.#thread = new LeaseThread(() => link.reach);
    this.wakes = this.#subscriber;
    this.leases = this.#thread;
  }

  static async open(reach: Reach, namespace: string): Promise<Session> {
    checkNamespace(namespace);
    let session: Session | undefined;
    const link = await Link.open(reach, { silence: SILENCE_MS, onAgain: () => session?.again() });
    try {
      await checkServer(link);
    } catch (error) {
      link.close();
      throw error;
    }
    session = new Session(namespace, link);
    return session;
  }

  /** Whether there is a connection for calls now. */
  get isUp(): boolean {
    return this.#link.isUp;
  }

  /** The keys of an object. @throws TypeError, RangeError on a bad name */
  names(kind: string, name: string): Names {
    return new Names(this.namespace, kind, name);
  }

  /** A name that no other call has: by it, one that was sent again is known. */
  nonce(): string {
    return `${this.member}.${++this.#lastNumber}`;
  }

  /**
   * Runs a script: one round trip. Calls of one turn of the event loop are sent together, and run in their order.
   *
   * @throws MpError `ERR_MP_DISCONNECTED`, and what {@link serverError} makes of an answer
   * @throws ClosedError `ERR_MP_CLOSED` when the site is closed
   */
  async run(script: Script, keys: readonly string[], args: readonly Argument[] = []): Promise<Reply> {
    if (this.#state === 'closed') throw siteClosed();
    const until = performance.now() + PATIENCE_MS;
    let first: MpError | undefined;
    for (let most = until; ; most = Math.max(until, performance.now() + AGAIN_MS)) {
      try {
        return await this.#link.run(script, keys, args, most);
      } catch (error) {
        if (!isDisconnected(error)) throw error;
        // That it was not sent again says nothing of the first time.
        first ??= error;
        if (!script.isRepeatable || performance.now() > until) throw first;
      }
    }
  }

  /**
   * Calls `end` when the site is closed, before its connections are: calls that it makes are still sent.
   *
   * @returns how to take that back
   */
  onClose(end: (error: ClosedError) => Promise<void> | void): () => void {
    if (this.#state !== 'open') {
      Promise.resolve(end(siteClosed())).catch(() => {});
      return () => {};
    }
    const entry = (error: ClosedError) => end(error);
    this.#ends.add(entry);
    return () => this.#ends.delete(entry);
  }

  /**
   * Calls `look` whenever a connection was made again. It may lead to another Redis now, a replica that has taken over and has
   * not heard of the last calls: what they did there has not happened.
   *
   * @returns how to take that back
   */
  onAgain(look: () => void): () => void {
    const entry = () => look();
    this.#agains.add(entry);
    return () => this.#agains.delete(entry);
  }

  /** @internal */
  again(): void {
    for (const look of [...this.#agains]) look();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = 'closing';
    const error = siteClosed();
    const ends = [...this.#ends].map((end) => Promise.resolve(end(error)).catch(() => {}));
    if (this.#link.isUp) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FAREWELL_MS);
      });
      await Promise.race([Promise.all(ends).then(() => this.#link.idle(FAREWELL_MS)), late]);
      clearTimeout(timer);
    }
    this.#state = 'closed';
    this.#link.close();
    await Promise.all([this.#subscriber.close(), this.#thread.close()]);
  }
}

/** @throws MpError `ERR_MP_MISMATCH` when this Redis cannot keep what is promised */
async function checkServer(link: Link): Promise<void> {
  const info = await readInfo(link);
  const version = /^redis_version:(\d+)\.(.*)$/m.exec(info);
  if (version !== null && Number(version[1]) < OLDEST)
    throw new MpError(
      'ERR_MP_MISMATCH',
      `Cannot use this Redis: it is version ${version[1]}.${version[2].trim()}, and ${OLDEST}.0 or newer is needed (or a Valkey). Run a newer one`,
    );
  const policy = /^maxmemory_policy:(?!noeviction)(\S+)/m.exec(info);
  const most = /^maxmemory:(\d+)/m.exec(info);
  if (policy !== null && most !== null && most[1] !== '0')
    throw new MpError(
      'ERR_MP_MISMATCH',
      `Cannot use this Redis: when it is full it removes keys that are needed, like a lock that is held or a result ("maxmemory-policy ${policy[1]}"). Set that to noeviction, or use another Redis than the one that is a cache`,
    );
}

/** A user that may not ask for it is trusted to know. */
async function readInfo(link: Link): Promise<string> {
  try {
    return String(await link.command('INFO'));
  } catch (error) {
    if (error instanceof MpError && error.code === 'ERR_MP_AUTHENTICATION') return '';
    throw error;
  }
}
