import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

leakCheck();

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mp-installed-'));
const packs = join(folder, 'packs');
const PACKAGES = ['core', 'lock', 'native', 'pool', 'process', 'queue', 'serde', 'shared'];

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

/** A project in an empty folder, with the packed packages as they would come from a registry. */
function project(manager: string): string {
  const path = join(folder, manager);
  mkdirSync(path);
  const files = Object.fromEntries(
    PACKAGES.map((name) => [
      `@mp/${name}`,
      `file:../packs/${readdirSync(packs).find((file) => file.startsWith(`mp-${name}-`))}`,
    ]),
  );
  const wanted = Object.fromEntries(['@mp/lock', '@mp/pool', '@mp/queue'].map((name) => [name, files[name]]));
  const manifest = { name: 'project', private: true, type: 'module', dependencies: wanted };
  const overrides = manager === 'npm' ? { overrides: files } : { pnpm: { overrides: files } };
  writeFileSync(join(path, 'package.json'), JSON.stringify({ ...manifest, ...overrides }));
  writeFileSync(join(path, 'program.mjs'), PROGRAM);
  return path;
}

async function runs(path: string) {
  const program = spawnFixture(pathToFileURL(join(path, 'program.mjs')));
  const lines = await program.rest();
  expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
  expect(lines).toEqual(['1 4 9']);
}

it('in a project installed with npm', async () => {
  const path = project('npm');
  const options = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  execFileSync('npm', ['install', ...options], { cwd: path });
  await runs(path);
});

it('in a project installed with pnpm', async () => {
  const path = project('pnpm');
  pnpm(['install', '--offline', '--ignore-workspace', '--no-frozen-lockfile'], path);
  await runs(path);
});
