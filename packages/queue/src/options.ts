import { MpError } from '@mp/core';
import { Segment, type SegmentPlan } from '@mp/core/internal';
import { MAX_BYTES, MAX_SIZE, QUEUE_BYTES, QUEUE_VERSION } from './layout.ts';

/** What a new `Queue` may be told. */
export interface QueueOptions {
  /** Shares the queue with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
  /** Items that may lie in the queue, 1 to 2³⁰; a `put` beyond waits. Absent: no limit. */
  maxSize?: number;
  /** Bytes of messages that may lie in the queue, 1 to 2⁵⁰; a `put` beyond waits. Absent: no limit. */
  maxBytes?: number;
}

/** Makes or opens the segment that the user describes. */
export function openQueue(options: QueueOptions): { segment: Segment; created: boolean } {
  if (options === null || typeof options !== 'object') {
    throw new TypeError(
      `options must be an object like { maxSize }, not ${options === null ? 'null' : typeof options}`,
    );
  }
  const maxSize = limit('maxSize', options.maxSize, 2 ** 30);
  const maxBytes = limit('maxBytes', options.maxBytes, 2 ** 50);
  const plan: SegmentPlan = {
    kind: 'queue',
    version: QUEUE_VERSION,
    size: QUEUE_BYTES,
    fill: ({ words, floats }) => {
      words[MAX_SIZE] = maxSize ?? 0;
      floats[MAX_BYTES] = maxBytes ?? 0;
    },
  };
  if (options.name === undefined) return { segment: Segment.create(plan), created: true };
  const opened = Segment.openNamed(options.name, plan);
  const { words, floats } = opened.segment;
  const wrong =
    differs('maxSize', maxSize, words[MAX_SIZE]) ?? differs('maxBytes', maxBytes, floats[MAX_BYTES]);
  if (wrong === undefined) return opened;
  opened.segment.close();
  throw new MpError('ERR_MP_MISMATCH', `Cannot open the Queue ${JSON.stringify(options.name)}: ${wrong}`);
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

function differs(name: string, asked: number | undefined, found: number): string | undefined {
  if (asked === undefined || asked === found) return undefined;
  return `its ${name} is ${found || 'unlimited'}, not ${asked || 'unlimited'}`;
}
