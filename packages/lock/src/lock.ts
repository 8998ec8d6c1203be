import {
  type ClosedError,
  DeadlockError,
  MpError,
  NotOwnerError,
  type SyncWaitOptions,
  TimeoutError,
  type WaitOptions,
} from '@mp/core';
import {
  BODY,
  checkOptions,
  deadlineOf,
  H_VERSION,
  HANDLE,
  type HandleRecord,
  type Kind,
  openPrimitive,
  Primitive,
  type Reason,
  registerHandle,
  Segment,
  type SegmentPlan,
  type SegmentViews,
  thisAgent,
  trace,
  WaitLine,
} from '@mp/core/internal';
import { Guard } from './guard.ts';
import { type Holder, initMutex, Mutex, mutexWords } from './mutex.ts';
import { raiseFloor, tokenAboveFloor, tokenOfNow } from './tokens.ts';

/** Threads that can stand in the table at once; more of them wait too, but look only now and then. */
const CAPACITY = 64;

/** Words of a lock at the start of a segment's body: its own, or one of a kind that brings its lock along. */
export const LOCK_WORDS = mutexWords(CAPACITY);

/** Writes a free lock at the start of the body of a segment that nobody else sees yet. */
export function initLock(views: SegmentViews): void {
  initMutex(views, BODY, tokenOfNow());
}

const PLAN: SegmentPlan = { kind: 'lock', version: 1, size: (BODY + LOCK_WORDS) * 4, fill: initLock };
const NAMED_PLAN: SegmentPlan = { ...PLAN, fill: (views) => initMutex(views, BODY, tokenAboveFloor()) };

/** The kinds whose body begins with a lock. */
const HOSTS: readonly Kind[] = ['lock', 'value', 'array', 'struct', 'list', 'map'];

/** What a new {@link Lock} may be told. */
export interface LockOptions {
  /** Shares the lock with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
}

/**
 * A lock between processes, worker threads and the async tasks of one thread: one holder at a time.
 *
 * It is `multiprocessing.Lock` of Python with three differences: an acquisition is a {@link Guard} that frees
 * nothing but itself; a lock whose holder died is recovered by the next one who wants it (Python's stays locked for
 * good); and a thread that would wait for itself for ever gets an error. As in Python, anybody may `release()`.
 *
 * A lock travels: pass it in the arguments of a process, a pool task or a queue message, and the other side gets
 * the same lock. Waiters are served roughly in order; a newcomer may get in between, but nobody is passed over for
 * more than some milliseconds. Closing it does not release it: an acquisition lasts until its guard is released.
 *
 * @example
 * ```js
 * import { Lock } from '@mp/lock';
 *
 * const lock = new Lock({ name: 'db-migrate' });
 * await lock.with(async () => {
 *   // one process of this user at a time
 * });
 * lock.unlink();
 * ```
 */
export class Lock extends Primitive {
  readonly #mutex: Mutex;
  readonly #line: WaitLine;

  /**
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: a segment of its own whose body begins with the lock
   * @throws TypeError, RangeError on a bad name
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, `ERR_MP_NO_SPACE` when the segment
   * directory is full, `ERR_MP_UNSUPPORTED_PLATFORM` or `ERR_MP_NATIVE_MISSING` where it cannot work
   */
  constructor(options: LockOptions = {}, received?: Segment) {
    checkOptions(options, '{ name }');
    const plan = options.name === undefined ? PLAN : NAMED_PLAN;
    super(received ? { segment: received, created: false } : openPrimitive(options, plan));
    this.#mutex = new Mutex(this.segment, BODY, CAPACITY);
    this.#line = new WaitLine(this.#mutex.room);
  }

  /** Whether anybody holds it. A lock whose holder died counts as locked until somebody acquires or releases it. */
  get locked(): boolean {
    this.assertOpen();
    return this.#mutex.owner !== 0;
  }

  /**
   * Who holds it, for messages like "held by pid 640 for 30 s"; `undefined` when nobody does.
   *
   * `since` is when the acquisition was first seen held: a free lock is taken without asking the clock.
   */
  get holder(): Holder | undefined {
    this.assertOpen();
    return this.#mutex.holder;
  }

  /**
   * Waits until the lock is free and takes it.
   *
   * @param options `timeout` in ms; `signal` ends the wait
   * @returns a guard that ends this acquisition
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not free in time (Python answers `False`)
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed in this thread
   */
  acquire(options?: WaitOptions): Promise<Guard> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      if (this.#mutex.tryLock()) return Promise.resolve(this.#guard(false));
      return this.#acquireLater(deadline, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Blocks the thread until the lock is free and takes it. Signal handlers written in JavaScript do not run
   * meanwhile.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not free in time
   * @throws DeadlockError `ERR_MP_DEADLOCK` when this thread holds the lock itself and gave no timeout
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed in this thread
   */
  acquireSync(options?: SyncWaitOptions): Guard {
    this.assertOpen();
    const deadline = deadlineOf(options);
    if (this.#mutex.tryLock()) return this.#guard(false);
    const guard = this.#waitSync(deadline);
    if (guard === undefined) throw this.#timeout(options?.timeout);
    return guard;
  }

  /**
   * Takes the lock if nobody holds it, or if its holder is dead. Never waits.
   *
   * @returns a guard, or `undefined` when somebody holds it
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed in this thread
   */
  tryAcquire(): Guard | undefined {
    this.assertOpen();
    if (this.#mutex.tryLock()) return this.#guard(false);
    const got = this.#mutex.takeOrRecover();
    return got === undefined ? undefined : this.#guard(got === 2);
  }

  /**
   * Acquires the lock, runs `body`, and releases it when `body` returned, resolved or threw.
   *
   * @param body gets the guard; what it returns is returned
   * @param options as for {@link Lock.acquire}
   */
  async with<T>(body: (guard: Guard) => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    const guard = await this.acquire(options);
    try {
      return await body(guard);
    } finally {
      guard.release();
    }
  }

  /**
   * Frees the lock, whoever holds it: as in Python, any thread of any process may. Prefer the guard, which cannot
   * free somebody else's acquisition.
   *
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when nobody holds it
   */
  release(): void {
    this.assertOpen();
    if (!this.#mutex.forceUnlock())
      throw new NotOwnerError(`Cannot release the ${this.segment.title}: nobody holds it`);
  }

  /** @internal Ends the acquisition `token`, if it is still the present one and this thread's. */
  releaseToken(token: number): void {
    if (this.segment.words.length !== 0) this.#mutex.unlock(token);
    else this.#reopened((mutex) => mutex.unlock(token));
  }

  /**
   * Removes a named lock when nobody uses it any more, this object included: it is closed first.
   *
   * @returns whether the name is free now
   * @throws TypeError when the lock has no name
   */
  override unlink(): boolean {
    if (this.name !== undefined) this.#reopened(({ token }) => raiseFloor(token));
    return super.unlink();
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    const { file, kind, words } = this.segment;
    return { kind: 'lock', data: [file, kind, words[H_VERSION]], segment: file };
  }

  async #acquireLater(deadline: number, options: WaitOptions | undefined): Promise<Guard> {
    const since = performance.now();
    this.#mutex.noteHeld();
    const guard = await this.#line.wait((reason) => this.#attempt(reason, since), deadline, options?.signal);
    if (guard === undefined) throw this.#timeout(options?.timeout);
    return guard;
  }

  #waitSync(deadline: number): Guard | undefined {
    const since = performance.now();
    const agent = thisAgent();
    this.#mutex.noteHeld();
    const attempt = (reason: Reason) => {
      const guard = this.#attempt(reason, since);
      if (guard === undefined && deadline === Infinity) {
        const { owner } = this.#mutex;
        if (owner === agent.id) throw this.#deadlock();
        agent.waitsFor = owner;
      }
      return guard;
    };
    try {
      return this.#line.waitSync(attempt, deadline);
    } finally {
      agent.waitsFor = 0;
    }
  }

  /** The guard is made at once: when an awaiting task comes to it, the lock may be on its next acquisition. */
  #attempt(reason: Reason, since: number): Guard | undefined {
    const got = this.#mutex.attempt(reason, since);
    return got === undefined ? undefined : this.#guard(got === 2);
  }

  #guard(recovered: boolean): Guard {
    if (recovered) trace('lock.recovered', { file: this.segment.file, token: this.#mutex.token });
    return new Guard(this, this.#mutex.token, recovered);
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.#line.failAll(error);
  }

  /** Does something to the lock, also when it was closed here: others may wait for it. */
  #reopened(body: (mutex: Mutex) => void): void {
    if (!this.segment.closed) {
      body(this.#mutex);
      return;
    }
    let segment: Segment;
    try {
      segment = Segment.attach(this.segment.file, 'lock', PLAN.version);
    } catch (error) {
      if (error instanceof MpError) return; // Nobody is left who could wait.
      throw error;
    }
    body(new Mutex(segment, BODY, CAPACITY));
    segment.close();
  }

  #timeout(timeout: number | undefined): TimeoutError {
    const holder = this.#mutex.holder;
    const by =
      holder === undefined ? 'it is free now' : `held by pid ${holder.pid}, thread ${holder.threadId}`;
    return new TimeoutError(`Cannot acquire the ${this.segment.title} within ${timeout} ms: ${by}`);
  }

  #deadlock(): DeadlockError {
    return new DeadlockError(
      `Cannot acquire the ${this.segment.title} synchronously: this thread holds it, and while it waits nobody can ` +
        'release it. Give a timeout, use acquire(), or an RLock',
    );
  }
}

registerHandle('lock', {
  package: '@mp/lock',
  decode: (data) => {
    const [file, host, version] = Array.isArray(data) ? data : [];
    if (typeof file !== 'string' || !HOSTS.includes(host) || typeof version !== 'number') {
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a Lock: its handle is damaged');
    }
    return new Lock({}, Segment.attach(file, host, version));
  },
});
