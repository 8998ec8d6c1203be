import { readFileSync } from 'node:fs';

/** A clock tick of the kernel is 10 ms: starting a process takes fewer. */
const TICKS = 30;

/** Whether a process has computed for longer than its start can take. */
export function hasWorked(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // In user mode, and in the kernel.
  return Number(fields[11]) + Number(fields[12]) > TICKS;
}
