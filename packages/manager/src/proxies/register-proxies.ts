import { type ObjectRef, setMaker } from '../reference.ts';
import { remoteOf } from '../remote.ts';
import { RemoteArray } from './remote-array.ts';
import { RemoteBarrier } from './remote-barrier.ts';
import { RemoteCondition } from './remote-condition.ts';
import { RemoteDict } from './remote-dict.ts';
import { RemoteEvent } from './remote-event.ts';
import { RemoteList } from './remote-list.ts';
import { RemoteLock } from './remote-lock.ts';
import { RemoteNamespace } from './remote-namespace.ts';
import { RemotePool } from './remote-pool.ts';
import { RemoteQueue } from './remote-queue.ts';
import { RemoteJoinableQueue, RemoteLifoQueue, RemotePriorityQueue } from './remote-queue-kinds.ts';
import { RemoteRLock } from './remote-rlock.ts';
import { RemoteSemaphore } from './remote-semaphore.ts';
import { RemoteSet } from './remote-set.ts';
import { RemoteValue } from './remote-value.ts';

/** The classes of the proxies of this package's own types. Their constructors are for this file only. */
const CLASSES = {
  dict: RemoteDict,
  list: RemoteList,
  set: RemoteSet,
  namespace: RemoteNamespace,
  value: RemoteValue,
  array: RemoteArray,
  pool: RemotePool,
  lock: RemoteLock,
  rlock: RemoteRLock,
  semaphore: RemoteSemaphore,
  boundedSemaphore: RemoteSemaphore,
  condition: RemoteCondition,
  event: RemoteEvent,
  barrier: RemoteBarrier,
  queue: RemoteQueue,
  joinableQueue: RemoteJoinableQueue,
  lifoQueue: RemoteLifoQueue,
  priorityQueue: RemotePriorityQueue,
};

let isDone = false;

/** From now on there are proxies for the objects of all types. Safe to call again. */
export function registerProxies(): void {
  if (isDone) return;
  isDone = true;
  const classes = CLASSES as unknown as Readonly<Record<string, new (ref: ObjectRef) => object>>;
  for (const [type, Class] of Object.entries(classes)) setMaker((ref) => new Class(ref), type);
  setMaker(remoteOf);
}
