import type { ClosedError, WaitOptions } from '@mp/core';
import { TimeoutError } from '@mp/core';
import { deadlineOf } from '@mp/core/internal';
import { isOver, OverError } from './over.ts';
import type { QueueLink } from './queue-link.ts';
import { QueueLoop } from './queue-loop.ts';
import type { Settler } from './settler.ts';
import { type Item, TakeLine } from './take-line.ts';

/** What the letters of a queue share with it. */
export interface LetterHome<T> {
  readonly link: QueueLink;
  readonly settler: Settler;
  /** @returns how many there are */
  count(): Promise<number>;
  /** The value of an item that was got, from now on ours. */
  open(item: Item): T;
  /** Redis may have leased a letter by a call whose answer was lost: it is asked when it is there again. */
  doubt(): void;
}

/**
 * The items of a queue that were leased `maxAttempts` times and not acknowledged, the oldest first. They stay until they are
 * taken.
 *
 * @example
 * ```js
 * import { connectRedis } from '@mp/redis';
 *
 * const site = await connectRedis(process.env.REDIS_URL, { namespace: 'example' });
 * const queue = site.queue('letters', { maxAttempts: 1 });
 * await queue.put('bad job');
 * await (await queue.lease()).retry(); // the only attempt
 * console.log(await queue.deadLetters.get()); // bad job
 * await queue.unlink();
 * await site.close();
 * ```
 */
export class SiteDeadLetters<T = unknown> {
  readonly #home: LetterHome<T>;
  readonly #line: TakeLine;

  /** @internal */
  constructor(home: LetterHome<T>) {
    this.#home = home;
    const attempted = `Cannot get a dead letter of the ${home.link.title}`;
    this.#line = new TakeLine(home.link, home.settler, {
      word: 'letters',
      isLifo: false,
      late: (timeout) => new TimeoutError(`${attempted}: there was none for ${timeout} ms`),
      over: () => new OverError(`${attempted}: the queue was shut down and there is none`),
      // One that was taken is done with, or comes back.
      lost() {},
      unsure: () => home.doubt(),
    });
  }

  /** How many there are: a promise, each time asked anew. */
  get size(): Promise<number> {
    return this.#home.count();
  }

  /**
   * Takes the oldest one, or waits for one.
   *
   * @param options as of `get()` of the queue
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time
   * @throws ClosedError `ERR_MP_CLOSED` when the queue was shut down and nothing is left of it, or closed here
   */
  async get(options: WaitOptions = {}): Promise<T> {
    const deadline = deadlineOf(options);
    const [item] = await this.#line.take('d', 1, options, deadline);
    return this.#home.open(item);
  }

  /** Takes the oldest one if there is one. @returns `undefined` when there is none now. @throws ClosedError as `get` */
  async tryGet(): Promise<T | undefined> {
    const [item] = await this.#line.take('d', 1, undefined, 0);
    return item && this.#home.open(item);
  }

  /** Takes them until the queue is shut down and nothing is left of it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return new QueueLoop({ next: () => this.get(), isOver });
  }

  /** @internal */
  close(error: ClosedError): void {
    this.#line.close(error);
  }
}
