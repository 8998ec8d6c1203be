import { DeadlockError } from '@mp/core';
import type { Waiter } from '@mp/core/internal';

/** A thread would wait for itself. @param wayOut what to do instead */
export function selfDeadlock(title: string, wayOut: string): DeadlockError {
  return new DeadlockError(
    `Cannot acquire the ${title} synchronously: this thread holds it, and while it waits nobody can release it. ${wayOut}`,
  );
}

/** Threads wait for each other in a ring, this one first. */
export function ringDeadlock(ring: readonly Waiter[]): DeadlockError {
  const waits = ring.map((waiter, index) => {
    const owner = ring[(index + 1) % ring.length];
    return `${name(waiter)} waits for the ${waiter.title} that ${name(owner)} holds`;
  });
  return new DeadlockError(
    `Cannot acquire the ${ring[0].title}: ${waits.join(', ')}. Nobody in this ring would ever go on, so this wait gives ` +
      'up. Release what this thread holds, and acquire the locks in the same order everywhere',
  );
}

function name({ pid, threadId }: Waiter): string {
  return `pid ${pid}, thread ${threadId},`;
}
