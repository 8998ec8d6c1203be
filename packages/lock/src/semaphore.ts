import { type ClosedError, MpError, type SyncWaitOptions, TimeoutError, type WaitOptions } from '@mp/core';
import {
  checkOptions,
  deadlineOf,
  deadlineOfSync,
  HANDLE,
  type HandleRecord,
  LOOK,
  openPrimitive,
  Primitive,
  type Readiness,
  registerHandle,
  Segment,
  WAITABLE,
  WaitLine,
} from '@mp/core/internal';
import type { AsyncSemaphore } from './async-types.ts';
import { inClosedSegment } from './closed-segment.ts';
import { Permit } from './permit.ts';
import { type Grant, Permits, parametersOf, planOf, VERSION } from './permits.ts';

/** What a new {@link Semaphore} may be told. */
export interface SemaphoreOptions {
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
  /**
   * Whether the permits of threads that died come back. Each permit then has a place of its own, so there are 1,024 of
   * them at most. Default: no, as in Python.
   */
  recover?: boolean;
}

/**
 * A number of permits between processes and threads: `multiprocessing.Semaphore` of Python.
 *
 * An acquired {@link Permit} gives back one permit, once. As in Python, `release()` may also be called by itself, and
 * makes more permits than there were at first; {@link BoundedSemaphore} refuses that.
 *
 * @example
 * ```js
 * import { Semaphore } from '@mp/lock';
 *
 * const connections = new Semaphore(2);
 * const permit = await connections.acquire();
 * console.log(connections.value); // 1
 * permit.release();
 * console.log(connections.value); // 2
 * connections.close();
 * ```
 */
export class Semaphore extends Primitive implements AsyncSemaphore {
  readonly #permits: Permits;
  readonly #line: WaitLine;

  /**
   * @param value permits at first, 0 to 2³⁰; ignored when a named one exists and it is left out. Default: 1
   * @param options `name` to share it with unrelated processes; `recover`
   * @param received only for `@mp`: the segment of one that came in a message
   * @throws TypeError, RangeError on bad options
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, or to one with another first value,
   * `ERR_MP_NO_SPACE` when the segment directory is full
   */
  constructor(value?: number, options: SemaphoreOptions = {}, received?: Segment) {
    checkOptions(options, 'Semaphore', ['name', 'recover']);
    const bounded = new.target.isBounded;
    const plan = planOf(value, options.recover, bounded);
    super(
      received
        ? { segment: received, created: false }
        : openPrimitive(options, plan, parametersOf(value, options.recover, bounded)),
    );
    this.#permits = new Permits(this.segment);
    this.#line = new WaitLine(this.#permits.waiters);
  }

  /** @internal */
  static get isBounded(): boolean {
    return false;
  }

  /** How many permits are free now. */
  get value(): number {
    this.assertOpen();
    return this.#permits.free;
  }

  /**
   * Waits until a permit is free and takes it.
   *
   * @param options `timeout` in ms; `signal` ends the wait
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none was free in time (Python answers `False`)
   * @throws ClosedError `ERR_MP_CLOSED` when it was closed in this thread
   */
  acquire(options?: WaitOptions): Promise<Permit> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      const grant = this.#takeNow();
      return grant === undefined
        ? this.#acquireLater(deadline, options)
        : Promise.resolve(this.#permit(grant));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like {@link Semaphore.acquire} but blocks the thread. */
  acquireSync(options?: SyncWaitOptions): Permit {
    this.assertOpen();
    const deadline = deadlineOfSync(options);
    const grant = this.#takeNow() ?? this.#line.waitSync(this.#attempt, deadline);
    if (grant === undefined) throw this.#timeout(options?.timeout);
    return this.#permit(grant);
  }

  /**
   * Takes a permit if one is free. Never waits.
   *
   * @returns `undefined` when none is free
   */
  tryAcquire(): Permit | undefined {
    this.assertOpen();
    const grant = this.#permits.take(true);
    return grant === undefined ? undefined : this.#permit(grant);
  }

  /**
   * Takes a permit, runs `body`, and gives it back when `body` returned, resolved or threw.
   *
   * @param options as for {@link Semaphore.acquire}
   */
  async with<T>(body: () => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    const permit = await this.acquire(options);
    try {
      return await body();
    } finally {
      permit.release();
    }
  }

  /**
   * Gives back permits, also those of others, or makes new ones. With `recover`, those of this thread first: the
   * {@link Permit} of one that was given back so does nothing any more.
   *
   * @param count how many, from 1
   * @throws RangeError when there would be more than there can be: 2³⁰, 1,024 with `recover`, the first value of a
   * bounded one (Python's `ValueError`)
   */
  release(count = 1): void {
    this.assertOpen();
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`count must be a whole number from 1, not ${count}`);
    }
    this.#permits.giveBack(count);
  }

  /** @internal Ends what one acquire began. */
  releaseGrant(grant: Grant): void {
    if (!this.segment.closed) {
      this.#permits.end(grant);
      return;
    }
    const address = { file: this.segment.file, kind: 'semaphore', version: VERSION } as const;
    inClosedSegment(address, (segment) => new Permits(segment).end(grant));
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    const { file } = this.segment;
    return { kind: 'semaphore', data: file, segment: file };
  }

  /** @internal Ready when an `acquire` would not wait. */
  [WAITABLE](): Readiness {
    this.assertOpen();
    return { isReady: () => this.value > 0, waiters: this.#permits.waiters };
  }

  /** @internal Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. */
  get rescued(): number {
    return this.#permits.waiters.rescued;
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.#line.failAll(error);
  }

  readonly #attempt = (reason: number): Grant | undefined => this.#permits.take(reason === LOOK);

  /** The waits of this thread go first. */
  #takeNow(): Grant | undefined {
    return this.#line.isEmpty ? this.#permits.take(false) : undefined;
  }

  async #acquireLater(deadline: number, options: WaitOptions | undefined): Promise<Permit> {
    const grant = await this.#line.wait(
      (reason) => {
        const got = this.#attempt(reason);
        return got === undefined ? undefined : this.#permit(got);
      },
      deadline,
      options?.signal,
    );
    if (grant === undefined) throw this.#timeout(options?.timeout);
    return grant;
  }

  #permit(grant: Grant): Permit {
    return new Permit(this, grant);
  }

  #timeout(timeout: number | undefined): TimeoutError {
    return new TimeoutError(
      `Cannot acquire the ${this.segment.title} within ${timeout} ms: no permit is free`,
    );
  }
}

/**
 * A {@link Semaphore} that never has more permits than at first: `multiprocessing.BoundedSemaphore` of Python.
 *
 * @example
 * ```js
 * import { BoundedSemaphore } from '@mp/lock';
 *
 * const seats = new BoundedSemaphore(1);
 * try {
 *   seats.release();
 * } catch (error) {
 *   console.log(error instanceof RangeError); // true
 * }
 * seats.close();
 * ```
 */
export class BoundedSemaphore extends Semaphore {
  /** @internal */
  static override get isBounded(): boolean {
    return true;
  }
}

registerHandle('semaphore', {
  package: '@mp/lock',
  decode: (file) => {
    if (typeof file !== 'string') {
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a Semaphore: its handle is damaged');
    }
    const segment = Segment.attach(file, 'semaphore', VERSION);
    return new Permits(segment).isBounded
      ? new BoundedSemaphore(undefined, {}, segment)
      : new Semaphore(undefined, {}, segment);
  },
});
