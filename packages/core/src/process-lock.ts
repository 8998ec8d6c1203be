import * as native from '@mp/native';
import { thisAgent } from './agent.ts';
import { pathOf } from './directory.ts';
import { randomName } from './random.ts';
import { thisThread } from './this-thread.ts';

/** How long a process may go on after its parent died, in milliseconds: time for its exit handlers. */
const GRACE_MS = 1_000;

/**
 * The file whose lock this thread holds until it ends, in whatever way: by it its children see that. The main thread
 * ends with its process; another one may be terminated long before.
 */
export function lifeLock(): string {
  if (thisThread().isMain) return native.processLock(pathOf(`p-${randomName()}`));
  return pathOf(`a-${thisAgent().id}`);
}

/**
 * Ends this process soon after its parent: `onDeath` runs on the event loop, and a second later the process ends even
 * if its JavaScript does not let go.
 *
 * @param lock what the parent's {@link lifeLock} answered
 */
export function watchParent(lock: string, onDeath: () => void): void {
  native.watchParent(lock, GRACE_MS, 1, onDeath);
}

/** Whether the thread whose {@link lifeLock} this is lives. */
export function isHolderAlive(lock: string): boolean {
  return native.probe(lock) === 2;
}

/** Sees to it that a process which this thread has started is waited for also if the thread ends before it. */
export function childStarted(pid: number): void {
  native.childStarted(pid);
}

/** Whether a child of this process has ended, also when Node does not know it yet because its thread blocks. */
export function childHasEnded(pid: number): boolean {
  return native.childHasEnded(pid);
}

/** Node has waited for it. */
export function childEnded(pid: number): void {
  native.childEnded(pid);
}
