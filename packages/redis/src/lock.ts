import { type ClosedError, NotOwnerError, type WaitOptions } from '@mp/core';
import { LeaseGuard } from './lease-guard.ts';
import { clock, isLate } from './leases.ts';
import { abandonLock, acquireLock, readLock, releaseLock, releaseToken, renewLock } from './lock-scripts.ts';
import type { Session } from './session.ts';
import { SiteObject } from './site-object.ts';
import { checkTtl } from './ttl.ts';
import { type Look, WaitLine } from './wait-line.ts';

/** What a lock of a site is told. */
export interface SiteLockOptions {
  /**
   * How long, in ms, the lock stays with a holder that is dead, stopped or cut off from Redis: 100 to a day. It is renewed after
   * a third of that while its holder lives. No default: it is also how long a holder may be out of reach before the lock goes
   * to another one, and only its user knows what that costs.
   */
  readonly ttl: number;
}

/** One acquisition of a {@link SiteLock}. It is renewed by a thread of its own until it is released. */
export class SiteGuard extends LeaseGuard {
  /**
   * Number of this acquisition, larger than that of every earlier one of the same name: a fencing token. Hand it to whatever
   * the lock protects, and have that refuse a smaller one than it has seen: only so is a holder that was stopped for too long,
   * and does not know it yet, kept from writing.
   */
  readonly token: number;

  /** @internal */
  constructor(session: Session, token: number, taken: ConstructorParameters<typeof LeaseGuard>[1]) {
    super(session, taken);
    this.token = token;
  }
}

/** What is known of the holder of a lock. */
export interface SiteHolder {
  /** Since when it holds the lock, on Redis's clock. */
  readonly since: Date;
  /** False: its lease has ended, and the next acquire recovers the lock. */
  readonly alive: boolean;
}

/**
 * A lock for all members of a namespace, on any machine: `Lock` of `@mp/lock`, with a lease.
 *
 * A local lock is freed when its holder is dead, and never before. Over a network nobody can tell a dead holder from one that is
 * out of reach, so this one goes to another after `ttl` ms without a sign of life, while the holder may still run. It is told so
 * by `guard.signal`, and `guard.isHeld`; what it writes all the same is refused where `guard.token` is compared.
 *
 * @example
 * ```text
 * const lock = site.lock('reports', { ttl: 10_000 });
 * await lock.with(async (guard) => {
 *   await rebuild({ signal: guard.signal });
 *   await store.write(report, { token: guard.token });
 * });
 * ```
 */
export class SiteLock extends SiteObject {
  readonly #ttl: number;
  readonly #line: WaitLine;

  /** @internal */
  constructor(session: Session, name: string, { ttl }: SiteLockOptions) {
    super(session, 'lock', name);
    checkTtl(ttl, this.title);
    this.#ttl = ttl;
    this.#line = new WaitLine(session, this.names.main);
  }

  /** Whether it is held, or was left by a holder that died and not acquired since. */
  get locked(): Promise<boolean> {
    return this.#read().then((holder) => holder !== undefined);
  }

  /** Its holder; `undefined` when it is free. */
  get holder(): Promise<SiteHolder | undefined> {
    return this.#read();
  }

  /**
   * Waits until the lock is free, or left by a dead holder, and takes it. The waits of one site come in their order; those of
   * several compete.
   *
   * @param options `timeout` in ms, which may take up to 2 s more while Redis does not answer, and `signal`
   * @throws TimeoutError `ERR_MP_TIMEOUT`, `signal.reason`
   * @throws ClosedError `ERR_MP_CLOSED` when the lock or the site was closed here
   * @throws MpError `ERR_MP_DISCONNECTED` when Redis cannot be reached, `ERR_MP_NO_SPACE` when it is full
   */
  async acquire(options?: WaitOptions): Promise<SiteGuard> {
    this.assertOpen();
    const nonce = this.session.nonce();
    return this.#line.wait<SiteGuard>(
      {
        what: `Cannot acquire ${this.title}`,
        look: () => this.#look(nonce),
        giveBack: (guard) => guard[Symbol.dispose](),
      },
      options,
    );
  }

  /** Takes the lock if it can be had at once. @returns `undefined` when another one has it. @throws as `acquire` */
  async tryAcquire(): Promise<SiteGuard | undefined> {
    this.assertOpen();
    const look = await this.#look(this.session.nonce());
    return 'got' in look ? look.got : undefined;
  }

  /**
   * Acquires the lock, runs `body`, and releases it.
   *
   * @returns what `body` returns
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when the lease was lost and another one came in before `body` had ended
   */
  async with<T>(body: (guard: SiteGuard) => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    const guard = await this.acquire(options);
    let result: T;
    try {
      result = await body(guard);
    } catch (error) {
      // The error of the body is the one to be told.
      await guard.end().catch(() => {});
      throw error;
    }
    if (await guard.end()) return result;
    throw (
      guard.signal.reason ??
      new NotOwnerError(`Lost ${this.title} before the body of with() had ended: another one came in`)
    );
  }

  /**
   * Frees the lock, also one that another member holds, as in Python.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when it is free
   */
  async release(): Promise<void> {
    if ((await this.run(releaseLock, [this.names.main])) === 0)
      throw new NotOwnerError(`Cannot release ${this.title}: nobody holds it`);
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.#line.failAll(error);
  }

  async #look(nonce: string): Promise<Look<SiteGuard>> {
    const { session, names } = this;
    await session.leases.ready();
    const since = clock();
    const [isGot, token, found] = (await session.run(
      acquireLock,
      [names.main],
      [nonce, this.#ttl],
    )) as number[];
    if (isGot === 0) return { lookAfter: token };
    const keys = [names.main];
    const args = [token];
    if (isLate(since, this.#ttl)) {
      await session.run(releaseToken, keys, args);
      return { lookAfter: 0 };
    }
    const guard = new SiteGuard(session, token, {
      recovered: found === 1,
      lease: {
        renew: { script: renewLock, keys, args: [token, this.#ttl] },
        ttl: this.#ttl,
        since,
        what: this.title,
      },
      giveBack: async () => (await session.run(releaseToken, keys, args)) === 1,
      abandon: () => session.run(abandonLock, keys, args),
    });
    return { got: guard };
  }

  async #read(): Promise<SiteHolder | undefined> {
    const [since, left] = (await this.run(readLock, [this.names.main])) as number[];
    return since === -1 ? undefined : { since: new Date(since), alive: left > 0 };
  }
}
