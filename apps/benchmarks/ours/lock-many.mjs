import { lstatSync, readdirSync } from 'node:fs';
import { Lock } from '@mp/lock';

export function make() {
  return new Lock();
}

/** KiB that the segments take, all of them together. */
export function sharedKib() {
  const directory = process.env.MP_DIR;
  return readdirSync(directory).reduce((sum, file) => sum + lstatSync(`${directory}/${file}`).blocks / 2, 0);
}
