export type { SyncWaitOptions, WaitOptions } from '@mp/core';
export { ClosedError, MpError, NotOwnerError, SerializationError, TimeoutError } from '@mp/core';
export type {
  AsyncDeadLetters,
  AsyncJoinableQueue,
  AsyncLease,
  AsyncPriorityQueue,
  AsyncQueue,
} from './async-queue.ts';
export type { DeadLetters } from './dead-letters.ts';
export { JoinableQueue } from './joinable-queue.ts';
export type { Lease } from './lease.ts';
export { LifoQueue } from './lifo-queue.ts';
export type { QueueOptions } from './options.ts';
export type { Priority } from './priority.ts';
export { PriorityQueue } from './priority-queue.ts';
export { Queue } from './queue.ts';
export { SimpleQueue } from './simple-queue.ts';
