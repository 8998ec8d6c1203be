import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts the CPU time in `/proc` in hundredths of a second, on every architecture Node runs on. */
const TICK_US = 10_000;

/**
 * CPU µs so far of all other processes of this process group: the workers of a pool, which report nothing
 * themselves. A round's first process leads its group.
 *
 * @returns `undefined` where there is no `/proc`
 */
export function workersCpu() {
  let pids;
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  } catch {
    return undefined;
  }
  let ticks = 0;
  for (const pid of pids) {
    const stat = statOf(pid);
    if (stat && Number(stat[2]) === process.pid) ticks += Number(stat[11]) + Number(stat[12]);
  }
  return ticks * TICK_US;
}

/** The fields of `/proc/<pid>/stat` from the state on: 2 = process group, 11 and 12 = user and system time. */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // It ended since the list was read.
  }
}
