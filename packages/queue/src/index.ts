export type { SyncWaitOptions, WaitOptions } from '@mp/core';
export { ClosedError, MpError, SerializationError, TimeoutError } from '@mp/core';
export { Queue, type QueueOptions } from './queue.ts';
