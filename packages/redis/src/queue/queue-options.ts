import { checkOptions } from '@mp/core/internal';

/** Of a queue of a site. */
export interface SiteQueueOptions {
  /** Items that may lie in the queue, 1 to 2³⁰; a `put` beyond waits. Absent: that of the queue that exists, else no limit. */
  maxSize?: number | undefined;
  /** How often an item is leased, 1 to 2³⁰, before it goes to `deadLetters`. Absent: as `maxSize`. */
  maxAttempts?: number | undefined;
  /**
   * ms after which the items of a consumer that is not heard of any more are delivered again, 1,000 to 86,400,000. A thread keeps
   * those of a living one, however long it works. It is of this consumer, not of the queue. Default: 30,000.
   */
  visibility?: number | undefined;
}

/** Of one queue object, when they were checked. 0 = not given. */
export interface QueueLimits {
  readonly maxSize: number;
  readonly maxAttempts: number;
  readonly visibility: number;
}

/** What a limit, and a batch, may be. */
export const MOST_ITEMS = 2 ** 30;
const VISIBILITY_MS = 30_000;

/** @throws TypeError, RangeError on what a queue cannot have */
export function checkQueue(options: SiteQueueOptions, what: string): QueueLimits {
  checkOptions(options, what, ['maxSize', 'maxAttempts', 'visibility']);
  const { maxSize, maxAttempts, visibility = VISIBILITY_MS } = options;
  return {
    maxSize: maxSize === undefined ? 0 : whole('maxSize', maxSize, 1, MOST_ITEMS),
    maxAttempts: maxAttempts === undefined ? 0 : whole('maxAttempts', maxAttempts, 1, MOST_ITEMS),
    visibility: whole('visibility', visibility, 1_000, 86_400_000),
  };
}

/** @throws TypeError, RangeError unless it is a whole number from `least` to `most` */
export function whole(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${kindOf(value)}`);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
  return value;
}

/** How many items a batch may take. @throws RangeError unless it is 1 to 2³⁰ */
export function checkMost(most: unknown): number {
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 1 || most > MOST_ITEMS)
    throw new RangeError(`most must be a whole number from 1 to ${MOST_ITEMS}, not ${String(most)}`);
  return most;
}

/** @throws TypeError, RangeError unless it is a finite number */
export function checkPriority(priority: unknown): number {
  if (priority === undefined) return 0;
  if (typeof priority !== 'number') throw new TypeError(`priority must be a number, not ${kindOf(priority)}`);
  if (!Number.isFinite(priority)) throw new RangeError(`priority must be a finite number, not ${priority}`);
  return priority;
}

export function kindOf(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}

/** The options of a put beside those of a wait: a queue without priorities refuses them with words of its own. */
export const PUT_OPTIONS = ['priority'] as const;
