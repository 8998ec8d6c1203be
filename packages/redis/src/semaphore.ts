import type { ClosedError, WaitOptions } from '@mp/core';
import { LeaseGuard } from './lease-guard.ts';
import { clock, isLate } from './leases.ts';
import { mismatch } from './names.ts';
import {
  abandonPermit,
  acquireLeased,
  acquirePlain,
  readSemaphore,
  releasePermit,
  releaseSemaphore,
  renewPermit,
} from './semaphore-scripts.ts';
import type { Session } from './session.ts';
import { SiteObject } from './site-object.ts';
import { checkTtl } from './ttl.ts';
import { type Look, WaitLine } from './wait-line.ts';

/** What a semaphore of a site is told. All that use its name say the same. */
export interface SiteSemaphoreOptions {
  /** How many permits there are at first: 0 to 2³¹ − 1. */
  readonly value: number;
  /**
   * Gives each permit a lease, which is renewed while its owner lives: that of a dead one comes back after so many ms, and that
   * of one that is only out of reach too. 100 to a day. Without it the permits of the dead are gone, as in Python.
   */
  readonly ttl?: number;
  /** Whether there are never more permits than at first: a `release()` too many throws. */
  readonly bounded?: boolean;
}

/** One permit of a {@link SiteSemaphore}. */
export interface SitePermit {
  /** Whether it was taken over from an owner that died. */
  readonly recovered: boolean;
  /** Of a semaphore with `ttl`: whether it is certain now that it was not taken back. Else `true` until it is released. */
  readonly isHeld: boolean;
  /** Of a semaphore with `ttl`: aborts when it was taken back. Else never. */
  readonly signal: AbortSignal;
  /** Gives it back. Later calls do nothing. */
  release(): Promise<void>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

const MOST = 2 ** 31 - 1;

/**
 * A number of permits for all members of a namespace: `Semaphore` and `BoundedSemaphore` of `@mp/lock`.
 *
 * @example
 * ```text
 * const seats = site.semaphore('licences', { value: 3, ttl: 10_000 });
 * await seats.with(() => compile());
 * ```
 */
export class SiteSemaphore extends SiteObject {
  readonly #first: number;
  readonly #ttl: number;
  readonly #bounded: boolean;
  readonly #keys: readonly string[];
  readonly #line: WaitLine;

  /** @internal */
  constructor(session: Session, name: string, { value, ttl, bounded = false }: SiteSemaphoreOptions) {
    super(session, 'semaphore', name);
    if (typeof value !== 'number') throw new TypeError(`${this.title} needs a value, as in { value: 3 }`);
    if (!Number.isInteger(value) || value < 0 || value > MOST)
      throw new RangeError(`value must be a whole number from 0 to ${MOST}, not ${value}`);
    if (ttl !== undefined) checkTtl(ttl, this.title);
    this.#first = value;
    this.#ttl = ttl ?? 0;
    this.#bounded = bounded;
    this.#keys = [this.names.main, this.names.part('out')];
    this.#line = new WaitLine(session, this.names.main);
  }

  /** How many permits are free. */
  get value(): Promise<number> {
    return this.#run(readSemaphore, []).then(([, value]) => value);
  }

  /**
   * Waits until a permit is free and takes it.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT`, `signal.reason`, ClosedError `ERR_MP_CLOSED`
   * @throws MpError `ERR_MP_MISMATCH` when it was made with another `value` or `ttl`; `ERR_MP_DISCONNECTED`: without `ttl` a permit
   * may have been taken then, and is gone
   */
  async acquire(options?: WaitOptions): Promise<SitePermit> {
    this.assertOpen();
    const nonce = this.session.nonce();
    return this.#line.wait<SitePermit>(
      {
        what: `Cannot acquire ${this.title}`,
        look: () => this.#look(nonce),
        giveBack: (permit) => permit[Symbol.dispose](),
      },
      options,
    );
  }

  /** Takes a permit if one is free. @returns `undefined` when none is */
  async tryAcquire(): Promise<SitePermit | undefined> {
    this.assertOpen();
    const look = await this.#look(this.session.nonce());
    return 'got' in look ? look.got : undefined;
  }

  /** Takes a permit, runs `body`, and gives it back. */
  async with<T>(body: (permit: SitePermit) => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    const permit = await this.acquire(options);
    try {
      return await body(permit);
    } finally {
      await permit.release();
    }
  }

  /**
   * Gives back `count` permits, or makes new ones.
   *
   * @throws RangeError when `count` is no whole number from 1 on, or when it is bounded and has all of its permits
   */
  async release(count = 1): Promise<void> {
    if (!Number.isInteger(count) || count < 1 || count > MOST)
      throw new RangeError(`count must be a whole number from 1 to ${MOST}, not ${count}`);
    this.assertOpen();
    await this.#release(count);
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.#line.failAll(error);
  }

  /** Also when it is closed here: a permit is given back all the same. */
  async #release(count: number): Promise<void> {
    const answer = await this.session.run(releaseSemaphore, this.#keys, [
      this.#first,
      this.#ttl,
      count,
      this.#bounded ? 1 : 0,
    ]);
    const [isDone] = this.#checked(answer as number[]);
    if (isDone === 0)
      throw new RangeError(
        `Cannot release ${this.title}: it has all of its permits (${this.#first}) already`,
      );
  }

  async #look(nonce: string): Promise<Look<SitePermit>> {
    const isLeased = this.#ttl > 0;
    if (isLeased) await this.session.leases.ready();
    const since = clock();
    const script = isLeased ? acquireLeased : acquirePlain;
    const answer = await this.session.run(script, this.#keys, [this.#first, this.#ttl, nonce]);
    const [isGot, more] = this.#checked(answer as number[]);
    if (isGot === 0) return { lookAfter: more < 0 ? Infinity : more };
    if (isLeased && isLate(since, this.#ttl)) {
      await this.session.run(releasePermit, this.#keys, [nonce]);
      return { lookAfter: 0 };
    }
    return {
      got: isLeased ? this.#leased(nonce, since, more === 1) : new PlainPermit(() => this.#release(1)),
    };
  }

  #leased(nonce: string, since: number, recovered: boolean): SitePermit {
    const { session } = this;
    const keys = this.#keys;
    const ttl = this.#ttl;
    return new LeaseGuard(session, {
      recovered,
      lease: {
        renew: { script: renewPermit, keys, args: [nonce, ttl] },
        ttl,
        since,
        what: `a permit of ${this.title}`,
      },
      giveBack: async () => (await session.run(releasePermit, keys, [nonce])) === 1,
      abandon: () => session.run(abandonPermit, keys, [nonce]),
    });
  }

  async #run(script: typeof readSemaphore, args: readonly number[]): Promise<number[]> {
    return this.#checked((await this.run(script, this.#keys, [this.#first, this.#ttl, ...args])) as number[]);
  }

  #checked(answer: number[]): number[] {
    if (answer[0] >= 0) return answer;
    const told = (value: number, ttl: number) => `{ value: ${value}${ttl > 0 ? `, ttl: ${ttl}` : ''} }`;
    throw mismatch(this.title, told(answer[1], answer[2]), told(this.#first, this.#ttl));
  }
}

/** A permit without a lease: it is its owner's until it is given back. */
class PlainPermit implements SitePermit {
  readonly recovered = false;
  readonly signal = new AbortController().signal;
  readonly #release: () => Promise<void>;
  #ending: Promise<void> | undefined;

  constructor(release: () => Promise<void>) {
    this.#release = release;
  }

  get isHeld(): boolean {
    return this.#ending === undefined;
  }

  release(): Promise<void> {
    this.#ending ??= this.#release();
    return this.#ending;
  }

  [Symbol.dispose](): void {
    this.release().catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
