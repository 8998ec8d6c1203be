import type { SyncWaitOptions, WaitOptions } from '@mp/core';
import type { Kind } from '@mp/core/internal';
import { registerQueue } from './handle.ts';
import type { Priority } from './priority.ts';
import { Queue } from './queue.ts';
import type { Order } from './store.ts';

/**
 * A queue that gives the item with the lowest priority first, and among equals the one that was put first:
 * `queue.PriorityQueue` of Python, between processes too. (Python compares the items themselves.) An item that comes
 * back from a lease has the place that it had. It has all that {@link Queue} has.
 *
 * @example
 * ```js
 * import { PriorityQueue } from '@mp/queue';
 *
 * const queue = new PriorityQueue();
 * await queue.put('later', { priority: 2 });
 * await queue.put('now', { priority: 1 });
 * console.log(await queue.get(), await queue.get()); // now later
 * queue.close();
 * ```
 */
export class PriorityQueue<T = unknown> extends Queue<T> {
  /** @internal */
  static override get kind(): Kind {
    return 'priorityqueue';
  }

  /** @internal */
  static override get order(): Order {
    return 'rank';
  }

  /**
   * Puts an item behind those of lower or equal priority.
   *
   * @param options `priority`, and those of {@link Queue.put}
   * @throws TypeError, RangeError on a priority that is no finite number; else as {@link Queue.put}
   */
  override put(item: T, options?: WaitOptions & Priority): Promise<void> {
    return super.put(item, options);
  }

  override putSync(item: T, options?: SyncWaitOptions & Priority): void {
    super.putSync(item, options);
  }

  override tryPut(item: T, options?: Priority): boolean {
    return super.tryPut(item, options);
  }

  /** Puts several items of one priority, all at once. */
  override putMany(items: readonly T[], options?: WaitOptions & Priority): Promise<void> {
    return super.putMany(items, options);
  }

  override putManySync(items: readonly T[], options?: SyncWaitOptions & Priority): void {
    super.putManySync(items, options);
  }

  override tryPutMany(items: readonly T[], options?: Priority): boolean {
    return super.tryPutMany(items, options);
  }

  /** @internal */
  protected override rankOf(options: Priority | undefined): number {
    const priority = options?.priority === undefined ? 0 : options.priority;
    if (typeof priority !== 'number') {
      throw new TypeError(
        `priority must be a number, not ${priority === null ? 'null' : `a ${typeof priority}`}`,
      );
    }
    if (!Number.isFinite(priority)) {
      throw new RangeError(`priority must be a finite number, not ${priority}`);
    }
    return priority;
  }
}

registerQueue(PriorityQueue);
