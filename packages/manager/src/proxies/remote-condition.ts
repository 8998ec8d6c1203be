import { atDeadline, deadlineOf, timeLeft, watchAbort } from '@mp/core/internal';
import type { AsyncCondition } from '@mp/lock';
import { ABORTED, NOTIFIED, type WaitAnswer } from '../objects/hosted-condition.ts';
import type { RemoteGuard } from './remote-guard.ts';
import type { RemoteLock } from './remote-lock.ts';
import { type RemoteReentrantOptions, type RemoteRLock, WITHIN, whichOf } from './remote-rlock.ts';
import { renew } from './renewals.ts';
import { WaitingProxy } from './waiting-proxy.ts';

type AnyLock = RemoteLock | RemoteRLock;

/**
 * Lets the holders of a lock of the server wait for each other's news: `Manager().Condition()` of Python, with the methods
 * of the `Condition` of `@mp/lock`.
 *
 * A wait gives the lock up and has it again when it ends, in whatever way. Its end by a timeout or a signal therefore needs
 * the server. `notify(n)` ends the waits of exactly the `n` that wait longest; what had been notified to a client that is
 * lost before it has its lock again goes to the next.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const cond = await manager.condition();
 * const items = [];
 * const consumer = cond.with(async () => {
 *   await cond.waitFor(() => items.length > 0);
 *   console.log(items.shift()); // apple
 * });
 * await cond.with(async () => {
 *   items.push('apple');
 *   await cond.notify();
 * });
 * await consumer;
 * await manager.close();
 * ```
 */
export class RemoteCondition extends WaitingProxy implements AsyncCondition {
  #lock: Promise<readonly [AnyLock, boolean]> | undefined;
  /** How to end each wait of this proxy. */
  readonly #ends = new Set<(reason: unknown) => void>();

  /** The lock that belongs to it. */
  get lock(): Promise<AnyLock> {
    return this.#known().then(([lock]) => lock);
  }

  /** Acquires {@link RemoteCondition.lock}. */
  async acquire(options?: RemoteReentrantOptions): Promise<RemoteGuard> {
    const deadline = deadlineOf(options, WITHIN);
    const lock = await this.lock;
    return await lock.acquire(options && { ...options, timeout: timeLeft(deadline) });
  }

  /** Runs `body` holding {@link RemoteCondition.lock}. */
  async with<T>(
    body: (guard: RemoteGuard) => T | PromiseLike<T>,
    options?: RemoteReentrantOptions,
  ): Promise<T> {
    const deadline = deadlineOf(options, WITHIN);
    const lock = await this.lock;
    return await lock.with(body, options && { ...options, timeout: timeLeft(deadline) });
  }

  /** Releases {@link RemoteCondition.lock}, as that does. */
  async release(): Promise<void> {
    await (await this.lock).release();
  }

  /**
   * Gives the lock up, waits until it is notified, and acquires the lock again.
   *
   * The caller must hold it: with a Lock, this client must; with an RLock, this task must be known as its owner, by the
   * scope of `with()` or by `within`.
   *
   * @param options `timeout` in ms and `signal` end the wait; then the lock is acquired again, however long that takes.
   * `within`: a guard of the RLock
   * @returns `false` when it was not notified in time
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when the caller does not hold the lock
   * @throws ClosedError `ERR_MP_CLOSED` when the condition was closed here, or the server is gone
   */
  async wait(options: RemoteReentrantOptions = {}): Promise<boolean> {
    const deadline = deadlineOf(options, WITHIN);
    const { client } = this.ref;
    const which = whichOf(client, options.within);
    const id = client.newNumber();
    let reason: unknown;
    const end = (why: unknown, isAborted = true) => {
      reason ??= why;
      this.call('endWait', [id, isAborted]).catch(() => {});
    };
    // At once: an answer that comes next may say that the acquisition has ended.
    const ended = ([how, renewal]: WaitAnswer) => {
      if (renewal === undefined) return how;
      const [lock, origin, token, recovered] = renewal;
      renew(client, { lock, origin, token, recovered });
      return how;
    };
    const waiting = this.ask('wait', [id, timeLeft(deadline) === 0, ...which], ended);
    const { signal } = options;
    const cancelTimer = Number.isFinite(deadline)
      ? atDeadline(deadline, () => end(undefined, false))
      : undefined;
    const unwatch = signal && watchAbort(signal, () => end(signal.reason));
    this.#ends.add(end);
    try {
      const how = await waiting;
      if (how === ABORTED) throw reason;
      return how === NOTIFIED;
    } finally {
      this.#ends.delete(end);
      cancelTimer?.();
      unwatch?.();
    }
  }

  /**
   * Waits until `predicate` answers something truthy. It is asked here, with the lock held: at once, and after each
   * notification.
   *
   * @param options as for {@link RemoteCondition.wait}; the timeout is that of all waits together
   * @returns the last answer: something falsy when the time is over
   */
  async waitFor<T>(predicate: () => T | PromiseLike<T>, options?: RemoteReentrantOptions): Promise<T> {
    const deadline = deadlineOf(options, WITHIN);
    await this.ask('check', whichOf(this.ref.client, options?.within));
    for (;;) {
      const answer = await predicate();
      const timeout = timeLeft(deadline);
      if (answer || timeout === 0) return answer;
      await this.wait({ ...options, timeout });
    }
  }

  /**
   * Ends the longest of the waits. They go on when they have the lock: not before this client gives it up.
   *
   * @param count how many; less when less wait. Default: 1
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when this client does not hold the lock
   * @throws RangeError when `count` is no whole number from 0
   */
  async notify(count = 1): Promise<void> {
    if (!Number.isInteger(count) || count < 0)
      throw new RangeError(`count must be a whole number from 0, not ${count}`);
    await this.ask('notify', [count]);
  }

  /** Ends all waits. */
  notifyAll(): Promise<void> {
    return this.ask('notify', [null]);
  }

  /** How many wait and were not notified. */
  get waiting(): Promise<number> {
    return this.ask('waiting');
  }

  /**
   * Lets go of it, as far as this client has it. Waits have their lock again, and reject with `ERR_MP_CLOSED`; later calls
   * reject, too. Safe to call again.
   */
  override close(): void {
    for (const end of this.#ends) end(this.closedError());
    this.#lock?.then(
      ([lock, isOwn]) => {
        if (isOwn) lock.close();
      },
      () => {},
    );
    super.close();
  }

  #known(): Promise<readonly [AnyLock, boolean]> {
    this.#lock ??= this.ask('lock');
    return this.#lock;
  }
}
