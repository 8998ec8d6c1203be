import { readdirSync, readFileSync } from 'node:fs';

/**
 * Bytes of memory of this process and of all below it: their proportional share of what they have in common with
 * others (PSS), so that nothing counts twice.
 */
export function treeMemory(pid = process.pid) {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const own = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
    return childrenOf(pid).reduce((sum, child) => sum + treeMemory(child), own);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return 0; // It has ended meanwhile.
    throw error;
  }
}

/** The same of all below this process, without its own. */
export function childrenMemory() {
  return childrenOf(process.pid).reduce((sum, child) => sum + treeMemory(child), 0);
}

function childrenOf(pid) {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
}
