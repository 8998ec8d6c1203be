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
export type { ConnectOptions } from './connect.ts';
export { Connection, connect, Listener, pipe, wait, waitSync } from './internal.ts';
export type { ListenerEvents, ListenOptions } from './listener.ts';
export type { PipeOptions } from './pipe.ts';
export type { RecvBytesOptions, SyncRecvBytesOptions } from './reading.ts';
