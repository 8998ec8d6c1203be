import { ContainerType } from './container-type.ts';
import { ARRAY } from './objects/array.ts';
import { Barrier } from './objects/barrier.ts';
import { Condition } from './objects/condition.ts';
import { DICT } from './objects/dict.ts';
import { Event } from './objects/event.ts';
import { HostedQueue } from './objects/hosted-queue.ts';
import { HostedJoinableQueue, HostedLifoQueue, HostedPriorityQueue } from './objects/hosted-queue-kinds.ts';
import { LIST } from './objects/list.ts';
import { Lock } from './objects/lock.ts';
import { NAMESPACE } from './objects/namespace.ts';
import { PoolHost } from './objects/pool-host.ts';
import { RLock } from './objects/rlock.ts';
import { BoundedSemaphore, Semaphore } from './objects/semaphore.ts';
import { SET } from './objects/set.ts';
import { VALUE } from './objects/value.ts';
import type { ServerType } from './server-type.ts';
import { type StandardClass, StandardType } from './standard-type.ts';

const CLASSES: Readonly<Record<string, StandardClass>> = {
  lock: Lock,
  rlock: RLock,
  semaphore: Semaphore,
  boundedSemaphore: BoundedSemaphore,
  condition: Condition,
  event: Event,
  barrier: Barrier,
  queue: HostedQueue,
  joinableQueue: HostedJoinableQueue,
  lifoQueue: HostedLifoQueue,
  priorityQueue: HostedPriorityQueue,
  pool: PoolHost,
};

/** The types that every server has, by the names by which clients ask for them. */
export function standardTypes(): Map<string, ServerType> {
  const types: ServerType[] = [
    new ContainerType('dict', DICT),
    new ContainerType('list', LIST),
    new ContainerType('set', SET),
    new ContainerType('namespace', NAMESPACE),
    new ContainerType('value', VALUE),
    new ContainerType('array', ARRAY),
    ...Object.entries(CLASSES).map(([name, each]) => new StandardType(name, each)),
  ];
  return new Map(types.map((each) => [each.name, each]));
}
