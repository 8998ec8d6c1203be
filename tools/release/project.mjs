// A user's project that installs the packages: in an empty folder outside of the repository, out of tarballs.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNPM } from '../pnpm.mjs';

/** @typedef {'npm' | 'pnpm'} Manager */

/** Scripts of packages never run: both managers block them for their users. */
const COMMANDS = {
  npm: (/** @type {string[]} */ args) => [
    'npm',
    ...args,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ],
  pnpm: (/** @type {string[]} */ args) => [
    'npx',
    '--yes',
    PNPM,
    ...args,
    // `remove` knows no flag of that name.
    '--config.ignore-scripts=true',
    '--ignore-workspace',
  ],
};

/**
 * Makes a project and installs packages there. What comes with them is taken from tarballs, too; what is not ours comes
 * from the cache of the manager, or from its registry.
 *
 * @param {string} path the folder; it must not exist
 * @param {Manager} manager
 * @param {readonly import('./packs.mjs').Pack[]} packs all of them
 * @param {readonly string[]} wanted names of those that the project depends on
 */
export function installProject(path, manager, packs, wanted) {
  mkdirSync(path, { recursive: true });
  const files = Object.fromEntries(packs.map(({ name, file }) => [name, `file:${file}`]));
  const dependencies = Object.fromEntries(wanted.map((name) => [name, files[name]]));
  const overrides = manager === 'npm' ? { overrides: files } : { pnpm: { overrides: files } };
  const manifest = { name: 'project', private: true, type: 'module', dependencies, ...overrides };
  writeFileSync(join(path, 'package.json'), JSON.stringify(manifest));
  const flags = manager === 'npm' ? ['--prefer-offline'] : ['--prefer-offline', '--no-frozen-lockfile'];
  run(path, COMMANDS[manager](['install', ...flags]));
}

/**
 * Takes packages out again.
 *
 * @param {string} path
 * @param {Manager} manager
 * @param {readonly string[]} names
 */
export function removeFromProject(path, manager, names) {
  // pnpm keeps the files of a removed package for a week, unless it is told not to.
  const words = manager === 'npm' ? ['uninstall'] : ['remove', '--config.modules-cache-max-age=0'];
  run(path, COMMANDS[manager]([...words, ...names]));
}

/**
 * Names of the packages that are installed, those of nobody's wish among them.
 *
 * @param {string} path
 * @returns {string[]} sorted
 */
export function installedPackages(path) {
  const store = join(path, 'node_modules/.pnpm');
  if (!existsSync(store)) return packagesBelow(join(path, 'node_modules'));
  return readdirSync(store)
    .flatMap((each) => packagesBelow(join(store, each, 'node_modules'), false))
    .sort();
}

/**
 * @param {string} folder a `node_modules`
 * @param {boolean} [links] whether links count
 */
function packagesBelow(folder, links = true) {
  if (!existsSync(folder)) return [];
  const scopes = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return scopes
    .flatMap((scope) => {
      if (!scope.startsWith('@')) return [scope];
      const below = readdirSync(join(folder, scope), { withFileTypes: true });
      return below.filter((each) => links || each.isDirectory()).map(({ name }) => `${scope}/${name}`);
    })
    .sort();
}

/** @param {string} cwd @param {string[]} command */
function run(cwd, [program, ...args]) {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
}
