import type { Kind } from '@mp/core/internal';
import { registerQueue } from './handle.ts';
import { Queue } from './queue.ts';
import type { Order } from './store.ts';

/**
 * A queue that gives the item first that was put last: `queue.LifoQueue` of Python, between processes too. An item that
 * comes back from a lease has the place that it had. It has all that {@link Queue} has.
 *
 * @example
 * ```js
 * import { LifoQueue } from '@mp/queue';
 *
 * const stack = new LifoQueue();
 * stack.putManySync(['a', 'b', 'c']);
 * console.log(stack.getManySync(3)); // [ 'c', 'b', 'a' ]
 * stack.close();
 * ```
 */
export class LifoQueue<T = unknown> extends Queue<T> {
  /** @internal */
  static override get kind(): Kind {
    return 'lifoqueue';
  }

  /** @internal */
  static override get order(): Order {
    return 'latest';
  }
}

registerQueue(LifoQueue);
