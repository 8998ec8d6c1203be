import { readdirSync } from 'node:fs';
import { KINDS, lookForDirectory } from '@mp/core/internal';
import { SeenAgents } from './agents.ts';
import { cyclesIn } from './cycles.ts';
import { isOwned } from './describers.ts';
import { leftoversIn } from './leftovers.ts';
import { ObjectReports } from './object-reports.ts';
import { seeObject } from './objects.ts';
import { poolsIn } from './pools.ts';
import { processesOf } from './process-reports.ts';
import { usersOf } from './processes.ts';
import type { Snapshot, SnapshotOptions } from './report.ts';

/**
 * Everything that processes share in the segment directory, as it looks now. It waits for nobody, locks nothing, and changes
 * nothing: also not when what it looks at hangs. Numbers of objects that change meanwhile may not fit together; `torn` names
 * them.
 *
 * Python has nothing like it.
 *
 * @param options `directory` to look at another one
 * @returns plain data; `exists` is false, and the lists are empty, when nothing is shared
 * @throws Error of the system when it cannot look: `code` is `'EMFILE'` when this process has no descriptor left
 *
 * @example
 * ```js
 * import { snapshot } from '@mp/cli';
 *
 * for (const { name, kind, state, waiters } of snapshot().objects) {
 *   console.log(name ?? '', kind, state, waiters.length);
 * }
 * ```
 */
export function snapshot({ directory: asked }: SnapshotOptions = {}): Snapshot {
  const at = Date.now();
  const began = performance.now();
  const { path: directory, exists, problem } = lookForDirectory(asked);
  const empty = { objects: [], agents: [], processes: [], pools: [], leftovers: [], cycles: [] };
  const head = { at, took: 0, directory, exists, ...(problem !== undefined && { problem }) };
  const files = exists && problem === undefined ? list(directory) : undefined;
  if (files === undefined) return { ...head, ...empty };

  // In this order: who is blocked, who has what, and in `cyclesIn` who is still blocked.
  const agents = new SeenAgents(directory, files);
  const seen = files.filter(isObject).flatMap((file) => seeObject(directory, file) ?? []);
  const users = usersOf(directory);
  const reports = new ObjectReports(directory, files, seen, agents, users);
  const objects = seen.map((each) => reports.of(each));
  const owned = objects.filter((_, index) => isOwned(seen[index].code));
  const cycles = cyclesIn(owned, agents);
  return {
    ...head,
    objects,
    agents: [...agents],
    processes: processesOf(objects, [...agents]),
    pools: poolsIn(objects.filter((_, index) => seen[index].code === KINDS.pool)),
    leftovers: leftoversIn(directory, files, users),
    cycles,
    took: performance.now() - began,
  };
}

/** Whether a file is a segment by itself. A name with other characters is none that a user can give: it may be meant for the terminal, or for a shell. */
function isObject(file: string): boolean {
  return /^[sn]-[\w.-]+$/.test(file);
}

function list(directory: string): string[] | undefined {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    // It went meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
