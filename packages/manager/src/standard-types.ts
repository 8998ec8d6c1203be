import { ContainerType } from './container-type.ts';
import { HOSTED_ARRAY } from './objects/hosted-array.ts';
import { HostedBarrier } from './objects/hosted-barrier.ts';
import { HostedCondition } from './objects/hosted-condition.ts';
import { HOSTED_DICT } from './objects/hosted-dict.ts';
import { HostedEvent } from './objects/hosted-event.ts';
import { HOSTED_LIST } from './objects/hosted-list.ts';
import { HostedLock } from './objects/hosted-lock.ts';
import { HOSTED_NAMESPACE } from './objects/hosted-namespace.ts';
import { HostedPool } from './objects/hosted-pool.ts';
import { HostedQueue } from './objects/hosted-queue.ts';
import { HostedJoinableQueue, HostedLifoQueue, HostedPriorityQueue } from './objects/hosted-queue-kinds.ts';
import { HostedRLock } from './objects/hosted-rlock.ts';
import { HostedBoundedSemaphore, HostedSemaphore } from './objects/hosted-semaphore.ts';
import { HOSTED_SET } from './objects/hosted-set.ts';
import { HOSTED_VALUE } from './objects/hosted-value.ts';
import type { ServerType } from './server-type.ts';
import { type StandardClass, StandardType } from './standard-type.ts';

const CLASSES: Readonly<Record<string, StandardClass>> = {
  lock: HostedLock,
  rlock: HostedRLock,
  semaphore: HostedSemaphore,
  boundedSemaphore: HostedBoundedSemaphore,
  condition: HostedCondition,
  event: HostedEvent,
  barrier: HostedBarrier,
  queue: HostedQueue,
  joinableQueue: HostedJoinableQueue,
  lifoQueue: HostedLifoQueue,
  priorityQueue: HostedPriorityQueue,
  pool: HostedPool,
};

/** The types that every server has, by the names by which clients ask for them. */
export function standardTypes(): Map<string, ServerType> {
  const types: ServerType[] = [
    new ContainerType('dict', HOSTED_DICT),
    new ContainerType('list', HOSTED_LIST),
    new ContainerType('set', HOSTED_SET),
    new ContainerType('namespace', HOSTED_NAMESPACE),
    new ContainerType('value', HOSTED_VALUE),
    new ContainerType('array', HOSTED_ARRAY),
    ...Object.entries(CLASSES).map(([name, each]) => new StandardType(name, each)),
  ];
  return new Map(types.map((each) => [each.name, each]));
}
