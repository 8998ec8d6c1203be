import { renameSync, rmSync, statSync } from 'node:fs';
import { newToken } from './handle.ts';

/**
 * Removes the file of a Unix socket that a server has left which was killed, so that the next one can listen there.
 *
 * Two servers may begin at once, and one of them may take the file of the other instead, which it then puts back.
 *
 * @returns whether it was removed
 */
export async function removeDeadSocket(path: string): Promise<boolean> {
  const dead = markOf(path);
  if (dead === undefined || (await isAlive(path))) return false;
  const aside = `${path}.${newToken().slice(0, 6)}`;
  try {
    renameSync(path, aside);
  } catch {
    return false;
  }
  if (markOf(aside) === dead) rmSync(aside, { force: true });
  else renameSync(aside, path);
  return true;
}

/** What tells the file of a socket from a later one; `undefined` when it is none. */
function markOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isSocket() ? `${stats.ino} ${stats.mtimeNs}` : undefined;
}

async function isAlive(path: string): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const probe = connect({ path });
    const answer = (alive: boolean) => {
      probe.destroy();
      resolve(alive);
    };
    probe.on('connect', () => answer(true));
    // Any other failure, like a queue that is full, is one of a socket that somebody has.
    probe.on('error', ({ code }: NodeJS.ErrnoException) => answer(code !== 'ECONNREFUSED'));
  });
}
