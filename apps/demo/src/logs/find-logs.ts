import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from '../files/byte-path.ts';

/**
 * Every `changelog*.gz` below `root`, one after the other. Links are not followed; folders that cannot be read are left out.
 *
 * @param root a string of bytes
 * @returns paths relative to `root`, as strings of bytes
 * @throws when `root` itself cannot be read
 */
export function* findLogs(root: string): Generator<string, void, undefined> {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let entries: Dirent<Buffer>[];
    try {
      entries = readdirSync(pathOf(join(root, folder)), { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      if (folder === '') throw error;
      continue;
    }
    for (const entry of entries) {
      const name = entry.name.toString('latin1');
      const path = join(folder, name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() && name.startsWith('changelog') && name.endsWith('.gz')) yield path;
    }
  }
}
