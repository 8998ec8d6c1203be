import type { ClosedError, SyncWaitOptions, WaitOptions } from '@mp/core';
import { deadlineOf, deadlineOfSync, type Kind, type Segment } from '@mp/core/internal';
import { registerQueue } from './handle.ts';
import type { Manner } from './latch.ts';
import type { Lease } from './lease.ts';
import type { QueueOptions } from './options.ts';
import { Queue } from './queue.ts';
import { type Read, type Step, Waits } from './waits.ts';

const areDone = (): true => true;

/**
 * A queue that knows when all of its items are done: `multiprocessing.JoinableQueue` of Python.
 *
 * A `get` is a lease that {@link JoinableQueue.taskDone} ends. So the item of a worker that died before is delivered
 * again, to another one, and `join()` does not hang as Python's does. Items are counted as in Python, not named:
 * `taskDone()` ends the oldest get of this queue object, wherever Python's ends that of anybody.
 *
 * @example
 * ```js
 * import { JoinableQueue } from '@mp/queue';
 *
 * const queue = new JoinableQueue();
 * await queue.putMany(['a', 'b']);
 * for (let left = 2; left > 0; left--) {
 *   await queue.get();
 *   queue.taskDone();
 * }
 * await queue.join();
 * console.log(queue.size); // 0
 * queue.close();
 * ```
 */
export class JoinableQueue<T = unknown> extends Queue<T> {
  /** What was got and is not done, oldest first. */
  readonly #got = new Set<Lease<T>>();
  readonly #joins: Waits;
  readonly #finished: Step<true>;

  /** @param options @param received as of {@link Queue} */
  constructor(options: QueueOptions = {}, received?: Segment) {
    super(options, received);
    this.#joins = new Waits(
      this.state.joinWaiters,
      `Cannot join the ${this.segment.title}`,
      'not all of its items are done',
    );
    this.#finished = () => this.getSide.finished() && areDone;
  }

  /** @internal */
  static override get kind(): Kind {
    return 'joinablequeue';
  }

  /**
   * One item that was got is done: the oldest of this queue object that is not.
   *
   * @throws RangeError when there is none (Python's `ValueError`)
   */
  taskDone(): void {
    this.assertOpen();
    const [oldest] = this.#got;
    if (oldest === undefined) {
      throw new RangeError(
        `Cannot call taskDone() of the ${this.segment.title}: every get of it here is done`,
      );
    }
    this.#got.delete(oldest);
    oldest.ack();
  }

  /**
   * Waits until everything that was put is done: got, and confirmed by {@link JoinableQueue.taskDone}; or discarded,
   * or a dead letter.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it took longer (Python has no timeout here)
   * @throws ClosedError `ERR_MP_CLOSED` when it was closed in this thread
   */
  async join(options?: WaitOptions): Promise<void> {
    this.assertOpen();
    const deadline = deadlineOf(options);
    if (this.#joins.now(this.#finished) === undefined)
      await this.#joins.later(this.#finished, deadline, options);
  }

  /** Like {@link JoinableQueue.join} but blocks the thread. */
  joinSync(options?: SyncWaitOptions): void {
    this.assertOpen();
    const deadline = deadlineOfSync(options);
    if (this.#joins.now(this.#finished) === undefined)
      this.#joins.laterSync(this.#finished, deadline, options);
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    super.endWaits(error);
    this.#joins.failAll(error);
  }

  /** @internal */
  protected override takeOne(manner: Manner): Read<T> | undefined {
    const read = this.leaseOne(manner);
    return read && (() => this.#note(read()));
  }

  /** @internal It leases what it gets. */
  protected override get takesAsItCame(): boolean {
    return false;
  }

  /** @internal */
  protected override takeSome(most: number, manner: Manner): Read<T[]> | undefined {
    const read = this.leaseSome(most, manner);
    return read && (() => read().map((lease) => this.#note(lease)));
  }

  #note(lease: Lease<T>): T {
    this.#got.add(lease);
    return lease.value;
  }
}

registerQueue(JoinableQueue);
