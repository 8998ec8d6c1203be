import type { WaitOptions } from '@mp/core';
import { checkOptions } from '@mp/core/internal';
import { setMaker } from '../reference.ts';
import { RemoteQueue } from './remote-queue.ts';
import { RemoteJoinableQueue, RemoteLifoQueue, RemotePriorityQueue } from './remote-queue-kinds.ts';

/** What a new queue of a server may be told. */
export interface RemoteQueueOptions extends WaitOptions {
  /** Finds the queue of that name, as it is, or makes it. It stays until `unlink` of the manager. */
  name?: string | undefined;
  /** Items that may lie in the queue, 1 to 2³⁰; a `put` beyond waits. Absent: no limit. */
  maxSize?: number | undefined;
  /** How often an item is leased, 1 to 2³⁰, before it goes to `deadLetters` instead. Absent: as often as it comes back. */
  maxAttempts?: number | undefined;
}

const PROXIES = {
  queue: RemoteQueue,
  joinableQueue: RemoteJoinableQueue,
  lifoQueue: RemoteLifoQueue,
  priorityQueue: RemotePriorityQueue,
};

/** A type of queue, as clients ask for it. */
export type QueueType = keyof typeof PROXIES;

for (const [type, Class] of Object.entries(PROXIES)) setMaker((ref) => new Class(ref), type);

/** What the server is asked for by the options of a new queue. @throws TypeError on options that it does not have */
export function queueRequest(type: QueueType, options: RemoteQueueOptions) {
  checkOptions(options, `${type}()`, ['maxSize', 'maxAttempts', 'name', 'timeout', 'signal']);
  const { maxSize = null, maxAttempts = null, ...naming } = options;
  return { args: [maxSize, maxAttempts], naming };
}
