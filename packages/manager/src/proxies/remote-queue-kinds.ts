import type { WaitOptions } from '@mp/core';
import type { AsyncJoinableQueue, AsyncPriorityQueue, Priority } from '@mp/queue';
import { RemoteQueue } from './remote-queue.ts';

/**
 * A queue in the server that knows when all of its items are done: `Manager().JoinableQueue()` of Python.
 *
 * A `get` is a lease that {@link RemoteJoinableQueue.taskDone} ends: the item of a client that died before is delivered
 * again, to another one, and `join()` does not hang as Python's does. `taskDone()` ends the oldest get of this proxy, or
 * of another one of this connection; Python's ends that of anybody.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const queue = await manager.joinableQueue();
 * await queue.putMany(['a', 'b']);
 * for (let left = 2; left > 0; left--) {
 *   await queue.get();
 *   await queue.taskDone();
 * }
 * await queue.join();
 * console.log(await queue.size); // 0
 * await manager.close();
 * ```
 */
export class RemoteJoinableQueue<T = unknown> extends RemoteQueue<T> implements AsyncJoinableQueue<T> {
  /** By which the server tells the gets of this proxy from those of others of this connection. */
  readonly #holder = [this.ref.client.newNumber()];

  /**
   * One item that was got is done: the oldest of this proxy that is not; when it has none, the oldest of this connection.
   *
   * @throws RangeError when there is none (Python's `ValueError`)
   */
  taskDone(): Promise<void> {
    return this.call('taskDone', this.holder);
  }

  /**
   * Waits until everything that was put is done: got, and confirmed by {@link RemoteJoinableQueue.taskDone}; or discarded,
   * or a dead letter.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it took longer (Python has no timeout here)
   * @throws ClosedError `ERR_MP_CLOSED` when it was closed here, or the server is gone
   */
  async join(options?: WaitOptions): Promise<void> {
    await this.call('join', [], options);
  }

  /** @internal */
  protected override get holder(): readonly unknown[] {
    return this.#holder;
  }
}

/**
 * A queue in the server that gives the item first that was put last: `queue.LifoQueue` of Python. An item that comes back
 * from a lease has the place that it had.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const stack = await manager.lifoQueue();
 * await stack.putMany(['a', 'b', 'c']);
 * console.log(await stack.getMany(3)); // [ 'c', 'b', 'a' ]
 * await manager.close();
 * ```
 */
export class RemoteLifoQueue<T = unknown> extends RemoteQueue<T> {}

/**
 * A queue in the server that gives the item with the lowest priority first, and among equals the one that was put first:
 * `queue.PriorityQueue` of Python, which compares the items themselves.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const queue = await manager.priorityQueue();
 * await queue.put('later', { priority: 2 });
 * await queue.put('now', { priority: 1 });
 * console.log(await queue.get(), await queue.get()); // now later
 * await manager.close();
 * ```
 */
export class RemotePriorityQueue<T = unknown> extends RemoteQueue<T> implements AsyncPriorityQueue<T> {
  /**
   * Puts an item behind those of lower or equal priority.
   *
   * @param options `priority`, and those of {@link RemoteQueue.put}
   * @throws TypeError, RangeError on a priority that is no finite number; else as {@link RemoteQueue.put}
   */
  override put(item: T, options?: WaitOptions & Priority): Promise<void> {
    return super.put(item, options);
  }

  override tryPut(item: T, options?: Priority): Promise<boolean> {
    return super.tryPut(item, options);
  }

  /** Puts several items of one priority, all at once. */
  override putMany(items: readonly T[], options?: WaitOptions & Priority): Promise<void> {
    return super.putMany(items, options);
  }

  override tryPutMany(items: readonly T[], options?: Priority): Promise<boolean> {
    return super.tryPutMany(items, options);
  }

  /** @internal */
  protected override priorityOf(options: Priority | undefined): number {
    const priority = options?.priority === undefined ? 0 : options.priority;
    if (typeof priority !== 'number')
      throw new TypeError(
        `priority must be a number, not ${priority === null ? 'null' : `a ${typeof priority}`}`,
      );
    if (!Number.isFinite(priority)) throw new RangeError(`priority must be a finite number, not ${priority}`);
    return priority;
  }
}
