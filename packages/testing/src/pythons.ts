import { execFile } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PATIENCE } from './patience.ts';

const execute = promisify(execFile);

/** An interpreter of Python that was found on this machine. */
export interface Python {
  version: string;
  path: string;
}

const PROGRAM = 'import sys, multiprocessing.connection; print(sys.version.split()[0])';

/** Every Python of this machine: on PATH, and those of pyenv. */
export async function pythons(): Promise<Python[]> {
  const found = new Map<string, Python>();
  for (const path of candidates()) {
    try {
      const { stdout } = await execute(path, ['-c', PROGRAM], { timeout: 20_000 * PATIENCE });
      const version = stdout.trim();
      if (!found.has(version)) found.set(version, { version, path });
    } catch {
      // It has no multiprocessing, or is no Python.
    }
  }
  return [...found.values()].sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

function candidates(): string[] {
  const directories = (process.env.PATH ?? '').split(':').filter((each) => !each.includes('shims'));
  const onPath = directories.flatMap((directory) =>
    list(directory)
      .filter((file) => /^python(\d(\.\d+)?)?$/.test(file))
      .map((file) => join(directory, file)),
  );
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const all = [...onPath, ...list(versions).map((version) => join(versions, version, 'bin', 'python'))];
  return [...new Set(all.filter((each) => existsSync(each)).map((each) => realpathSync(each)))];
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
