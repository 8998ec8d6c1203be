import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Mounts a file system for itself alone and runs the program there; the mount goes with it. */
const SCRIPT = 'mount -t tmpfs -o size="$1",mode=700 mp "$2" && MP_DIR="$2" exec "$3" "$4"';

/**
 * Runs `program` to its end with a segment directory that is a file system of its own, of `size` bytes.
 *
 * @returns the lines it printed, or why this machine lets nobody mount one
 * @throws Error when it failed; the message shows its stderr
 */
export function runInSmallFileSystem(program: URL, size: number): { lines: string[] } | { reason: string } {
  const directory = mkdtempSync(join(tmpdir(), 'mp-small-'));
  try {
    const args = [String(size), directory, process.execPath, fileURLToPath(program)];
    const can = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'mp', directory], { encoding: 'utf8' });
    if (can.status !== 0) return { reason: can.error?.message ?? can.stderr.trim() };
    const run = spawnSync('unshare', ['-rm', 'sh', '-c', SCRIPT, 'sh', ...args], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (run.status !== 0) {
      throw new Error(
        `${program} ended with ${run.status ?? run.signal}: ${run.stderr}\nIt said: ${run.stdout}`,
      );
    }
    return { lines: run.stdout.trim().split('\n') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
