import { setTimeout as pause } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';

// What workers of pools are asked to do, the same for every pool: functions of one argument.

export const square = (number) => number * number;

/** Looks at both ends of what it got, and tells how much that is. */
export const weigh = (bytes) => bytes.length + bytes[0] + bytes[bytes.length - 1];

/** Keeps a core busy. */
export function burn(turns) {
  let state = 1;
  for (let turn = 0; turn < turns; turn++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}

export const nap = (milliseconds) => pause(milliseconds, milliseconds);

/** Which worker this is: unlike that of any other worker of the pool, also of one that ended. */
export const place = () => `${process.pid}/${threadId}`;
