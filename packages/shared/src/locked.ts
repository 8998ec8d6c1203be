import { MpError } from '@mp/core';
import {
  H_VERSION,
  type Opened,
  type Parameter,
  Primitive,
  Segment,
  type SegmentViews,
} from '@mp/core/internal';
import { type Guard, Lock, RLock } from '@mp/lock';
import {
  checkLockChoice,
  hasGivenLock,
  hasNoLock,
  initLock,
  type LockChoice,
  lockParameter,
  openGivenLock,
  writeLockChoice,
} from '@mp/lock/internal';
import { GIVEN_LOCK } from './layout.ts';

/** What the objects that bring a lock along may be told. */
export interface LockedOptions {
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
  /**
   * The lock of `update()`: `true`, the default, for one of its own; a lock that several objects share; `false` for
   * none, as Python's `RawValue` and `RawArray`. One that is opened by its name has the lock that it was made with.
   */
  lock?: LockChoice;
}

/** What objects with a lock have in common. */
export abstract class Locked extends Primitive {
  readonly #ownsLock: boolean;
  #lock: Lock | RLock | undefined;

  /**
   * @internal
   *
   * @param choice what the user said about the lock, or the lock that came with it
   * @param received whether it came in a message
   */
  protected constructor(opened: Opened, choice: LockChoice | undefined, received: boolean) {
    super(opened);
    const given = typeof choice === 'object' ? choice : undefined;
    this.#ownsLock = given === undefined || received;
    this.#lock = given ?? (hasGivenLock(this.segment, GIVEN_LOCK) ? this.#openEarly() : undefined);
  }

  /**
   * The lock for changes of more than one step: Python's `get_lock()`.
   *
   * @throws TypeError when it was made with `lock: false`
   * @throws MpError `ERR_MP_STALE` when the lock that a named one was given is gone
   */
  get lock(): Lock | RLock {
    this.assertOpen();
    if (hasNoLock(this.segment, GIVEN_LOCK)) {
      const what = this.constructor.name;
      throw new TypeError(
        `Cannot lock the ${what}: it was made with { lock: false }. Use its atomic methods, or give it a lock`,
      );
    }
    const { file, kind, words } = this.segment;
    return (this.#lock ??=
      openGivenLock(this.segment, GIVEN_LOCK) ?? new Lock({}, Segment.attach(file, kind, words[H_VERSION])));
  }

  /** In use from now on, a lock without a name cannot go before this object. One that is gone is missed when it is needed. */
  #openEarly(): Lock | RLock | undefined {
    try {
      return openGivenLock(this.segment, GIVEN_LOCK);
    } catch {
      return undefined;
    }
  }

  /** @internal Runs `body` holding the lock. */
  protected async locked<T>(body: (guard: Guard) => T | PromiseLike<T>): Promise<T> {
    return this.lock.with(body);
  }

  /** @internal Like {@link Locked.locked} but blocks the thread. */
  protected lockedSync<T>(body: (guard: Guard) => T): T {
    const guard = this.lock.acquireSync();
    try {
      return notAsync(body(guard));
    } finally {
      guard.release();
    }
  }

  /** @internal What a message says of it: its file, and the lock it was given. */
  protected get lockedData(): [string, Lock | RLock | null] {
    this.assertOpen();
    return [this.segment.file, hasGivenLock(this.segment, GIVEN_LOCK) ? this.lock : null];
  }

  /** @internal */
  protected override endWaits(): void {
    if (this.#ownsLock) this.#lock?.close();
  }
}

/** Passes on what a synchronous change returned. @throws TypeError when it is a promise */
export function notAsync<T>(result: T): T {
  if (typeof (result as PromiseLike<unknown> | null | undefined)?.then !== 'function') return result;
  throw new TypeError(
    'The change of updateSync() must not be async: it would go on without the lock. Use update()',
  );
}

/** What a message says of an object with a lock. @throws MpError `ERR_MP_MISMATCH` when it is damaged */
export function readLockedData(data: unknown, title: string): [string, { lock: Lock | RLock } | undefined] {
  const [file, lock] = Array.isArray(data) ? data : [];
  if (typeof file === 'string') {
    if (lock === null) return [file, undefined];
    if (lock instanceof Lock || lock instanceof RLock) return [file, { lock }];
  }
  throw new MpError('ERR_MP_MISMATCH', `Cannot open a ${title}: its handle is damaged`);
}

/** Writes the first state of the lock into a segment that no other thread sees yet. */
export function initLocked(views: SegmentViews, choice: LockChoice | undefined): void {
  initLock(views);
  writeLockChoice(views, GIVEN_LOCK, choice);
}

/** What must agree about the lock when an object of that name exists. */
export function lockOf(segment: Segment, choice: LockChoice | undefined): Parameter {
  return lockParameter(segment, GIVEN_LOCK, choice);
}

/** @throws TypeError when `choice` is no lock and no boolean */
export function checkLock(choice: unknown, title: string): void {
  checkLockChoice(choice, `a ${title}`, true);
}

/**
 * Refuses a segment whose body cannot be true; it is closed.
 *
 * @throws MpError `ERR_MP_MISMATCH`
 */
export function refuseDamaged(segment: Segment, title: string, problem: string): never {
  const { file } = segment;
  segment.close();
  throw new MpError('ERR_MP_MISMATCH', `Cannot open the ${title} in ${file}: ${problem}`);
}
