/*
 * The numbers of acquisitions, of all locks of a server: each is larger than all before it. They start from the wall
 * clock, so that those of a server that is started again are larger, too, unless its locks were acquired faster than
 * this rate for as long as it ran. The rate leaves room for fifty years in a safe integer.
 */
const EPOCH = Date.UTC(2025, 0);
const PER_MS = 4096;

let last = (Date.now() - EPOCH) * PER_MS;

/** A number that this server has not given yet. */
export function nextToken(): number {
  return ++last;
}
