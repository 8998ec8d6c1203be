export type { SyncWaitOptions, WaitOptions } from '@mp/core';
export { ClosedError, MpError, SerializationError, TimeoutError } from '@mp/core';
export type { QueueOptions } from './options.ts';
export { Queue } from './queue.ts';
