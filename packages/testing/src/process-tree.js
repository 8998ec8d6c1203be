// Plain JavaScript: the watchdog's thread runs it without any build.
import { readdirSync, readFileSync } from 'node:fs';

/**
 * The fields of /proc/<pid>/stat that matter here. The command may hold spaces and brackets; it ends at the last ")".
 *
 * @param {number} pid
 * @returns {{ state: string, parent: number } | undefined} `undefined` when there is no such process
 */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], parent: Number(fields[1]) };
  } catch {
    return undefined;
  }
}

/**
 * Whether process `pid` runs. One that ended and was not waited for yet (a zombie) does not.
 *
 * @param {number} pid
 * @returns {boolean}
 */
export function isRunning(pid) {
  const found = stat(pid);
  return found !== undefined && found.state !== 'Z' && found.state !== 'X';
}

/**
 * The children of `pid` that are still there, zombies included.
 *
 * @param {number} [pid] default: this process
 * @returns {number[]}
 */
export function childrenOf(pid = process.pid) {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((each) => stat(each)?.parent === pid);
}

/**
 * Every process below `pid`: children, their children and so on.
 *
 * @param {number} [pid] default: this process
 * @returns {number[]}
 */
export function descendantsOf(pid = process.pid) {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/**
 * The command line of a process, for messages.
 *
 * @param {number} pid
 * @returns {string}
 */
export function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ') || '(zombie)';
  } catch {
    return '(gone)';
  }
}
