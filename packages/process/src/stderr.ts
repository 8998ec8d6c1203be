import { writeSync } from 'node:fs';

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes to standard error, at once and in one piece. Not by `process.stderr`: a thread's goes through the event loop of
 * the main thread, and on a stream without a reader it would throw where no code can catch it.
 */
export function putStderr(bytes: string | Uint8Array): void {
  let rest = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      // A pipe that is full and does not block; anything else (it was closed) is no reason to fail.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(PAUSE, 0, 0, 1);
    }
  }
}
