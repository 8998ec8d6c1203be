import type { WaitOptions } from '@mp/core';
import { checkOptions } from '@mp/core/internal';

/** What a new queue of a server may be told. */
export interface RemoteQueueOptions extends WaitOptions {
  /**
   * Finds the queue of that name, or makes it. Limits that are given must be those of the one that is found. It stays until
   * `unlink` of the manager.
   */
  name?: string | undefined;
  /** Items that may lie in the queue, 1 to 2³⁰; a `put` beyond waits. Absent: no limit. */
  maxSize?: number | undefined;
  /** How often an item is leased, 1 to 2³⁰, before it goes to `deadLetters` instead. Absent: as often as it comes back. */
  maxAttempts?: number | undefined;
}

/** A type of queue, as clients ask for it. */
export type QueueType = 'queue' | 'joinableQueue' | 'lifoQueue' | 'priorityQueue';

/** What the server is asked for by the options of a new queue. @throws TypeError on options that it does not have */
export function queueRequest(type: QueueType, options: RemoteQueueOptions) {
  checkOptions(options, `${type}()`, ['maxSize', 'maxAttempts', 'name', 'timeout', 'signal']);
  const { maxSize = null, maxAttempts = null, ...naming } = options;
  return { args: [maxSize, maxAttempts], naming };
}
