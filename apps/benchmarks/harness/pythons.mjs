import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

let found;

/** `python3`, and the newest Python 3 of this machine if that is another. */
export function pythons() {
  found ??= search();
  return found;
}

function search() {
  const standard = interpreter('python3');
  const newest = [...onPath(), ...underPyenv()]
    .map(interpreter)
    .filter(Boolean)
    .sort((a, b) => byVersion(b.version, a.version))[0];
  return [standard, newest].filter(
    (each, index, all) => each && (index === 0 || each.version !== all[0]?.version),
  );
}

function onPath() {
  const names = new Set();
  for (const directory of (process.env.PATH ?? '').split(':')) {
    for (const file of list(directory)) if (/^python3\.\d+$/.test(file)) names.add(join(directory, file));
  }
  return [...names];
}

function underPyenv() {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  return list(versions)
    .filter((version) => version.startsWith('3.'))
    .map((version) => join(versions, version, 'bin', 'python3'));
}

function list(directory) {
  try {
    return readdirSync(directory);
  } catch {
    return []; // A directory of PATH that does not exist, or no pyenv.
  }
}

/** A shim of pyenv for a version that is not selected fails here, and so drops out. */
function interpreter(command) {
  try {
    const answer = execFileSync(
      command,
      ['-c', 'import platform, multiprocessing; print(platform.python_version())'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 10_000,
      },
    );
    return { command, version: answer.trim() };
  } catch {
    return undefined;
  }
}

function byVersion(a, b) {
  const left = a.split('.').map(Number.parseFloat);
  const right = b.split('.').map(Number.parseFloat);
  for (let part = 0; part < 3; part++) if (left[part] !== right[part]) return left[part] - right[part];
  return 0;
}
