import * as native from '@mp/native';
import { pathOf } from './directory.ts';
import { randomName } from './random.ts';

/** How long a process may go on after its parent died, in milliseconds: time for its exit handlers. */
const GRACE_MS = 1_000;

/** The file whose lock this process holds until it ends, in whatever way: by it its children see that. */
export function processLock(): string {
  return native.processLock(pathOf(`p-${randomName()}`));
}

/**
 * Ends this process soon after its parent: `onDeath` runs on the event loop, and a second later the process ends even
 * if its JavaScript does not let go.
 *
 * @param lock what the parent's {@link processLock} answered
 */
export function watchParent(lock: string, onDeath: () => void): void {
  native.watchParent(lock, GRACE_MS, 1, onDeath);
}

/** Whether the process whose {@link processLock} this is lives. */
export function isProcessAlive(lock: string): boolean {
  return native.probe(lock) === 2;
}
