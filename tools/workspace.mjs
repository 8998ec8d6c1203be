// Where things are in this repository.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** Folders that no tool looks into. */
const IGNORED = new Set([
  'node_modules',
  'dist',
  'build',
  'prebuilds',
  'coverage',
  '.turbo',
  '.git',
  'out',
  'cache',
]);

/**
 * @typedef {object} Package
 * @property {string} folder relative to the repository: `packages/lock`
 * @property {string} name as in its package.json: `@mp/lock`
 * @property {Record<string, Record<string, string>> & { scripts?: Record<string, string> }} manifest
 */

/**
 * The packages of the workspace, as `pnpm-workspace.yaml` lists them.
 *
 * @param {string} [root]
 * @returns {Package[]}
 */
export function workspacePackages(root = ROOT) {
  const yaml = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const list = /^packages:\n((?: +- .*\n)+)/m.exec(yaml)?.[1] ?? '';
  const folders = [...list.matchAll(/- (.+)/g)].flatMap(([, pattern]) =>
    pattern.endsWith('/*')
      ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => pattern.slice(0, -1) + name)
      : [pattern],
  );
  return folders.sort().flatMap((folder) => {
    const manifest = join(root, folder, 'package.json');
    if (!statSync(manifest, { throwIfNoEntry: false })) return [];
    const parsed = JSON.parse(readFileSync(manifest, 'utf8'));
    return [{ folder, name: parsed.name, manifest: parsed }];
  });
}

/**
 * Every file below a folder that belongs to the source, sorted.
 *
 * @param {string} folder
 * @param {string} [below] for paths to begin with
 * @returns {string[]} relative to `folder`
 */
export function sourceFiles(folder, below = '') {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .filter((entry) => !IGNORED.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below + entry.name;
      if (entry.isDirectory()) return sourceFiles(folder, `${path}/`);
      return entry.isFile() ? [path] : [];
    });
}
