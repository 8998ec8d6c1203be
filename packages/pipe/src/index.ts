export type { SyncWaitOptions, WaitOptions } from '@mp/core';
export { ClosedError, MessageTooLongError, MpError, SerializationError, TimeoutError } from '@mp/core';
export type { ByteSource } from './bytes.ts';
export { Connection, type RecvBytesOptions, type SyncRecvBytesOptions } from './connection.ts';
export { type PipeOptions, pipe } from './pipe.ts';
export { wait, waitSync } from './wait.ts';
