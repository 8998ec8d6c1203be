import { join } from 'node:path';
import { task } from '@mp/pool';
import { type Count, countFile } from './text.ts';

/** Counts the files of one directory tree, named relative to its root. */
export const countFiles = task(
  import.meta,
  function countFiles([root, paths]: readonly [string, readonly string[]]): Count[] {
    return paths.map((path) => countFile(join(root, path)));
  },
);
