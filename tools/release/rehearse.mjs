// npm run release:rehearse: a whole release, to a registry on this machine. All packages are published out of a clean
// tree, a new project installs two of them by name, a changeset makes the next version, and the project gets that.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from './registry.mjs';
import {
  changesets,
  commit,
  makeReleaseTree,
  newestChanges,
  publish,
  publishedPackages,
  version,
} from './tree.mjs';

/** What somebody writes who installed two packages. */
const PROGRAM = `
import { Lock } from '@mp/lock';
import { isMain, Pool, task } from '@mp/pool';

export const locked = task(import.meta, (lock) => lock.locked);

if (isMain(import.meta)) {
  const [lock, pool] = [new Lock(), new Pool({ workers: 1 })];
  await lock.with(async () => console.log(await pool.apply(locked, [lock])));
  pool.close();
  await pool.join();
  lock.close();
}
`;
const TWO = ['@mp/lock', '@mp/pool'];
const SENTENCE = 'A release was rehearsed.';

const folder = mkdtempSync(join(tmpdir(), 'mp-rehearsal-'));
const tree = join(folder, 'tree');
const project = join(folder, 'project');
const start = performance.now();
const registry = await startRegistry(join(folder, 'registry'));
try {
  told('the registry answers');
  makeReleaseTree(tree);
  const first = oneVersion();
  await published(first);
  told(`published ${first}`);
  makeProject();
  expectInstalled(first);
  told('a new project has two of them, and its program runs');

  writeFileSync(join(tree, '.changeset/rehearsal.md'), `---\n'${TWO[0]}': patch\n---\n\n${SENTENCE}\n`);
  commit(tree, 'A changeset');
  version(tree);
  const second = oneVersion();
  if (second === first) throw new Error(`The changeset made no new version: it is still ${first}`);
  if (changesets(tree).length > 0) throw new Error('The changeset is still there');
  const lock = publishedPackages(tree).find(({ name }) => name === TWO[0]);
  const changes = newestChanges(tree, lock?.folder ?? '');
  if (!changes.includes(SENTENCE)) throw new Error(`The changelog does not say so, but: ${changes}`);
  await published(second);
  told(`published ${second}, by a changeset`);
  npm('install', ...TWO.map((name) => `${name}@latest`));
  expectInstalled(second);
  told('the project has it');
} finally {
  await registry.stop();
  rmSync(folder, { recursive: true });
}

/** @returns {string} the version of all packages */
function oneVersion() {
  const versions = new Set(publishedPackages(tree).map(({ manifest }) => String(manifest.version)));
  if (versions.size !== 1) throw new Error(`Not one version: ${[...versions].join(', ')}`);
  return [...versions][0];
}

/** @param {string} wanted */
async function published(wanted) {
  publish(tree, registry.variables);
  const missing = [];
  for (const { name } of publishedPackages(tree)) {
    // The connection of the last time may be closed: nothing was looked at while the packages were published.
    const answer = await fetch(`${registry.url}${name}`, { headers: { connection: 'close' } });
    const found = /** @type {{ 'dist-tags'?: { latest: string } }} */ (await answer.json());
    const known = found['dist-tags']?.latest ?? `status ${answer.status}`;
    if (known !== wanted) missing.push(`${name} (${known})`);
  }
  if (missing.length > 0) throw new Error(`Not published as ${wanted}: ${missing.join(', ')}`);
}

function makeProject() {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }');
  writeFileSync(join(project, 'program.mjs'), PROGRAM);
  npm('install', ...TWO);
}

/** @param {string[]} args */
function npm(...args) {
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: project,
    env: { ...process.env, ...registry.variables },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** @param {string} wanted the version */
function expectInstalled(wanted) {
  for (const name of TWO) {
    const file = join(project, 'node_modules', name, 'package.json');
    const found = JSON.parse(readFileSync(file, 'utf8')).version;
    if (found !== wanted) throw new Error(`The project has ${name} ${found}, not ${wanted}`);
  }
  // Its segments go with the folder.
  const env = { ...process.env, MP_DIR: join(folder, 'segments') };
  const printed = execFileSync(process.execPath, ['program.mjs'], { cwd: project, env, encoding: 'utf8' });
  if (printed !== 'true\n') throw new Error(`The program printed ${printed}`);
}

/** @param {string} what */
function told(what) {
  console.log(`${((performance.now() - start) / 1000).toFixed(1)} s: ${what}`);
}
