import { type ClosedError, MpError, type SyncWaitOptions, TimeoutError, type WaitOptions } from '@mp/core';
import {
  checkOptions,
  deadlineOf,
  HANDLE,
  type HandleRecord,
  LOOK,
  OwnerWait,
  openPrimitive,
  Primitive,
  type Reason,
  registerHandle,
  Segment,
  thisAgent,
  trace,
  UNINVITED,
  WaitLine,
} from '@mp/core/internal';
import { inClosedSegment } from './closed-segment.ts';
import { ringDeadlock, selfDeadlock } from './deadlock.ts';
import { type Acquired, Guard } from './guard.ts';
import type { LockOptions } from './lock.ts';
import type { Holder } from './mutex.ts';
import { Permit } from './permit.ts';
import { planOf, READER, type Read, ReadWrite, VERSION, WRITER } from './read-write.ts';
import { raiseFloor } from './tokens.ts';

const WAY_OUT = 'Release that first, give a timeout, or wait asynchronously';

/**
 * A lock for many readers or one writer, between processes, threads and tasks. Python has none.
 *
 * A read that finds no writer costs two atomic operations in memory of its own thread's. From the moment that a writer is
 * next, new readers wait, so writers are not starved; at the end of a write the waiting readers go first, so readers are
 * not either. Reads of dead threads are cleared by the writer that waits for them; a dead writer is followed by the next
 * one, whose guard says `recovered`. A reader is told so too, until a writer has been.
 *
 * A task that reads must not wait for a second read before the end of the first: a writer may be next in between. A
 * synchronous read may, since its thread has nothing else to offer.
 *
 * @example
 * ```js
 * import { RWLock } from '@mp/lock';
 *
 * const rw = new RWLock();
 * await Promise.all([rw.withRead(() => console.log('one')), rw.withRead(() => console.log('two'))]);
 * await rw.withWrite(() => console.log('alone')); // alone
 * rw.close();
 * ```
 */
export class RWLock extends Primitive implements Acquired {
  readonly #lock: ReadWrite;
  readonly #readers: WaitLine;
  readonly #writers: WaitLine;
  readonly #drain: WaitLine;
  readonly #file: string;

  /**
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: the segment of one that came in a message
   * @throws TypeError, RangeError on a bad name
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, `ERR_MP_NO_SPACE` when the segment
   * directory is full
   */
  constructor(options: LockOptions = {}, received?: Segment) {
    checkOptions(options, '{ name }');
    const plan = planOf(options.name !== undefined);
    super(received ? { segment: received, created: false } : openPrimitive(options, plan));
    this.#file = this.segment.file;
    this.#lock = new ReadWrite(this.segment);
    this.#readers = new WaitLine(this.#lock.mutex.waiters, READER);
    this.#writers = new WaitLine(this.#lock.mutex.waiters, WRITER);
    this.#drain = new WaitLine(this.#lock.drain);
  }

  /** How many reads are open, in all processes. Those of the dead count until a writer wants the lock. */
  get readers(): number {
    this.assertOpen();
    return this.#lock.slots.count;
  }

  /** The writer, or the next one, which waits for the readers to leave; `undefined` = none. */
  get holder(): Holder | undefined {
    this.assertOpen();
    return this.#lock.mutex.holder;
  }

  /**
   * Waits until there is no writer, and begins a read.
   *
   * @param options `timeout` in ms; `signal` ends the wait
   * @throws TimeoutError `ERR_MP_TIMEOUT` when there was a writer for that long
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed in this thread
   */
  read(options?: WaitOptions): Promise<Permit> {
    try {
      this.assertOpen();
      const deadline = deadlineOf(options);
      const read = this.#readNow();
      if (read !== undefined) return Promise.resolve(new Permit(this, read));
      return this.#readLater(deadline, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Like {@link RWLock.read} but blocks the thread. A thread that reads already goes on at once.
   *
   * @throws DeadlockError `ERR_MP_DEADLOCK` when no timeout was given and this thread writes, or is in a ring of threads
   * that all wait in this way for each other
   */
  readSync(options?: SyncWaitOptions): Permit {
    this.assertOpen();
    const deadline = deadlineOf(options);
    const read = this.#readNow() ?? this.#lock.readAgain();
    if (read !== undefined) return new Permit(this, read);
    const since = performance.now();
    const late = this.#waitSync(
      this.#readers,
      deadline,
      (reason) => this.#lock.attemptRead(reason, since),
      () => this.#lock.mutex.owner,
    );
    if (late === undefined) throw this.#timeout('read', options?.timeout);
    return new Permit(this, late);
  }

  /** Begins a read if there is no writer, or it is dead. Never waits. @returns `undefined` when there is a writer */
  tryRead(): Permit | undefined {
    this.assertOpen();
    const read = this.#lock.tryRead();
    return read && new Permit(this, read);
  }

  /** Runs `body` in a read. @param options as for {@link RWLock.read} */
  async withRead<T>(body: () => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    const permit = await this.read(options);
    try {
      return await body();
    } finally {
      permit.release();
    }
  }

  /**
   * Waits until there is no other reader or writer, and begins a write.
   *
   * @param options `timeout` in ms; `signal` ends the wait
   * @returns a guard that ends it; `recovered` when a writer died while it wrote
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it was in use for that long
   * @throws ClosedError `ERR_MP_CLOSED` when the lock was closed in this thread
   */
  async write(options?: WaitOptions): Promise<Guard> {
    this.assertOpen();
    const deadline = deadlineOf(options);
    const token = this.#nextNow() ?? (await this.#nextLater(deadline, options));
    if (token === undefined) throw this.#timeout('write', options?.timeout);
    try {
      this.assertOpen();
      const write =
        this.#lock.beginWrite(false) ??
        (await this.#drain.wait(
          (reason) => this.#lock.beginWrite(reason === LOOK),
          deadline,
          options?.signal,
        ));
      if (write === undefined) throw this.#timeout('write', options?.timeout);
      return this.#guard(token, write.recovered);
    } catch (error) {
      this.#giveUp(token);
      throw error;
    }
  }

  /**
   * Like {@link RWLock.write} but blocks the thread.
   *
   * @throws DeadlockError `ERR_MP_DEADLOCK` when no timeout was given and this thread itself reads or writes, or is in a
   * ring of threads that all wait in this way for each other
   */
  writeSync(options?: SyncWaitOptions): Guard {
    this.assertOpen();
    const deadline = deadlineOf(options);
    const since = performance.now();
    const { mutex, slots } = this.#lock;
    const token = mutex.tryLock()
      ? mutex.token
      : this.#waitSync(
          this.#writers,
          deadline,
          (reason) => this.#next(reason, since),
          () => (slots.ownCount > 0 ? thisAgent().id : mutex.owner),
        );
    if (token === undefined) throw this.#timeout('write', options?.timeout);
    let reader = 0;
    try {
      const write =
        this.#lock.beginWrite(false) ??
        this.#waitSync(
          this.#drain,
          deadline,
          (reason) => this.#lock.beginWrite(reason === LOOK),
          () => (reader = slots.ownCount > 0 ? thisAgent().id : slots.reader(reader)),
        );
      if (write === undefined) throw this.#timeout('write', options?.timeout);
      return this.#guard(token, write.recovered);
    } catch (error) {
      this.#giveUp(token);
      throw error;
    }
  }

  /** Begins a write if there is no other reader or writer alive. Never waits. @returns `undefined` when it is in use */
  tryWrite(): Guard | undefined {
    this.assertOpen();
    const { mutex } = this.#lock;
    if (!mutex.tryLock() && mutex.takeOrRecover() === undefined) return undefined;
    const { token } = mutex;
    const write = this.#lock.beginWrite(false) ?? this.#lock.beginWrite(true);
    if (write !== undefined) return this.#guard(token, write.recovered);
    this.#giveUp(token);
    return undefined;
  }

  /** Runs `body` in a write. @param options as for {@link RWLock.write} */
  async withWrite<T>(body: (guard: Guard) => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    const guard = await this.write(options);
    try {
      return await body(guard);
    } finally {
      guard.release();
    }
  }

  /**
   * Removes a named lock if it is not in use any more, by this object neither: that one is closed first.
   *
   * @returns whether the name is free now
   * @throws TypeError when the lock has no name
   */
  override unlink(): boolean {
    if (this.name !== undefined) this.#whereverOpen(({ mutex }) => raiseFloor(mutex.token));
    return super.unlink();
  }

  /** @internal Ends a read. */
  releaseGrant(read: Read): void {
    this.#whereverOpen((lock) => lock.endRead(read));
  }

  /** @internal Ends a write. */
  releaseToken(token: number): void {
    this.#whereverOpen((lock) => lock.endWrite(token));
  }

  /** @internal No Condition gives up a write. */
  renewalOf(): undefined {
    return undefined;
  }

  /** @internal Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. */
  get rescued(): number {
    return this.#lock.mutex.waiters.rescued + this.#lock.drain.rescued;
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    return { kind: 'rwlock', data: this.#file, segment: this.#file };
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    for (const line of [this.#readers, this.#writers, this.#drain]) line.failAll(error);
    this.#lock.slots.letGo();
  }

  /** The waits of this thread go first. */
  #readNow(): Read | undefined {
    return this.#readers.isEmpty ? this.#lock.read() : undefined;
  }

  async #readLater(deadline: number, options: WaitOptions | undefined): Promise<Permit> {
    const since = performance.now();
    const attempt = (reason: Reason) => {
      const read = this.#lock.attemptRead(reason, since);
      return read && new Permit(this, read);
    };
    const permit = await this.#readers.wait(attempt, deadline, options?.signal);
    if (permit === undefined) throw this.#timeout('read', options?.timeout);
    return permit;
  }

  /** The waits of this thread to read go first. @returns the token of the next writer */
  #nextNow(): number | undefined {
    const { mutex } = this.#lock;
    return this.#readers.isEmpty && mutex.tryLock() ? mutex.token : undefined;
  }

  #nextLater(deadline: number, options: WaitOptions | undefined): Promise<number | undefined> {
    const since = performance.now();
    const attempt = (reason: Reason) =>
      // Other threads ask this one to stand back in the lock's word; its own readers cannot.
      reason === UNINVITED && !this.#readers.isEmpty ? undefined : this.#next(reason, since);
    return this.#writers.wait(attempt, deadline, options?.signal);
  }

  /** One attempt to be the next writer. @returns the token */
  #next(reason: Reason, since: number): number | undefined {
    const { mutex } = this.#lock;
    return mutex.attempt(reason, since) === undefined ? undefined : mutex.token;
  }

  /** @param ownerNow the owner that has to release something before this wait can end */
  #waitSync<T>(
    line: WaitLine,
    deadline: number,
    attempt: (reason: Reason) => T | undefined,
    ownerNow: () => number,
  ): T | undefined {
    if (deadline !== Infinity) return line.waitSync(attempt, deadline);
    const me = thisAgent().id;
    const { title } = this.segment;
    const wait = new OwnerWait(this.name === undefined ? `${title} ${this.#file}` : title, true);
    try {
      return line.waitSync((reason) => {
        const got = attempt(reason);
        if (got !== undefined) return got;
        const owner = ownerNow();
        if (owner === me) throw selfDeadlock(title, WAY_OUT);
        const ring = reason === LOOK ? wait.look(owner) : undefined;
        if (ring !== undefined) throw ringDeadlock(ring);
        return undefined;
      }, deadline);
    } finally {
      wait.end();
    }
  }

  #guard(token: number, recovered: boolean): Guard {
    if (recovered) trace('lock.recovered', { file: this.#file, token });
    return new Guard(this, token, recovered);
  }

  /** The next writer does not want to write any more. */
  #giveUp(token: number): void {
    this.#whereverOpen(({ mutex }) => mutex.unlock(token));
  }

  /** Does something to the lock, also when it was closed here. */
  #whereverOpen(body: (lock: ReadWrite) => void): void {
    if (this.segment.words.length !== 0) {
      body(this.#lock);
      return;
    }
    inClosedSegment({ file: this.#file, kind: 'rwlock', version: VERSION }, (segment) => {
      const lock = new ReadWrite(segment);
      body(lock);
      lock.slots.letGo();
    });
  }

  #timeout(what: string, timeout: number | undefined): TimeoutError {
    const { holder } = this.#lock.mutex;
    const readers = this.#lock.slots.count;
    const by =
      readers > 0
        ? `there are ${readers} reads`
        : holder === undefined
          ? 'it is free now'
          : `pid ${holder.pid}, thread ${holder.threadId}, writes`;
    return new TimeoutError(`Cannot ${what} under the ${this.segment.title} within ${timeout} ms: ${by}`);
  }
}

registerHandle('rwlock', {
  package: '@mp/lock',
  decode: (file) => {
    if (typeof file !== 'string') {
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open an RWLock: its handle is damaged');
    }
    return new RWLock({}, Segment.attach(file, 'rwlock', VERSION));
  },
});
