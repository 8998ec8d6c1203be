import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findExamples, missingOutput, writePrograms } from '../tools/examples.mjs';

leakCheck();

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mp-installed-'));
const packs = join(folder, 'packs');
const PACKAGES = [
  'cli',
  'core',
  'lock',
  'manager',
  'native',
  'pipe',
  'pool',
  'process',
  'queue',
  'serde',
  'shared',
];

/** What they need of others, as this repository has it: the test must run without a registry. */
const OTHERS = { picocolors: 'cli', uplot: 'cli' };

/** A program of somebody who installed three packages. */
const PROGRAM = `
import { Lock } from '@mp/lock';
import { isMain, Pool, task } from '@mp/pool';
import { Queue } from '@mp/queue';

export const work = task(import.meta, async (queue, lock, n) => {
  await lock.with(() => queue.put(n * n));
  return n;
});

if (isMain(import.meta)) {
  const [queue, lock, pool] = [new Queue(), new Lock(), new Pool({ workers: 2 })];
  await Promise.all([1, 2, 3].map((n) => pool.apply(work, [queue, lock, n])));
  console.log((await queue.getMany(3)).sort().join(' '));
  pool.close();
  await pool.join();
  queue.close();
  lock.close();
}
`;

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpm = (args: string[], cwd: string) =>
  execFileSync('npx', ['--yes', packageManager, ...args], { cwd, encoding: 'utf8', stdio: 'pipe' });

beforeAll(() => {
  mkdirSync(packs);
  for (const name of PACKAGES) pnpm(['pack', '--pack-destination', packs], join(root, 'packages', name));
});
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * A project in an empty folder, with the packed packages as they would come from a registry.
 *
 * @param wanted what it depends on
 */
function project(manager: string, title: string, wanted: readonly string[]): string {
  const path = join(folder, `${manager}-${title}`);
  mkdirSync(path);
  const files = Object.fromEntries(
    PACKAGES.map((name) => [
      `@mp/${name}`,
      `file:../packs/${readdirSync(packs).find((file) => file.startsWith(`mp-${name}-`))}`,
    ]),
  );
  for (const [name, user] of Object.entries(OTHERS))
    files[name] = `file:${realpathSync(join(root, 'packages', user, 'node_modules', name))}`;
  const dependencies = Object.fromEntries(wanted.map((name) => [name, files[name]]));
  const manifest = { name: 'project', private: true, type: 'module', dependencies };
  const overrides = manager === 'npm' ? { overrides: files } : { pnpm: { overrides: files } };
  writeFileSync(join(path, 'package.json'), JSON.stringify({ ...manifest, ...overrides }));
  return path;
}

/** As many packages as a user needs for one program. */
const FEW = ['@mp/lock', '@mp/pool', '@mp/queue'];

function installWithNpm(path: string): void {
  const options = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  execFileSync('npm', ['install', ...options], { cwd: path });
}

async function runs(path: string) {
  writeFileSync(join(path, 'program.mjs'), PROGRAM);
  const program = spawnFixture(pathToFileURL(join(path, 'program.mjs')));
  const lines = await program.rest();
  expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
  expect(lines).toEqual(['1 4 9']);
}

it('in a project installed with npm', async () => {
  const path = project('npm', 'few', FEW);
  installWithNpm(path);
  await runs(path);
});

it('in a project installed with pnpm', async () => {
  const path = project('pnpm', 'few', FEW);
  pnpm(['install', '--offline', '--ignore-workspace', '--no-frozen-lockfile'], path);
  await runs(path);
});

describe('the examples of the READMEs, in a project with the packed packages', () => {
  const examples = findExamples(root).filter(({ page }) => /^packages\/\w+\/README\.md$/.test(page));
  const path = join(folder, 'npm-all');

  beforeAll(() => {
    installWithNpm(
      project(
        'npm',
        'all',
        PACKAGES.map((name) => `@mp/${name}`),
      ),
    );
  });

  it.each([...new Set(examples.map(({ page }) => page))])('%s', async (page) => {
    const programs = writePrograms(
      examples.filter((example) => example.page === page),
      join(path, page.replaceAll('/', '-')),
    );
    for (const { example, path: file } of programs) {
      const run = spawnFixture(pathToFileURL(file));
      const printed = await run.rest();
      expect(await run.exited, `line ${example.line}: ${run.stderr}`).toEqual({ code: 0, signal: null });
      expect(missingOutput(example, printed), `line ${example.line} printed ${printed}`).toBeUndefined();
    }
  });
});
