import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** Stands for npx: notes what it was to do, fails at `$FAIL`, and leaves behind what the real one would. */
const NPX = `#!/bin/sh
case "$*" in *install*) step=install ;; *) step=build ;; esac
echo $step >> "$ROOT/steps"
if [ "$FAIL" = $step ]; then echo "no $step today"; exit 1; fi
if [ $step = install ]; then mkdir -p "$ROOT/node_modules"; : > "$ROOT/node_modules/.modules.yaml"
else
  mkdir -p "$ROOT/packages/a/dist"
  if [ -n "$SUMMARY" ]; then mkdir -p "$ROOT/.turbo/runs"; printf '%s' "$SUMMARY" > "$ROOT/.turbo/runs/one.json"; fi
fi
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ready-'));
  for (const tool of ['ready', 'pnpm', 'workspace']) {
    mkdirSync(join(root, 'tools'), { recursive: true });
    const name = `${tool}.mjs`;
    copyFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), join(root, 'tools', name));
  }
  write('bin/npx', NPX);
  chmodSync(join(root, 'bin/npx'), 0o755);
  write('package.json', '{ "packageManager": "pnpm@1.2.3" }');
  write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n');
  for (const name of ['pnpm-lock.yaml', 'turbo.json', 'tsconfig.base.json', 'tsup.base.ts']) write(name, '');
  write('packages/a/package.json', '{ "name": "a", "scripts": { "build": "make" } }');
  write('packages/a/src/index.ts', 'first');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Runs it once. @returns what it did and said */
function ready(env: Record<string, string> = {}) {
  rmSync(join(root, 'steps'), { force: true });
  const path = `${join(root, 'bin')}:${process.env.PATH}`;
  const run = spawnSync(process.execPath, [join(root, 'tools/ready.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, CC: 'true', ROOT: root, PATH: path, ...env },
  });
  const noted = join(root, 'steps');
  const steps = existsSync(noted) ? readFileSync(noted, 'utf8').trim().split('\n') : [];
  return { status: run.status, said: run.stdout + run.stderr, steps };
}

test('a fresh clone is installed and built once; then there is nothing to do and to say', () => {
  expect(ready()).toMatchObject({ status: 0, steps: ['install', 'build'] });
  expect(ready()).toEqual({ status: 0, said: '', steps: [] });
});

test('what changed decides what is done again', () => {
  ready();
  write('packages/a/src/index.ts', 'second');
  expect(ready().steps).toEqual(['build']);
  write('pnpm-lock.yaml', 'new');
  expect(ready().steps).toEqual(['install', 'build']);
  rmSync(join(root, 'packages/a/dist'), { recursive: true });
  expect(ready().steps).toEqual(['build']);
  write('packages/a/README.md', 'new');
  write('packages/a/test/a.test.ts', 'new');
  expect(ready().steps).toEqual([]);
});

test('what an earlier build left is not there any more, and what this one laid there is', () => {
  for (const file of ['index.js', 'deep/kept.js', 'old.js', 'old/older.js'])
    write(`packages/a/dist/${file}`, '');
  const dist = ['', '/index.js', '/deep', '/deep/kept.js'].map((path) => `packages/a/dist${path}`);
  const tasks = [
    { directory: 'packages/a', expandedOutputs: ['packages/a/.turbo/turbo-build.log', ...dist] },
    { directory: 'packages/b', expandedOutputs: null },
  ];
  ready({ SUMMARY: JSON.stringify({ tasks }) });
  const found = readdirSync(join(root, 'packages/a/dist'), { encoding: 'utf8', recursive: true });
  expect(found.sort()).toEqual(['deep', 'deep/kept.js', 'index.js']);
});

test.each([
  ['install', ['install'], ['install', 'build']],
  ['build', ['install', 'build'], ['build']],
])('a failed %s is shown, and done again the next time', (step, tried, again) => {
  const { status, said, steps } = ready({ FAIL: step });
  expect([status, steps]).toEqual([1, tried]);
  expect(said).toContain(`no ${step} today`);
  expect(ready()).toMatchObject({ status: 0, steps: again });
  expect(ready().steps).toEqual([]);
});

test('after a failed build, sources that go back to what was built before are built again', () => {
  ready();
  write('packages/a/src/index.ts', 'second');
  expect(ready({ FAIL: 'build' }).status).toBe(1);
  write('packages/a/src/index.ts', 'first');
  expect(ready()).toMatchObject({ status: 0, steps: ['build'] });
});

test('without a C compiler it says so before anything is done', () => {
  const { status, said, steps } = ready({ CC: '/nowhere/cc' });
  expect([status, steps]).toEqual([1, []]);
  expect(said).toMatch(/there is no C compiler "\/nowhere\/cc"\. Install one/);
});
