import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NamedTask, namedTask } from '@mp/core/internal';

/** A task, as every machine knows it. */
export interface TaskId {
  /** For messages: `parse of shop/jobs.js`. */
  readonly title: string;
  /** Short, for keys. Of two versions of a program it differs. */
  readonly hash: string;
  readonly isIdempotent: boolean;
}

const known = new WeakMap<object, TaskId>();

/**
 * Names a task so that all machines agree: by its package, the path of its module in that, its own name, and the digest of its
 * text. Where the package is installed differs from machine to machine, and does not count.
 *
 * @param what how messages call the argument
 * @throws TypeError when it is no task, or has no module
 */
export function taskId(callable: unknown, what: string): TaskId {
  const before = known.get(callable as object);
  if (before !== undefined) return before;
  const task = namedTask(callable, what);
  if (task.source !== undefined || task.kind !== 'function')
    throw new TypeError(
      `${what} must be a task of a module: machines that serve a pool run only functions that they have themselves`,
    );
  const place = placeOf(task);
  const id: TaskId = {
    title: `${task.key} of ${place}`,
    hash: createHash('sha1')
      .update(`${place}\n${task.key}\n${task.arity}\n${task.digest}`)
      .digest('base64url')
      .slice(0, 20),
    isIdempotent: task.isIdempotent,
  };
  known.set(callable as object, id);
  return id;
}

/** The package of the module and the path in it; of a file without a package its name alone. */
function placeOf({ url }: NamedTask): string {
  if (!url.startsWith('file:')) return url;
  const file = fileURLToPath(url);
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    const name = existsSync(manifest) ? nameIn(manifest) : undefined;
    if (name !== undefined) return `${name}/${relative(folder, file).split(sep).join('/')}`;
    if (dirname(folder) === folder) return basename(file);
  }
}

/** A manifest without a name only says how its files are read. */
function nameIn(manifest: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}
