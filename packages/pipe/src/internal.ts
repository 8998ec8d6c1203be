// For other @mp packages: everything, in one file.
export { type Address, checkAddress, type HostAddress, type PathAddress, titleOf } from './address.ts';
export { type AuthKey, keyOf } from './auth-key.ts';
export { type ConnectOptions, connect, connectTransport } from './connect.ts';
export { Connection, limitValues, transportOf } from './connection.ts';
export { describers } from './describers.ts';
export {
  authenticateClient,
  authenticateListener,
  type Exchange,
  HANDSHAKE_MESSAGE_MOST,
} from './handshake.ts';
export { type AcceptedClient, acceptClient, Listener, type ListenOptions, listenFor } from './listener.ts';
export { privateAddress } from './listening.ts';
export { type MemoryOffer, MemoryTransport } from './memory-transport.ts';
export { pipe } from './pipe.ts';
export { SocketLine } from './socket-line.ts';
export { connectTls, type TlsConnectOptions } from './tls-connect.ts';
export { TlsListener } from './tls-listener.ts';
export type { Pem, TlsClientOptions, TlsServerOptions } from './tls-options.ts';
export { END, type Incoming, type Outgoing, type Transport } from './transport.ts';
export { wait, waitSync } from './wait.ts';
