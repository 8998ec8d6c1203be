// What the next release is made of: a copy of the published packages with the versions and the changelogs that it will
// have. Everything that looks at a release packs or publishes this copy, never the working tree.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { PNPM } from '../pnpm.mjs';
import { binaryOf, NATIVE, ownBinaryOf, TARGETS } from '../prebuilds/targets.mjs';
import { ROOT, workspacePackages } from '../workspace.mjs';

/** Files of the repository that the tools of a release read. */
const SHARED = ['package.json', 'pnpm-workspace.yaml', 'LICENSE', '.changeset'];
/** Folders that are never packed. */
const LEFT_OUT = new Set(['node_modules', '.turbo']);
const CHANGESET = createRequire(import.meta.url).resolve('@changesets/cli/bin.js');
/** Its commits are nobody's, and need nothing of the configuration of the user. */
const GIT = ['-c', 'user.name=release', '-c', 'user.email=release@localhost', '-c', 'commit.gpgsign=false'];

/**
 * The packages that users get, as the workspace has them.
 *
 * @param {string} [root]
 */
export function publishedPackages(root = ROOT) {
  return workspacePackages(root).filter(({ manifest }) => String(manifest.private) !== 'true');
}

/**
 * Makes the copy, a git repository of its own, and gives its packages the versions of the next release: those they have,
 * when there are no changesets. The packages have to be built.
 *
 * @param {string} tree where it is made; the folder must not exist
 */
export function makeReleaseTree(tree) {
  mkdirSync(tree, { recursive: true });
  for (const name of SHARED) cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  const published = new Set(publishedPackages().map(({ name }) => name));
  for (const { folder, name } of workspacePackages()) {
    if (published.has(name)) copyFolder(folder, tree);
    else copyFile(join(folder, 'package.json'), tree);
  }
  addOwnBinary(tree);
  for (const { folder, manifest } of publishedPackages(tree)) link(tree, folder, manifest);
  writeFileSync(join(tree, '.gitignore'), 'node_modules\n');
  git(tree, 'init', '--quiet', '--initial-branch=main');
  commit(tree, 'The tree');
  version(tree);
}

/**
 * What `changeset version` does: versions, changelogs, and no changesets any more.
 *
 * @param {string} tree
 */
export function version(tree) {
  if (changesets(tree).length === 0) return;
  execFileSync(process.execPath, [CHANGESET, 'version'], { cwd: tree, stdio: 'pipe' });
  commit(tree, 'Versions');
}

/**
 * The changesets of a tree, by their file names.
 *
 * @param {string} tree
 */
export function changesets(tree) {
  return readdirSync(join(tree, '.changeset')).filter((name) => name.endsWith('.md') && name !== 'README.md');
}

/**
 * Publishes the packages of a tree whose versions the registry does not have. changesets calls pnpm for that, by its name.
 *
 * @param {string} tree
 * @param {Record<string, string>} variables of the environment, for that alone: pnpm itself may come from another registry
 * @throws Error with what it said, when it failed
 */
export function publish(tree, variables) {
  const set = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const words = ['env', ...set, process.execPath, CHANGESET, 'publish'];
  const command = words.map((word) => `'${word}'`).join(' ');
  const args = ['--yes', `--package=${PNPM}`, '--call', command];
  const { status, stdout, stderr } = spawnSync('npx', args, { cwd: tree, encoding: 'utf8' });
  if (status !== 0) throw new Error(`Publishing ended with ${status}:\n${stdout}${stderr}`);
}

/** @param {string} tree @param {string} message */
export function commit(tree, message) {
  git(tree, 'add', '--all');
  git(tree, 'commit', '--quiet', '--message', message);
}

/** @param {string} tree @param {string[]} args */
function git(tree, ...args) {
  execFileSync('git', [...GIT, ...args], { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** @param {string} folder @param {string} tree */
function copyFolder(folder, tree) {
  cpSync(join(ROOT, folder), join(tree, folder), {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(basename(path)),
  });
}

/** @param {string} file @param {string} tree */
function copyFile(file, tree) {
  copy(join(ROOT, file), join(tree, file));
}

/** @param {string} from @param {string} to a file */
function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

/**
 * Without the binaries of a release, what is packed has the one that was built here, so that it can be tried.
 *
 * @param {string} tree
 */
function addOwnBinary(tree) {
  for (const target of TARGETS) {
    const [own, place] = [ownBinaryOf(target), binaryOf(target, join(tree, relative(ROOT, NATIVE)))];
    if (existsSync(own) && !existsSync(place)) copy(own, place);
  }
}

/**
 * pnpm takes the versions behind `workspace:*` from installed packages.
 *
 * @param {string} tree
 * @param {string} folder
 * @param {Record<string, Record<string, string>>} manifest
 */
function link(tree, folder, { dependencies, devDependencies }) {
  const folders = new Map(workspacePackages(tree).map((each) => [each.name, each.folder]));
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const at = folders.get(name);
    if (at === undefined) continue;
    const place = join(tree, folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    if (!existsSync(place)) symlinkSync(join(tree, at), place);
  }
}

/**
 * The part of a changelog about its newest version, without the heading.
 *
 * @param {string} tree
 * @param {string} folder
 */
export function newestChanges(tree, folder) {
  const file = join(tree, folder, 'CHANGELOG.md');
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').split(/^## /m)[1]?.replace(/^.*\n/, '').trim() ?? '';
}
