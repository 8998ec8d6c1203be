import { join } from 'node:path';
import { task } from '@mp/pool';
import type { Value } from '@mp/shared';
import { type Part, Tally } from './tally.ts';

/** A worker delivers what it has when it knows so many different words: its memory stays bounded, and its message. */
const WORDS_MOST = 500_000;

/** Files of a tree, and how many of them have been taken. */
export interface Work {
  /** A string of bytes, as all paths. */
  root: string;
  /** The number that the first of these files has among all of the tree. */
  first: number;
  /** Relative to the root, with a NUL between them: one string travels faster than thousands. */
  files: string;
  next: Value<'u32'>;
}

/** Takes files, one at a time, until there are none, or until it has enough to deliver. */
export const analyseFiles = task(
  import.meta,
  function analyseFiles({ root, first, files, next }: Work): Part {
    const list = files.split('\0');
    const tally = new Tally();
    try {
      while (tally.table.size < WORDS_MOST) {
        const taken = next.add(1);
        if (taken >= list.length) break;
        const steps = tally.analyse(first + taken, join(root, list[taken]));
        while (steps.next().done !== true);
      }
    } finally {
      next.close();
    }
    return tally.pack();
  },
);
