import { constants, setPriority } from 'node:os';

/** For a command that looks again and again: when processors are short, the programs that it looks at go first. */
export function standBack(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox forbids it: it looks all the same.
  }
}
