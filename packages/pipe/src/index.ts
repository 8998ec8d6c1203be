export type { SyncWaitOptions, WaitOptions } from '@mp/core';
export { ClosedError, MessageTooLongError, MpError, SerializationError, TimeoutError } from '@mp/core';
