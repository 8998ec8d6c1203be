export type { WaitOptions } from '@mp/core';
export {
  AuthenticationError,
  BrokenBarrierError,
  ClosedError,
  MpError,
  NotOwnerError,
  RemoteError,
  SerializationError,
  TimeoutError,
} from '@mp/core';
export type { Address, AuthKey } from '@mp/pipe';
export type { Pem, TlsClientOptions, TlsServerOptions } from '@mp/pipe/internal';
export { isMain, task } from '@mp/process';
export { type CurrentCall, currentCall } from './call.ts';
export {
  type DefineOptions,
  defineManager,
  type ManagerDefinition,
  type ManagerWith,
} from './define-manager.ts';
export type { Entries } from './entries.ts';
export type { ManagerLimits } from './limits.ts';
export {
  type BarrierOptions,
  Manager,
  type ManagerEvents,
  type ManagerStats,
  type NameOptions,
  type SemaphoreOptions,
} from './manager.ts';
export type { RemoteQueueOptions } from './proxies/queue-makers.ts';
export { RemoteArray } from './proxies/remote-array.ts';
export { RemoteBarrier } from './proxies/remote-barrier.ts';
export { RemoteCondition } from './proxies/remote-condition.ts';
export { RemoteDeadLetters } from './proxies/remote-dead-letters.ts';
export { RemoteDict } from './proxies/remote-dict.ts';
export { RemoteEvent } from './proxies/remote-event.ts';
export { RemoteGuard, RemotePermit } from './proxies/remote-guard.ts';
export { RemoteLease } from './proxies/remote-lease.ts';
export { RemoteList, type SortOptions } from './proxies/remote-list.ts';
export { type RemoteHolder, RemoteLock } from './proxies/remote-lock.ts';
export { RemoteNamespace } from './proxies/remote-namespace.ts';
export {
  type RemoteCallOptions,
  type RemoteImapOptions,
  type RemoteMapOptions,
  RemotePool,
  type RemotePoolOptions,
  type RemotePoolStats,
  type TimesSummary,
} from './proxies/remote-pool.ts';
export { RemoteQueue } from './proxies/remote-queue.ts';
export {
  RemoteJoinableQueue,
  RemoteLifoQueue,
  RemotePriorityQueue,
} from './proxies/remote-queue-kinds.ts';
export { type RemoteReentrantOptions, RemoteRLock } from './proxies/remote-rlock.ts';
export { RemoteSemaphore } from './proxies/remote-semaphore.ts';
export { RemoteSet } from './proxies/remote-set.ts';
export { RemoteValue } from './proxies/remote-value.ts';
export type { RetryOptions } from './reconnection.ts';
export {
  type ContainerResult,
  type Passed,
  type Received,
  type Remote,
  type RemoteMethods,
  type RemoteResult,
  within,
} from './remote.ts';
export { ManagerServer, type ServeOptions } from './serve.ts';
export type { ConnectOptions, StartOptions } from './start.ts';
export type { TypeDefinition } from './user-type.ts';
