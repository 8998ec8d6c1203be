import { writeSync } from 'node:fs';

/**
 * Writes a line at once. What a worker thread gives to `console.log()` is written by the main thread, when its event loop
 * comes to it: scenes of threads, whose proof is the order of their lines, do not wait for that.
 */
export function print(line: unknown): void {
  writeSync(1, `${line}\n`);
}
