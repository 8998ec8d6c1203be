import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from './byte-path.ts';
import { reasonOf } from './reason.ts';
import { Turn } from './turn.ts';

/** What a walk found; paths are strings of bytes, relative to where it began. */
export interface Walk {
  files: string[];
  skipped: { path: string; reason: string }[];
}

/**
 * Lists every file below `root`. Links are not followed.
 *
 * @param root a string of bytes
 * @throws when `root` itself cannot be read, and the reason of the signal
 */
export async function walk(root: string, signal?: AbortSignal): Promise<Walk> {
  const turn = new Turn(signal);
  const found: Walk = { files: [], skipped: [] };
  const directories = [''];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    if (turn.isOver) await turn.give();
    let entries: Dirent<Buffer>[];
    try {
      entries = readdirSync(pathOf(join(root, directory)), { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      if (directory === '') throw error;
      found.skipped.push({ path: directory, reason: reasonOf(error) });
      continue;
    }
    for (const entry of entries) {
      const name = entry.name.toString('latin1');
      const path = directory === '' ? name : `${directory}/${name}`;
      if (entry.isDirectory()) directories.push(path);
      else if (entry.isFile()) found.files.push(path);
      else found.skipped.push({ path, reason: entry.isSymbolicLink() ? 'link' : 'not a file' });
    }
  }
  return found;
}
