import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a walk found; paths are relative to where it began. */
export interface Walk {
  files: string[];
  skipped: { path: string; reason: string }[];
}

/**
 * Lists every file below `root`. Links are not followed.
 *
 * @throws when `root` itself cannot be read
 */
export function walk(root: string): Walk {
  const found: Walk = { files: [], skipped: [] };
  const directories = [''];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    let entries: Dirent[];
    try {
      entries = readdirSync(join(root, directory), { withFileTypes: true });
    } catch (error) {
      if (directory === '') throw error;
      const { code } = error as NodeJS.ErrnoException;
      found.skipped.push({
        path: directory,
        reason: code === 'ENOENT' ? 'vanished' : `unreadable (${code})`,
      });
      continue;
    }
    for (const entry of entries) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) directories.push(path);
      else if (entry.isFile()) found.files.push(path);
      else found.skipped.push({ path, reason: entry.isSymbolicLink() ? 'link' : 'not a file' });
    }
  }
  return found;
}
