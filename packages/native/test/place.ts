import { readdirSync, readFileSync } from 'node:fs';

/** The segment directory that `leakCheck()` gave this test file. */
export function directory(): string {
  return process.env.MP_DIR ?? '';
}

let last = 0;

/** A path in it that no other test of this process uses. */
export function fresh(prefix = 's-'): string {
  return `${directory()}/${prefix}${process.pid}-${++last}`;
}

/** How often files of the directory are mapped by process `pid`. */
export function mappingsOf(pid: number | 'self'): number {
  return readFileSync(`/proc/${pid}/maps`, 'utf8').split(`${directory()}/`).length - 1;
}

/** The files in the directory, without what `leakCheck()` itself may have there. */
export function filesThere(): string[] {
  return readdirSync(directory()).filter((file) => !/^([adp]-|\.)/.test(file));
}
