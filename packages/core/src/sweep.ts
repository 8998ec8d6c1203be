import { existsSync, readdirSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import * as native from '@mp/native';
import { segmentDirectory } from './directory.ts';
import { thisThread } from './this-thread.ts';
import { threadState } from './thread-state.ts';
import { trace } from './trace.ts';

/** One sweep of a directory in this time is enough for all that use it. */
const INTERVAL_MS = 60_000;
/** Not at start-up: a short program should not pay for what others left. */
const DELAY_MS = 1_000;
const STAMP = '.swept';

let scheduled = false;

/** Sees to it that what killed processes left is removed one day: in an idle moment of a main process. */
export function scheduleSweep(): void {
  if (scheduled || threadState.isChild || !thisThread().isMain) return;
  scheduled = true;
  setTimeout(() => {
    try {
      if (isDue()) sweep();
    } catch {
      // The directory is gone, or was refused. Nothing waits for a sweep, and nothing can catch what a timer throws.
    }
  }, DELAY_MS).unref();
}

function isDue(): boolean {
  const path = `${segmentDirectory()}/${STAMP}`;
  try {
    if (Date.now() - statSync(path).mtimeMs < INTERVAL_MS) return false;
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    try {
      writeFileSync(path, '', { mode: 0o600 });
    } catch {
      return false;
    }
  }
  return true;
}

/** What a sweep does with a file; each answers whether it is gone. */
export interface Broom {
  /** It is of the dead. */
  unlink(file: string): boolean;
  /** It goes if it is in use by nobody. */
  remove(file: string): boolean;
  /** The same, if it goes with its last user at all. */
  removeLeft(file: string): boolean;
}

/**
 * Removes what dead processes left in the segment directory. What is in use, named or pinned stays, and so does
 * `t-tokens`, which is mapped for moments only.
 *
 * | file | goes when |
 * | --- | --- |
 * | `a-<id>`, its `d-<id>` | its thread is dead |
 * | `p-<…>` | its process is dead |
 * | `s-<…>`, `t-<pid>-<…>` | it is not mapped and not pinned |
 * | `n-<…>` | it is not mapped and not pinned, and goes with its last user |
 * | `<file>+<n>` | `<file>` is gone; a pin then lets go of what it pinned |
 *
 * @returns how many files are gone
 */
export function sweep(): number {
  const directory = segmentDirectory();
  const gone = sweepBy(directory, removing(directory)).length;
  if (gone > 0) trace('sweep', { directory, removed: gone });
  return gone;
}

/**
 * Goes through `directory` by the table above.
 *
 * @param files what is in it
 * @returns the files that are gone, as the broom says
 */
export function sweepBy(
  directory: string,
  broom: Broom,
  files: readonly string[] = readdirSync(directory),
): string[] {
  const present = new Set(files);
  const gone: string[] = [];
  const unlink = (file: string) => {
    if (broom.unlink(file)) gone.push(file);
  };
  for (const file of files) {
    const path = `${directory}/${file}`;
    const plus = file.indexOf('+');
    if (plus > 0) {
      // Asked again: a listing is not of one moment, and the file may have come after its place was passed.
      const owner = file.slice(0, plus);
      if (!present.has(owner) && !existsSync(`${directory}/${owner}`)) unlink(file);
    } else if (file.startsWith('a-') || file.startsWith('p-')) {
      if (ownerAt(path) === UNOWNED) unlink(file);
    } else if (file.startsWith('d-')) {
      if (ownerAt(`${directory}/a-${file.slice(2)}`) !== OWNED) unlink(file);
    }
  }
  // After the pins: a segment that only a lost message referred to is free now.
  for (const file of files) {
    if (!/^(s-|n-|t-\d)[^+]*$/.test(file)) continue;
    if (file.startsWith('n-') ? broom.removeLeft(file) : broom.remove(file)) gone.push(file);
  }
  return gone;
}

const UNOWNED = 1;
const OWNED = 2;

/** Answers of a probe. What cannot be opened, like a link, is no file of ours: it stays, and so does what belongs to it. */
function ownerAt(path: string): number {
  try {
    return native.probe(path);
  } catch {
    return OWNED;
  }
}

/** The broom that sweeps. */
export function removing(directory: string): Broom {
  const isGone = (remove: () => boolean): boolean => {
    try {
      return remove();
    } catch {
      // It is no file, like a directory: the others go all the same.
      return false;
    }
  };
  return {
    unlink(file) {
      try {
        unlinkSync(`${directory}/${file}`);
        return true;
      } catch {
        // Its owner, or another sweep, was first.
        return false;
      }
    },
    remove: (file) => isGone(() => native.remove(`${directory}/${file}`)),
    removeLeft: (file) => isGone(() => native.removeLeft(`${directory}/${file}`)),
  };
}
