export type { WaitOptions } from '@mp/core';
export {
  AuthenticationError,
  ClosedError,
  MpError,
  NotOwnerError,
  SerializationError,
  TimeoutError,
  WorkerDiedError,
} from '@mp/core';
export { registerClass } from '@mp/serde';
export { SiteEvent } from './event.ts';
export type { Fenced } from './fence.ts';
export { LeaseGuard } from './lease-guard.ts';
export { SiteGuard, type SiteHolder, SiteLock, type SiteLockOptions } from './lock.ts';
export { SiteMap, type SiteMapWrite } from './map.ts';
export type { SiteMapKey } from './map-key.ts';
export { serveTasks } from './pool/serve-tasks.ts';
export {
  type SiteApplyOptions,
  type SiteCallOptions,
  type SiteImapOptions,
  type SiteMapOptions,
  SitePool,
} from './pool/site-pool.ts';
export { SiteResult } from './pool/site-result.ts';
export {
  type LocalCall,
  type LocalPool,
  type LocalResult,
  type ServeOptions,
  TaskServer,
} from './pool/task-server.ts';
export type { SiteQueueOptions } from './queue/queue-options.ts';
export { SiteDeadLetters } from './queue/site-dead-letters.ts';
export { SiteLease } from './queue/site-lease.ts';
export { SiteQueue } from './queue/site-queue.ts';
export {
  type Ranked,
  SiteJoinableQueue,
  SiteLifoQueue,
  SitePriorityQueue,
} from './queue/site-queue-kinds.ts';
export { type SitePermit, SiteSemaphore, type SiteSemaphoreOptions } from './semaphore.ts';
export { type ConnectOptions, connectRedis, Site } from './site.ts';
export { SiteValue } from './value.ts';
