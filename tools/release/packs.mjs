// The tarballs of a release, and what is in them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PNPM } from '../pnpm.mjs';
import { makeReleaseTree, publishedPackages } from './tree.mjs';

/**
 * @typedef {object} Pack
 * @property {string} name `@mp/lock`
 * @property {string} folder in the repository: `packages/lock`
 * @property {string} file the tarball
 * @property {string} contents a folder with what is in it
 * @property {Manifest} manifest the one in it
 */

/**
 * @typedef {Record<string, unknown> & { name: string, version: string, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string> }} Manifest
 */

/**
 * Packs every published package as the next release would.
 *
 * @param {string} folder an empty one: `tree` and `packs` are made in there
 * @returns {Pack[]}
 */
export function makePacks(folder) {
  const [tree, packs] = [join(folder, 'tree'), join(folder, 'packs')];
  makeReleaseTree(tree);
  const packages = publishedPackages(tree);
  const filters = packages.map(({ name }) => `--filter=${name}`);
  execFileSync('npx', ['--yes', PNPM, ...filters, 'pack', '--recursive', '--pack-destination', packs], {
    cwd: tree,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return packages.map(({ name, folder, manifest }) => {
    const file = join(packs, `${name.slice(1).replace('/', '-')}-${manifest.version}.tgz`);
    return { name, folder, file, ...unpacked(file, join(packs, name)) };
  });
}

/**
 * @param {string} file
 * @param {string} to
 * @returns {Pick<Pack, 'contents' | 'manifest'>}
 */
function unpacked(file, to) {
  mkdirSync(to, { recursive: true });
  execFileSync('tar', ['-xzf', file, '-C', to]);
  const contents = join(to, 'package');
  return { contents, manifest: JSON.parse(readFileSync(join(contents, 'package.json'), 'utf8')) };
}

/**
 * The packages of ours that come with one, itself among them.
 *
 * @param {readonly Pack[]} packs
 * @param {string} name
 * @returns {string[]} sorted
 */
export function comesWith(packs, name) {
  const found = new Set([name]);
  for (const each of found) {
    const of = packs.find(({ name }) => name === each);
    for (const needed of Object.keys(of?.manifest.dependencies ?? {})) {
      if (packs.some(({ name }) => name === needed)) found.add(needed);
    }
  }
  return [...found].sort();
}

/**
 * Every file below a folder.
 *
 * @param {string} folder
 * @param {string} [below]
 * @returns {string[]} relative to `folder`, sorted
 */
export function filesIn(folder, below = '') {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below + entry.name;
      return entry.isDirectory() ? filesIn(folder, `${path}/`) : [path];
    });
}

/**
 * Bytes of all files below a folder.
 *
 * @param {string} folder
 */
export function bytesIn(folder) {
  return filesIn(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}
