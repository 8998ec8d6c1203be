import { type ClosedError, NotOwnerError, TimeoutError, type WaitOptions } from '@mp/core';
import { atDeadline, deadlineOf, watchAbort } from '@mp/core/internal';
import { travels } from '../message.ts';
import { LAST_LOOK_MS, LOOK_MS } from '../wakes.ts';
import { checkPriority } from './queue-options.ts';
import { JOIN } from './scripts.ts';
import { SiteQueue } from './site-queue.ts';
import type { Item, Mode } from './take-line.ts';

/** What a put of a {@link SitePriorityQueue} takes. */
export interface Ranked {
  /** Lower is given first. Default: 0. */
  priority?: number | undefined;
}

/**
 * A queue of a site that gives the item first that was put last: `queue.LifoQueue` of Python. An item that comes back from a
 * lease has the place that it had.
 */
export class SiteLifoQueue<T = unknown> extends SiteQueue<T> {
  /** @internal */
  static override get kind(): string {
    return 'lifoQueue';
  }
}

/**
 * A queue of a site that gives the item with the lowest priority first, and among equals the one that was put first:
 * `queue.PriorityQueue` of Python, which compares the items themselves.
 *
 * @example
 * ```js
 * import { connectRedis } from '@mp/redis';
 *
 * const site = await connectRedis(process.env.REDIS_URL, { namespace: 'example' });
 * const queue = site.priorityQueue('ranked');
 * await queue.put('later', { priority: 2 });
 * await queue.put('now', { priority: 1 });
 * console.log(await queue.get(), await queue.get()); // now later
 * await queue.unlink();
 * await site.close();
 * ```
 */
export class SitePriorityQueue<T = unknown> extends SiteQueue<T> {
  /** @internal */
  static override get kind(): string {
    return 'priorityQueue';
  }

  /**
   * Puts an item behind those of lower or equal priority.
   *
   * @param options `priority`, and those of {@link SiteQueue.put}
   * @throws TypeError, RangeError on a priority that is no finite number; else as {@link SiteQueue.put}
   */
  override put(item: T, options?: WaitOptions & Ranked): Promise<void> {
    return super.put(item, options);
  }

  override tryPut(item: T, options?: Ranked): Promise<boolean> {
    return super.tryPut(item, options);
  }

  /** Puts several items of one priority, all at once. */
  override putMany(items: readonly T[], options?: WaitOptions & Ranked): Promise<void> {
    return super.putMany(items, options);
  }

  override tryPutMany(items: readonly T[], options?: Ranked): Promise<boolean> {
    return super.tryPutMany(items, options);
  }

  /** @internal */
  protected override priorityOf(options: Ranked | undefined): number {
    return checkPriority(options?.priority);
  }
}

/**
 * A queue of a site that knows when all of its items are done: `multiprocessing.JoinableQueue` of Python. A `get` is a lease that
 * {@link SiteJoinableQueue.taskDone} ends: the item of a consumer that died before is delivered again, and `join()` does not hang.
 *
 * @example
 * ```js
 * import { connectRedis } from '@mp/redis';
 *
 * const site = await connectRedis(process.env.REDIS_URL, { namespace: 'example' });
 * const queue = site.joinableQueue('joined');
 * await queue.putMany(['a', 'b']);
 * for (let left = 2; left > 0; left--) {
 *   await queue.get();
 *   await queue.taskDone();
 * }
 * await queue.join();
 * console.log(await queue.size); // 0
 * await queue.unlink();
 * await site.close();
 * ```
 */
export class SiteJoinableQueue<T = unknown> extends SiteQueue<T> {
  /** Got here, and not done. */
  readonly #got = new Map<string, Item>();
  readonly #joins = new Set<Joining>();

  /** @internal */
  static override get kind(): string {
    return 'joinableQueue';
  }

  /**
   * One item that was got is done: the oldest of this object that is not. Resolves when Redis knows.
   *
   * @throws RangeError when there is none (Python's `ValueError`)
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when the item was lost: another consumer has it, or will
   */
  async taskDone(): Promise<void> {
    this.assertOpen();
    const [oldest] = this.#got.values();
    if (oldest === undefined)
      throw new RangeError(`Cannot call taskDone() of the ${this.link.title}: every get of it here is done`);
    this.#got.delete(oldest.token);
    if (await this.settler.end(oldest.id, oldest.token, 'a')) return;
    throw new NotOwnerError(`Cannot end an item of the ${this.link.title}: it was lost`);
  }

  /**
   * Waits until everything that was put is done: got, and confirmed by {@link SiteJoinableQueue.taskDone}; or discarded, or a dead
   * letter.
   *
   * @param options `timeout` in ms, which may take up to 2 s more while Redis does not answer, and `signal`
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it took longer (Python has no timeout here)
   * @throws ClosedError `ERR_MP_CLOSED` when it was closed here
   */
  async join(options: WaitOptions = {}): Promise<void> {
    this.assertOpen();
    const deadline = deadlineOf(options);
    const joining = new Joining();
    this.#joins.add(joining);
    this.link.holder.on('joins', () => {
      for (const each of this.#joins) each.wake();
    });
    const { signal } = options;
    const late = new TimeoutError(`Cannot join the ${this.link.title}: not all of its items are done`);
    const ends: (() => void)[] = [];
    if (signal !== undefined) ends.push(watchAbort(signal, () => joining.fail(signal.reason)));
    const lookLast = () => {
      const last = setTimeout(() => joining.fail(late), LAST_LOOK_MS);
      ends.push(() => clearTimeout(last));
      joining.wake();
    };
    if (deadline === -Infinity) lookLast();
    else if (deadline !== Infinity) ends.push(atDeadline(deadline, lookLast));
    try {
      for (;;) {
        const isLast = performance.now() >= deadline;
        const { waiter, grace } = this.link.holder;
        const look = this.link.run(JOIN, [isLast ? '' : waiter, grace]) as Promise<number[]>;
        const [answer, ms] = await joining.unlessFailed(look);
        if (answer !== 0) return;
        if (isLast) throw late;
        // It could not be woken: once it can, it has to look again.
        if (waiter === '') await joining.orWoken(this.link.holder.hear());
        else await joining.sleep(ms < 0 ? LOOK_MS : Math.min(ms, LOOK_MS));
        joining.throwIfFailed();
      }
    } finally {
      this.#joins.delete(joining);
      for (const end of ends) end();
    }
  }

  /** @internal */
  protected override get getMode(): Mode {
    return 'l';
  }

  /** @internal */
  protected override note(item: Item): void {
    this.#got.set(item.token, item);
  }

  /** @internal */
  protected override closeWaits(error: ClosedError): void {
    super.closeWaits(error);
    for (const joining of this.#joins) joining.fail(error);
  }

  /** @internal */
  protected override onLost(error: NotOwnerError): void {
    super.onLost(error);
    this.#got.clear();
  }
}

/** One `join()`. */
class Joining {
  #wasWoken = false;
  #wake: () => void = () => {};
  #fail: (error: unknown) => void = () => {};
  #failure: { readonly error: unknown } | undefined;

  wake(): void {
    this.#wasWoken = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#fail(this.#failure.error);
    this.wake();
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** @returns what `look` comes to, unless it has failed, or fails before that comes */
  unlessFailed<T>(look: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure.error);
      this.#fail = reject;
      look.then(resolve, reject);
    });
  }

  /** Resolves with `ready`, or when it is woken. */
  async orWoken(ready: Promise<void>): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      if (this.#wasWoken) resolve();
      else this.#wake = resolve;
    });
    // Also when it was woken before: the race handles the failure of what is not waited for any more.
    await Promise.race([ready, woken]);
    this.#wasWoken = false;
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#wasWoken)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.#wasWoken = false;
  }
}

for (const Kind of [SiteQueue, SiteLifoQueue, SitePriorityQueue, SiteJoinableQueue])
  travels(Kind.kind, (session, name) => new Kind(session, name));
