import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The time of a change may be told earlier than it was by so many milliseconds: the kernel takes it from its ticks. */
const TICK_MS = 20;

/**
 * Whether a test runner has rewritten the text of a function, so that a child, which imports the file itself, finds
 * another one. The answer is certain enough to go by the name of the task alone: `true` only under a runner that rewrites modules, only for a
 * text that is not in the file, and only for a file that has not been changed since it was loaded. The time of the last
 * change of an inode cannot be set back by a program that writes the file.
 *
 * @param url the module of the function
 * @param definedAt when it was made a task, in ms since 1970: its module was loaded before
 */
export function isRewritten(url: string, text: string, definedAt: number): boolean {
  const { JEST_WORKER_ID, VITEST } = process.env;
  if (JEST_WORKER_ID === undefined && VITEST === undefined) return false;
  try {
    const file = fileURLToPath(url);
    return statSync(file).ctimeMs < definedAt - TICK_MS && !readFileSync(file, 'utf8').includes(text);
  } catch {
    // There is no such file: the child will say so.
    return false;
  }
}
