import { checkOptions, type Kind, type Segment } from '@mp/core/internal';
import { registerQueue } from './handle.ts';
import { Queue } from './queue.ts';

const LIMITS = ['maxSize', 'maxBytes', 'maxAttempts'];

/**
 * A queue without limits, so that a `put` never waits: `multiprocessing.SimpleQueue` of Python, whose `empty()` is
 * `isEmpty`. (Python's `put` blocks when the pipe below is full.) It has all that {@link Queue} has.
 *
 * @example
 * ```js
 * import { SimpleQueue } from '@mp/queue';
 *
 * const queue = new SimpleQueue();
 * queue.putSync('a');
 * console.log(queue.isEmpty, queue.getSync(), queue.isEmpty); // false a true
 * queue.close();
 * ```
 */
export class SimpleQueue<T = unknown> extends Queue<T> {
  /**
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: the segment of one that came in a message
   * @throws TypeError when a limit is given
   */
  constructor(options: { name?: string } = {}, received?: Segment) {
    const limit = LIMITS.find((name) => Object.hasOwn(options ?? {}, name));
    if (limit !== undefined) throw new TypeError(`A SimpleQueue has no ${limit}: use a Queue`);
    checkOptions(options, 'SimpleQueue', ['name']);
    super(options, received);
  }

  /** @internal */
  static override get kind(): Kind {
    return 'simplequeue';
  }
}

registerQueue(SimpleQueue);
