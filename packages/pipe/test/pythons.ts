import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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
      const { stdout } = await execute(path, ['-c', PROGRAM], { timeout: 20_000 });
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

/** A Python that runs fixtures/python-peer.py. */
export class PythonPeer {
  readonly #child;
  readonly #lines;

  constructor({ path }: Python) {
    const program = fileURLToPath(new URL('./fixtures/python-peer.py', import.meta.url));
    this.#child = spawn(path, ['-u', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  say(command: object): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  async answer(): Promise<Record<string, unknown>> {
    const { value } = await this.#lines.next();
    return JSON.parse(value ?? '{"error":"it ended"}');
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}
