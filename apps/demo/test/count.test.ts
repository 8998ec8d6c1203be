import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenOf, eventually, leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTree } from './tree.ts';

leakCheck();

const MAIN = new URL('../dist/main.js', import.meta.url);
const COUNT_PY = fileURLToPath(new URL('./count.py', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../../packages', import.meta.url));

let folder: string;
let tree: string;
let expectedSkips: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-demo-'));
  tree = join(folder, 'tree');
  mkdirSync(tree);
  expectedSkips = makeTree(tree);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function demo(...args: string[]) {
  const out = join(folder, 'out.tsv');
  const run = spawnFixture(MAIN, { args: ['count', ...args, '--out', out] });
  const output = await run.rest();
  const { code } = await run.exited;
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'latin1') : '');
  return {
    code,
    output: output.join('\n'),
    errors: run.stderr,
    table: read(out),
    skipped: read(`${out}.skipped`),
  };
}

/** Every Python of this machine: the system's, and pyenv's where there is one. */
function pythons(): string[] {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const more = existsSync(versions)
    ? readdirSync(versions)
        .filter((version) => version.startsWith('3.'))
        .map((version) => join(versions, version, 'bin/python3'))
    : [];
  return ['python3', ...more].filter((python) => spawnSync(python, ['--version']).status === 0);
}

describe.each(pythons())('every line is what %s computes', (python) => {
  const byPython = (directory: string) => {
    const run = spawnSync(python, ['-X', 'utf8', COUNT_PY, directory], {
      maxBuffer: 1 << 30,
      // Byte by byte: not all names are UTF-8.
      encoding: 'latin1',
    });
    expect(run.status, run.stderr).toBe(0);
    return run.stdout;
  };

  test('for a tree with everything awkward', async () => {
    const { code, table, errors } = await demo(tree);
    expect(code, errors).toBe(0);
    expect(table.split('\n').length).toBeGreaterThan(20);
    expect(table).toBe(byPython(tree));
  });

  test("for this repository's own packages", async () => {
    const { code, table, errors } = await demo(PACKAGES, '--workers', '2');
    expect(code, errors).toBe(0);
    expect(table).toBe(byPython(PACKAGES));
  });
});

describe('what is not counted', () => {
  test('is listed with the reason', async () => {
    const { skipped, output } = await demo(tree);
    expect(skipped.split('\n').filter(Boolean).sort()).toEqual(expectedSkips);
    expect(output).toContain('skipped: 8 binary');
    expect(output).toContain('skipped: 3 link');
  });

  test('an empty directory is no error', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const { code, output, table } = await demo(empty);
    expect([code, table]).toEqual([0, '']);
    expect(output).toContain('0 text files: 0 lines, 0 characters, 0 bytes');
    expect(output).not.toMatch(/NaN|Infinity/);
  });

  test.each([
    ['absent', 'ENOENT'],
    ['tree/ended.txt', 'ENOTDIR'],
  ])('%s instead of a directory is a message and exit code 1', async (name, reason) => {
    const { code, errors } = await demo(join(folder, name));
    expect(code).toBe(1);
    expect(errors).toMatch(new RegExp(`^Cannot count .*${reason}`));
  });

  test.each([
    ['in a folder that is not there', '/proc/nowhere/out.tsv', 'ENOENT'],
    ['that is a folder', tmpdir(), 'EISDIR'],
  ])('a table %s is a message and exit code 1', async (_, out, reason) => {
    const run = spawnFixture(MAIN, { args: ['count', tree, '--out', out] });
    expect(await run.exited).toMatchObject({ code: 1 });
    expect(run.stderr).toMatch(new RegExp(`^Cannot write ${out}: ${reason}[^\\n]*\\n$`));
  });

  test('arguments that nobody understands are answered with the usage', async () => {
    for (const args of [['--what'], ['a', 'b'], [''], ['--workers', 'many'], ['--workers', '1025']]) {
      const { code, errors } = await demo(...args);
      expect(code).toBe(2);
      expect(errors).toContain('npm run demo -- count <directory>');
    }
  });
});

describe('what it prints', () => {
  test('totals, speeds, and how the pool did beside one process', async () => {
    const { output, errors } = await demo(tree, '--workers', '3');
    expect(output).toMatch(/^\d+ files under /);
    expect(output).toMatch(/^\d+ text files: \d+ lines, \d+ characters, \d+ bytes$/m);
    expect(output).toMatch(/^pool of 3 processes, their start included: .* s, \d+ files\/s, [\d.]+ MB\/s$/m);
    expect(output).toMatch(/^one process: .* s, \d+ files\/s, [\d.]+ MB\/s$/m);
    expect(output).toMatch(/^the pool was (slower here: )?[\d.]+ times as fast$/m);
    // Not a terminal: whole lines.
    expect(errors).toMatch(/^\d+ of \d+ files, 100 %$/m);
    expect(errors).not.toContain('\r');
  });

  test('a bar on a terminal', () => {
    const command = [process.execPath, fileURLToPath(MAIN), 'count', tree, '--out', join(folder, 'out.tsv')];
    const script = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';
    const run = spawnSync('python3', ['-c', script, ...command], { encoding: 'utf8', input: '' });
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout).toContain(`\r\u001b[K[${'#'.repeat(30)}] `);
    expect(run.stdout).toContain(' files, 100 %');
  });
});

test('a worker killed in the middle is an error that says so, never a hang', async () => {
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let index = 0; index < 64; index++)
    writeFileSync(join(many, `${index}.txt`), 'line\n'.repeat(400_000));
  const run = spawnFixture(MAIN, {
    args: ['count', many, '--workers', '1', '--out', join(folder, 'killed.tsv')],
  });
  await run.line();
  const worker = await eventually('it has a worker', () => childrenOf(run.pid)[0]);
  process.kill(worker, 'SIGKILL');
  await run.rest();
  const { code } = await run.exited;
  // Killed before it began, its work was given to another worker.
  if (code !== 0)
    expect(run.stderr).toMatch(
      /^Cannot count .* The worker with pid \d+ was killed by SIGKILL while it ran/m,
    );
});
