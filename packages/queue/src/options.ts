import {
  checkOptions,
  type Kind,
  type Opened,
  openPrimitive,
  type Parameter,
  type SegmentPlan,
} from '@mp/core/internal';
import { MAX_ATTEMPTS, MAX_BYTES, MAX_SIZE, QUEUE_BYTES, QUEUE_VERSION } from './layout.ts';

/** What a new `Queue` may be told. */
export interface QueueOptions {
  /** Shares the queue with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
  /** Items that may lie in the queue, 1 to 2³⁰; a `put` beyond waits. Absent: no limit. */
  maxSize?: number;
  /** Bytes of messages that may lie in the queue, 1 to 2⁵⁰; a `put` beyond waits. Absent: no limit. */
  maxBytes?: number;
  /** How often an item is leased, 1 to 2³⁰, before it goes to `deadLetters` instead. Absent: as often as it comes back. */
  maxAttempts?: number;
}

/** Makes or opens the segment that the user describes. */
export function openQueue(
  { kind, name }: { readonly kind: Kind; readonly name: string },
  options: QueueOptions,
): Opened {
  checkOptions(options, name, ['maxSize', 'maxBytes', 'maxAttempts', 'name']);
  const maxSize = limit('maxSize', options.maxSize, 2 ** 30);
  const maxBytes = limit('maxBytes', options.maxBytes, 2 ** 50);
  const maxAttempts = limit('maxAttempts', options.maxAttempts, 2 ** 30);
  const plan: SegmentPlan = {
    kind,
    version: QUEUE_VERSION,
    size: QUEUE_BYTES,
    fill: ({ words, floats }) => {
      words[MAX_SIZE] = maxSize ?? 0;
      words[MAX_ATTEMPTS] = maxAttempts ?? 0;
      floats[MAX_BYTES] = maxBytes ?? 0;
    },
  };
  return openPrimitive(options, plan, ({ words, floats }) => [
    parameter('maxSize', maxSize, words[MAX_SIZE]),
    parameter('maxBytes', maxBytes, floats[MAX_BYTES]),
    parameter('maxAttempts', maxAttempts, words[MAX_ATTEMPTS]),
  ]);
}

function limit(name: string, value: number | undefined, most: number): number | undefined {
  if (value === undefined || value === Infinity) return value === undefined ? undefined : 0;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not a ${typeof value}`);
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new RangeError(
      `${name} must be a whole number from 1 to ${most}, not ${value}; leave it out for no limit`,
    );
  }
  return value;
}

function parameter(name: string, asked: number | undefined, found: number): Parameter {
  return { name, asked: asked === 0 ? 'unlimited' : asked, found: found || 'unlimited' };
}
