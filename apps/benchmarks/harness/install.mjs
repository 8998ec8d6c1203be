import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const at = (path) => fileURLToPath(new URL(path, root));

/** Brings in the rivals from npm, unless exactly these are there. Nothing of theirs runs at install. */
export function installRivals() {
  const wanted = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex');
  const stamp = at('node_modules/.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('installing the rivals (npm ci)\n');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: at('.'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(stamp, wanted);
}

/**
 * Links the packages of this repository as `@mp/*`. Not `file:` dependencies: npm would try to understand what
 * pnpm's `workspace:` ranges in their manifests mean.
 */
export function linkOurs() {
  const scope = at('node_modules/@mp');
  rmSync(scope, { recursive: true, force: true });
  mkdirSync(scope, { recursive: true });
  for (const name of readdirSync(at('../../packages')))
    symlinkSync(`../../../../packages/${name}`, `${scope}/${name}`);
}
