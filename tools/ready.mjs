// Makes a clone ready to run: installs and builds what is missing or older than its sources. Silent, and done in a
// fraction of a second, when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNPM, pnpm } from './pnpm.mjs';
import { ROOT, sourceFiles, workspacePackages } from './workspace.mjs';

const OLDEST_NODE = [20, 19];
/** What was installed and built, as checksums. Written after each step, so that an interrupted one is done again. */
const STAMP = join(ROOT, '.ready');
/** Where turbo says what a build was made of. */
const SUMMARIES = join(ROOT, '.turbo/runs');

checkNode();
const packages = workspacePackages();
const built = packages.filter(({ manifest }) => manifest.scripts?.build !== undefined);
const wanted = { install: installChecksum(), build: buildChecksum() };
const found = readStamp();
const isInstalled = found.install === wanted.install && existsSync(join(ROOT, 'node_modules/.modules.yaml'));
const isBuilt = isInstalled && found.build === wanted.build && built.every(hasOutput);

if (!isBuilt) {
  checkCompiler();
  if (!isInstalled) {
    rmSync(STAMP, { force: true });
    step('Installing the packages', ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false']);
  }
  // Whatever becomes of the next step, what was built before is not there any more: sources that go back to that are
  // to be built again.
  writeFileSync(STAMP, JSON.stringify({ install: wanted.install }));
  const turbo = ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only', '--log-order=grouped'];
  rmSync(SUMMARIES, { recursive: true, force: true });
  step('Building', [...turbo, '--summarize']);
  removeLeftovers();
  writeFileSync(STAMP, JSON.stringify(wanted));
}
if (process.env.MP_NATIVE === 'posix') buildPortable();

/**
 * turbo lays the files of a build that it has kept beside those of an earlier one, and what lies in `dist` would be packed.
 * So only what belongs to the build stays.
 */
function removeLeftovers() {
  const summaries = existsSync(SUMMARIES) ? readdirSync(SUMMARIES) : [];
  for (const summary of summaries) {
    /** @type {{ tasks: { directory: string, expandedOutputs: string[] | null }[] }} */
    const { tasks } = JSON.parse(readFileSync(join(SUMMARIES, summary), 'utf8'));
    for (const { directory, expandedOutputs } of tasks) {
      const dist = `${directory}/dist`;
      const built = new Set(expandedOutputs);
      if (!built.has(dist)) continue;
      const found = readdirSync(join(ROOT, dist), { encoding: 'utf8', recursive: true });
      for (const path of found.map((each) => `${dist}/${each}`))
        if (!built.has(path)) rmSync(join(ROOT, path), { recursive: true, force: true });
    }
  }
}

/** Tests of the portable backend load it instead of the usual one. */
function buildPortable() {
  const { status } = spawnSync(process.execPath, ['packages/native/build.mjs', '--posix'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) fail('Building the portable backend of @mp/native failed');
}

/** @param {string} what @param {string[]} args of pnpm */
function step(what, args) {
  process.stderr.write(`${what} … `);
  const start = performance.now();
  const { error, status, stdout, stderr } = pnpm(args, 'pipe');
  if (status === 0) {
    process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stderr.write('failed\n\n');
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  fail(`${what} failed: ${error?.message ?? `npx --yes ${PNPM} ${args.join(' ')} ended with ${status}`}`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  fail(`Node ${process.versions.node} is too old: this repository needs ${OLDEST_NODE.join('.')} or newer`);
}

function checkCompiler() {
  const compiler = process.env.CC ?? 'cc';
  if (spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0) return;
  fail(
    `Cannot build @mp/native: there is no C compiler "${compiler}". ` +
      'Install one (Debian, Ubuntu: apt-get install gcc libc6-dev), or name yours in the variable CC',
  );
}

/** What decides what is installed: the lock file and every manifest. */
function installChecksum() {
  const manifests = packages.map(({ folder }) => `${folder}/package.json`);
  const machine = `${process.platform} ${process.arch} ${process.versions.modules}`;
  return checksum(['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests], machine);
}

/** What decides what is built: the sources. Contents, not times: a checkout changes times only. */
function buildChecksum() {
  const sources = built.flatMap(({ folder }) =>
    sourceFiles(join(ROOT, folder))
      .filter((path) => !path.startsWith('test/') && !path.endsWith('.md'))
      .map((path) => `${folder}/${path}`),
  );
  return checksum(['turbo.json', 'tsconfig.base.json', 'tsup.base.ts', ...sources], process.env.CC ?? 'cc');
}

/** @param {string[]} files @param {string} more */
function checksum(files, more) {
  const hash = createHash('sha256').update(more);
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

/** @param {import('./workspace.mjs').Package} each */
function hasOutput({ folder, manifest }) {
  if (manifest.scripts?.build === undefined) return true;
  return ['dist', 'build'].some((output) => existsSync(join(ROOT, folder, output)));
}

/** @returns {{ install?: string, build?: string }} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return {};
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
