import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, expect, it } from 'vitest';

leakCheck();

/** The page that says how it is done: its programs are what runs here. */
const PAGE = readFileSync(new URL('../../../docs/guide/testing.md', import.meta.url), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'mp-runners-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RUNNERS = {
  vitest: import.meta.resolve('vitest/package.json'),
  jest: import.meta.resolve('jest/package.json'),
};

/** The folder of a runner. */
const folderOf = (runner: keyof typeof RUNNERS) => dirname(fileURLToPath(RUNNERS[runner]));

/**
 * A project with the programs of the page that begin with a file name: those before the first heading, and those
 * below one.
 */
function project(heading: keyof typeof RUNNERS): string {
  const path = join(folder, heading);
  mkdirSync(join(path, 'node_modules'), { recursive: true });
  writeFileSync(join(path, 'package.json'), '{ "private": true, "type": "module" }');
  const mine = fileURLToPath(new URL('../node_modules/@mp', import.meta.url));
  symlinkSync(mine, join(path, 'node_modules/@mp'));
  symlinkSync(folderOf(heading), join(path, 'node_modules', heading));
  const [start, ...sections] = PAGE.split(/^## /m);
  const section = sections.find((each) => each.startsWith(`${heading}\n`));
  for (const [, name, code] of `${start}${section}`.matchAll(/```\w+\n\/\/ ([\w.-]+)\n(.*?)```/gs)) {
    writeFileSync(join(path, name), code);
  }
  return path;
}

/** Runs a runner in its project. @returns all that it said */
async function run(path: string, program: string, args: string[], execArgv: string[] = []) {
  const runner = spawnFixture(pathToFileURL(program), {
    args,
    execArgv,
    env: {
      VITEST: undefined,
      VITEST_POOL_ID: undefined,
      VITEST_WORKER_ID: undefined,
      NODE_ENV: undefined,
      PWD: path,
    },
  });
  const lines = await runner.rest();
  const { code } = await runner.exited;
  const said = `${lines.join('\n')}\n${runner.stderr}`;
  expect(code, said).toBe(0);
  return said;
}

it.each(['forks', 'threads'])('the page runs under vitest, pool %s', async (pool) => {
  const path = project('vitest');
  const program = join(folderOf('vitest'), 'vitest.mjs');
  expect(await run(path, program, ['run', '--root', path, '--no-color', '--pool', pool])).toMatch(/1 passed/);
  rmSync(path, { recursive: true });
});

it('the page runs under jest', async () => {
  const path = project('jest');
  const program = join(folderOf('jest'), 'bin/jest.js');
  const flags = ['--experimental-vm-modules', '--no-warnings'];
  expect(await run(path, program, ['--rootDir', path, '--no-color'], flags)).toMatch(/1 passed, 1 total/);
});
