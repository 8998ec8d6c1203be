import {
  type ClosedError,
  MpError,
  NotOwnerError,
  type SyncWaitOptions,
  TimeoutError,
  type WaitOptions,
} from '@mp/core';
import {
  BODY,
  H_VERSION,
  HANDLE,
  type HandleRecord,
  type Kind,
  LOOK,
  type Look,
  type Opened,
  OwnerWait,
  Primitive,
  type Reason,
  registerHandle,
  Segment,
  type SegmentPlan,
  type SegmentViews,
  singleton,
  thisAgent,
  trace,
  WaitLine,
} from '@mp/core/internal';
import { type Address, inClosedSegment } from './closed-segment.ts';
import { ringDeadlock, selfDeadlock } from './deadlock.ts';
import type { Acquired, Guard, Renewal } from './guard.ts';
import { type Holder, initMutex, Mutex, type MutexLook, mutexIn, mutexWords } from './mutex.ts';
import { raiseFloor, tokenAboveFloor, tokenOfNow } from './tokens.ts';

/** Threads that can stand in the table at once; more of them wait too, but look only now and then. */
export const CAPACITY = 64;

/** Words of a lock at the start of a segment's body: its own, or one of a kind that brings its lock along. */
export const LOCK_WORDS = mutexWords(CAPACITY);
/** Bytes of the segment of a lock. */
export const LOCK_BYTES = (BODY + LOCK_WORDS) * 4;

/** The lock at the start of the body of a segment that is only looked at. */
export function lockIn(look: Look): MutexLook {
  return mutexIn(look, BODY, CAPACITY);
}

/** Writes a free lock at the start of the body of a segment that no other thread sees yet. */
export function initLock(views: SegmentViews): void {
  initMutex(views, BODY, tokenOfNow());
}

/** How the segment of a lock is made. @param named whether it may have existed under its name before */
export function lockPlan(kind: Kind, named: boolean): SegmentPlan {
  const fill = named ? (views: SegmentViews) => initMutex(views, BODY, tokenAboveFloor()) : initLock;
  return { kind, version: 1, size: LOCK_BYTES, fill };
}

/** What a wait on a Condition gives up, and gets back. */
export interface Held {
  readonly origin: number;
}

/**
 * What Lock and RLock have in common: one owner at a time, known to all, and a segment whose body begins
 * with the lock. They differ in what counts as the owner.
 */
export abstract class OwnedLock extends Primitive implements Acquired {
  /** @internal */
  protected readonly mutex: Mutex;
  /** @internal */
  protected readonly line: WaitLine;
  /** @internal Where others find it. */
  readonly address: Address;
  readonly #renewals = renewals();

  /** @internal */
  protected constructor(opened: Opened) {
    super(opened);
    const { file, kind, words } = this.segment;
    this.address = { file, kind, version: words[H_VERSION] };
    this.mutex = new Mutex(this.segment, BODY, CAPACITY);
    this.line = new WaitLine(this.mutex.waiters);
  }

  /** Whether it is held. A lock whose holder died counts as locked until it is acquired or released. */
  get locked(): boolean {
    this.assertOpen();
    return this.mutex.owner !== 0;
  }

  /**
   * Its holder, for messages like "held by pid 640 for 30 s"; `undefined` when it is free.
   *
   * `since` is when the acquisition was first seen held: a free lock is taken without asking the clock.
   */
  get holder(): Holder | undefined {
    this.assertOpen();
    return this.mutex.holder;
  }

  /**
   * Removes a named lock if it is not in use any more, by this object neither: that one is closed first.
   *
   * @returns whether the name is free now
   * @throws TypeError when the lock has no name
   */
  override unlink(): boolean {
    if (this.name !== undefined) this.#whereverOpen(({ token }) => raiseFloor(token));
    return super.unlink();
  }

  /** @internal Ends the acquisition that began as `token`, if it is still the present one and this thread's. */
  releaseToken(token: number): void {
    if (this.segment.words.length !== 0 && this.mutex.unlock(token)) return;
    const renewal = this.renewalOf(token);
    if (renewal !== undefined) this.#renewals.delete(this.address.file);
    else if (!this.segment.closed) return;
    this.#whereverOpen((mutex) => mutex.unlock(renewal?.token ?? token));
  }

  /** @internal */
  renewalOf(token: number): Renewal | undefined {
    const renewal = this.#renewals.get(this.address.file);
    return renewal?.origin === token ? renewal : undefined;
  }

  /** @internal Whether this thread holds it. */
  get isMine(): boolean {
    return !this.segment.closed && this.mutex.isMine;
  }

  /**
   * @internal What the caller holds.
   *
   * @param within of an RLock: a guard that says so
   * @throws NotOwnerError when it is not held by the caller
   */
  abstract held(within?: Guard): Held;

  /** @internal Frees it, all levels at once. */
  suspend(_held: Held): void {
    this.mutex.unlock(this.mutex.token);
  }

  /** @internal Acquires it again, however long that takes. */
  async resume(held: Held): Promise<void> {
    this.assertOpen();
    if (this.mutex.tryLock()) this.restore(held, false);
    else await this.takeLater(Infinity, undefined, (recovered) => this.restore(held, recovered));
  }

  /** @internal Like {@link OwnedLock.resume} but blocks the thread. */
  resumeSync(held: Held): void {
    this.assertOpen();
    if (this.mutex.tryLock()) this.restore(held, false);
    else this.takeSync(Infinity, undefined, (recovered) => this.restore(held, recovered), '', false);
  }

  /** @internal It was acquired again: what was given up counts again. */
  protected restore({ origin }: Held, recovered: boolean): true {
    this.#renewals.set(this.address.file, { origin, token: this.mutex.token, recovered });
    return true;
  }

  /** @internal The number with which the present acquisition began. */
  protected get origin(): number {
    const { token } = this.mutex;
    const renewal = this.#renewals.get(this.address.file);
    return renewal?.token === token ? renewal.origin : token;
  }

  /**
   * @internal Waits until it is free.
   *
   * @param admit called in the moment it is acquired: when an awaiting task comes to it, the lock may be on its next
   * acquisition
   */
  protected async takeLater<T>(
    deadline: number,
    options: WaitOptions | undefined,
    admit: (recovered: boolean) => T,
  ): Promise<T> {
    const since = performance.now();
    this.mutex.noteHeld();
    const got = await this.line.wait(
      (reason) => this.#attempt(reason, since, admit),
      deadline,
      options?.signal,
    );
    if (got === undefined) throw this.#timeout(options?.timeout);
    return got.admitted;
  }

  /**
   * @internal Blocks the thread until it is free.
   *
   * @param wayOut what the error says to do when this thread holds it
   * @param canGiveUp whether a deadlock may end this wait with an error
   */
  protected takeSync<T>(
    deadline: number,
    options: SyncWaitOptions | undefined,
    admit: (recovered: boolean) => T,
    wayOut: string,
    canGiveUp = true,
  ): T {
    const since = performance.now();
    const me = thisAgent().id;
    const wait = deadline === Infinity ? new OwnerWait(this.#titleForOthers, canGiveUp) : undefined;
    this.mutex.noteHeld();
    const attempt = (reason: Reason) => {
      const got = this.#attempt(reason, since, admit);
      if (got !== undefined || wait === undefined) return got;
      const { owner } = this.mutex;
      if (owner === me && canGiveUp) throw selfDeadlock(this.segment.title, wayOut);
      const ring = reason === LOOK ? wait.look(owner) : undefined;
      if (ring !== undefined) throw ringDeadlock(ring);
      return undefined;
    };
    try {
      const got = this.line.waitSync(attempt, deadline);
      if (got === undefined) throw this.#timeout(options?.timeout);
      return got.admitted;
    } finally {
      wait?.end();
    }
  }

  /**
   * @internal Takes it if it is free, or if its holder is dead.
   *
   * @returns whether its holder was dead; `undefined` = it is held
   */
  protected takeNow(): boolean | undefined {
    if (this.mutex.tryLock()) return false;
    const got = this.mutex.takeOrRecover();
    if (got === 2) this.#traceRecovery();
    return got && got === 2;
  }

  /** @internal The caller is not the owner. @param wayOut what to do, or why not */
  protected notOwner(attempt: string, wayOut: string): NotOwnerError {
    const holder = this.mutex.holder;
    const by =
      holder === undefined
        ? 'nobody holds it'
        : `it is held by ${this.isMine ? 'this thread' : `pid ${holder.pid}, thread ${holder.threadId}`}`;
    return new NotOwnerError(`Cannot ${attempt} the ${this.segment.title}: ${by}; ${wayOut}`);
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    this.line.failAll(error);
  }

  /** @internal */
  protected handleOf(kind: string): HandleRecord {
    this.assertOpen();
    const { file, kind: host, version } = this.address;
    return { kind, data: [file, host, version], segment: file };
  }

  abstract [HANDLE](): HandleRecord;

  #attempt<T>(reason: Reason, since: number, admit: (recovered: boolean) => T): { admitted: T } | undefined {
    const got = this.mutex.attempt(reason, since);
    if (got === undefined) return undefined;
    if (got === 2) this.#traceRecovery();
    return { admitted: admit(got === 2) };
  }

  #traceRecovery(): void {
    trace('lock.recovered', { file: this.address.file, token: this.mutex.token });
  }

  /** Does something to the lock, also when it was closed here. */
  #whereverOpen(body: (mutex: Mutex) => void): void {
    if (!this.segment.closed) body(this.mutex);
    else inClosedSegment(this.address, (segment) => body(new Mutex(segment, BODY, CAPACITY)));
  }

  get #titleForOthers(): string {
    const { title } = this.segment;
    return this.name === undefined ? `${title} ${this.address.file}` : title;
  }

  #timeout(timeout: number | undefined): TimeoutError {
    const holder = this.mutex.holder;
    const by =
      holder === undefined ? 'it is free now' : `held by pid ${holder.pid}, thread ${holder.threadId}`;
    return new TimeoutError(`Cannot acquire the ${this.segment.title} within ${timeout} ms: ${by}`);
  }
}

/** The lock of this thread that was got back by a wait on a Condition, by file. */
function renewals(): Map<string, Renewal> {
  return singleton('lock-renewals', () => new Map());
}

/** Forgets that the acquisition of `file` was ever given up: it ended. */
export function forgetRenewal(file: string): void {
  renewals().delete(file);
}

/**
 * Makes handles of a class of locks known.
 *
 * @param kind name of the handle
 * @param hosts kinds of segments that such a lock may lie in
 */
export function registerLock(
  kind: 'lock' | 'rlock',
  hosts: readonly Kind[],
  make: (segment: Segment) => OwnedLock,
): void {
  registerHandle(kind, {
    package: '@mp/lock',
    decode: (data) => {
      const [file, host, version] = Array.isArray(data) ? data : [];
      if (typeof file !== 'string' || !hosts.includes(host) || typeof version !== 'number') {
        throw new MpError('ERR_MP_MISMATCH', `Cannot open the ${kind} in a message: its handle is damaged`);
      }
      return make(Segment.attach(file, host, version));
    },
  });
}
