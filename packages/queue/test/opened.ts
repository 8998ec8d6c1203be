import type { Queue } from '@mp/queue';
import { afterEach } from 'vitest';

const open: Queue<unknown>[] = [];

/** A queue that is closed after the test. */
export function opened<Q extends Queue<unknown>>(queue: Q): Q {
  open.push(queue);
  return queue;
}

afterEach(() => {
  for (const queue of open.splice(0)) queue.close();
});
