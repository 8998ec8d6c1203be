export type { SyncWaitOptions, WaitOptions } from '@mp/core';
export {
  AuthenticationError,
  ClosedError,
  MessageTooLongError,
  MpError,
  SerializationError,
  TimeoutError,
} from '@mp/core';
export type { Address, HostAddress, PathAddress } from './address.ts';
export type { AuthKey } from './auth-key.ts';
export type { ByteSource } from './bytes.ts';
export { type ConnectOptions, connect } from './connect.ts';
export { Connection } from './connection.ts';
export { Listener, type ListenerEvents, type ListenOptions } from './listener.ts';
export { type PipeOptions, pipe } from './pipe.ts';
export type { RecvBytesOptions, SyncRecvBytesOptions } from './reading.ts';
export { wait, waitSync } from './wait.ts';
