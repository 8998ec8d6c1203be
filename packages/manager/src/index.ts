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
  WorkerDiedError,
} from '@mp/core';
export type { Address, AuthKey } from '@mp/pipe';
export type { Pem, TlsClientOptions, TlsServerOptions } from '@mp/pipe/internal';
export { isMain, type TaskHome, task } from '@mp/process';
export type { Priority } from '@mp/queue';
export type { InputOf, TypedArrayOf, TypeName, ValueOf } from '@mp/shared';
export { type CurrentCall, currentCall } from './call.ts';
export {
  type DefineOptions,
  defineManager,
  type MakersOf,
  type ManagerDefinition,
  type ManagerWith,
} from './define-manager.ts';
export type { Entries } from './entries.ts';
export type { ManagerLimits } from './limits.ts';
export { Manager } from './manager.ts';
export type {
  BarrierOptions,
  ManagerEvents,
  ManagerStats,
  SemaphoreOptions,
} from './manager-options.ts';
export type { NameOptions } from './name-options.ts';
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
export type { StandardProxy } from './proxies/standard-proxy.ts';
export type { RetryOptions } from './reconnection.ts';
export { within } from './remote.ts';
export type {
  ContainerResult,
  HasMakers,
  KnownTypes,
  NoTypes,
  Passed,
  PassedAll,
  PassedToCreate,
  PlainList,
  PlainMap,
  PlainRecord,
  PlainSet,
  Received,
  Remote,
  RemoteMethods,
  RemoteProperties,
  RemoteResult,
  StandsFor,
  WillBe,
} from './remote-types.ts';
export { ManagerServer, type ManagerServerEvents, type ServeOptions } from './serve.ts';
export type { ConnectOptions, StartOptions } from './start.ts';
export type { TypeDefinition } from './user-type.ts';
