import { lstatSync, readdirSync } from 'node:fs';
import { MpError } from '@mp/core';
import { H_KIND, HEADER_BYTES, kindName, lookAt, nameIn } from '@mp/core/internal';
import { poolOf } from './pools.ts';
import type { Inspection, ObjectReport, Snapshot, SnapshotOptions } from './report.ts';
import { snapshot } from './snapshot.ts';

/**
 * Everything about one object, with the threads and processes around it. Like {@link snapshot}, it waits for nobody and changes
 * nothing.
 *
 * @param name the name that the user gave it; for one without, that of its file, or enough of its beginning
 * @param options `directory` to look at another one
 * @throws MpError `ERR_MP_NOT_FOUND` when there is none of that name, or more than one file begins with it
 *
 * @example
 * ```js
 * import { inspect } from '@mp/cli';
 * import { Lock } from '@mp/lock';
 *
 * const lock = new Lock({ name: 'db-migrate' });
 * const guard = lock.acquireSync();
 * console.log(inspect('db-migrate').object.state); // held
 * guard.release();
 * lock.unlink();
 * ```
 */
export function inspect(name: string, options: SnapshotOptions = {}): Inspection {
  const whole = snapshot(options);
  const object = find(whole, name);
  const { file } = object;
  const ties = [...object.holders, ...object.waiters];
  const ids = new Set(ties.map(({ agent }) => agent));
  const pids = new Set([object.creator.pid, ...object.users, ...ties.map(({ pid }) => pid)]);
  const pool = whole.pools.find(({ id }) => id === poolOf(object));
  return {
    at: whole.at,
    directory: whole.directory,
    object,
    agents: whole.agents.filter(({ agent }) => ids.has(agent)),
    processes: whole.processes.filter(({ pid }) => pids.has(pid)),
    files: partsOf(whole.directory, file),
    ...(pool !== undefined && { pool }),
    cycles: whole.cycles.filter(({ members }) => members.some((member) => member.file === file)),
  };
}

/**
 * The object that the user means.
 *
 * @param name its name, that of its file, or enough of the beginning of that
 * @throws MpError `ERR_MP_NOT_FOUND`
 */
export function find({ objects, directory, exists, problem }: Snapshot, name: string): ObjectReport {
  const exact = objects.find((each) => each.name === name) ?? objects.find(({ file }) => file === name);
  if (exact !== undefined) return exact;
  const like = objects.filter(({ file }) => name.length > 2 && file.startsWith(name));
  if (like.length === 1) return like[0];
  const why =
    problem ??
    (!exists
      ? `nothing is shared: ${directory} does not exist`
      : like.length > 1
        ? `${like.length} files begin with it; give more of its name`
        : `there is none in ${directory}. See mp ls --all`);
  throw new MpError('ERR_MP_NOT_FOUND', `Cannot find the object ${JSON.stringify(name)}: ${why}`);
}

function partsOf(directory: string, owner: string): Inspection['files'] {
  return readdirSync(directory)
    .filter((file) => file.startsWith(`${owner}+`))
    .flatMap((file) => {
      const size = lstatSync(`${directory}/${file}`, { throwIfNoEntry: false })?.size;
      const header = lookAt(directory, file, HEADER_BYTES);
      if (size === undefined || header === undefined) return [];
      const what = kindName(header.words[H_KIND]);
      // A pin has the name of what it pins in its header.
      const kind = nameIn(header) === file ? what : `pin of a ${what}`;
      return [{ file, kind, size }];
    });
}
