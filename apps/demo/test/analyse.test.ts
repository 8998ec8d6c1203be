import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { childrenOf, eventually, leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTree } from './tree.ts';
import { addWords, makeMany } from './words-tree.ts';
import { hasWorked } from './work.ts';

leakCheck();

const MAIN = new URL('../dist/main.js', import.meta.url);
const BY_NAME = new URL('./fixtures/analyse-by-name.mjs', import.meta.url);
const ANALYSE_PY = fileURLToPath(new URL('./analyse.py', import.meta.url));

/** The work takes some seconds, and many more where others work too. */
const LATE = { within: 50_000 };

let folder: string;
/** Everything awkward. */
let tree: string;
/** Enough for some seconds of work. */
let many: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-demo-'));
  tree = join(folder, 'tree');
  mkdirSync(tree);
  makeTree(tree);
  addWords(tree);
  many = makeMany(folder, 40);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]) {
  const fixture = spawnFixture(MAIN, { args });
  const output = await fixture.rest();
  const { code } = await fixture.exited;
  return { code, output, errors: fixture.stderr };
}

async function findings(directory: string, ...args: string[]) {
  const { code, output, errors } = await run('analyse', directory, '--json', ...args);
  expect(code, errors).toBe(0);
  expect(output).toHaveLength(1);
  return JSON.parse(output[0]);
}

/** What a program of the system prints. */
function said(command: string, args: string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input,
    encoding: 'latin1',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  expect(status, stderr).toBe(0);
  return stdout;
}

describe('what it finds', () => {
  test('is what python3 finds in a tree with everything awkward', async () => {
    const { directory, workers, seconds, speedUp, compressedBytes, ...found } = await findings(
      tree,
      '--workers',
      '3',
    );
    expect(found).toEqual(JSON.parse(said('python3', ['-X', 'utf8', ANALYSE_PY, tree])));
    expect({ directory, workers }).toEqual({ directory: tree, workers: 3 });
    expect(speedUp).toBeCloseTo(seconds.oneProcess / seconds.pool);
    expect(found.text.files).toBeGreaterThan(20);
    expect(compressedBytes).toBeLessThan(found.bytes);
  });

  test('is what wc counts', async () => {
    const files = said('find', [many, '-type', 'f', '-print0']);
    // The last line has the totals.
    const total = said('wc', ['-lwmc', '--files0-from=-'], files).trimEnd().split('\n').at(-1) ?? '';
    const [lines, words, characters, bytes] = total.trim().split(/\s+/).map(Number);
    const { text } = await findings(many);
    expect(text).toEqual({ files: 40, lines, words, characters: characters - lines, bytes });
  });

  test('is what zlib makes of each file', async () => {
    const names = readdirSync(many);
    const sizes = names.map((name) => deflateRawSync(readFileSync(join(many, name))).length);
    const { compressedBytes } = await findings(many);
    expect(compressedBytes).toBe(sizes.reduce((sum, size) => sum + size));
  });

  test('are the duplicates that sha256sum finds', async () => {
    const files = said('find', [tree, '-type', 'f', '-readable', '-print0']);
    const sums = said('xargs', ['-0', 'sha256sum', '-z'], files);
    const sets = new Map<string, number>();
    for (const [, sha256] of sums.matchAll(/(?:^|\0)([0-9a-f]{64}) /g))
      sets.set(sha256, (sets.get(sha256) ?? 0) + 1);
    const { duplicates } = await findings(tree);
    const found = duplicates.sets.map((each: { sha256: string; files: string[] }) => [
      each.sha256,
      each.files.length,
    ]);
    expect(found.sort()).toEqual([...sets].filter(([, count]) => count > 1).sort());
    expect(found.length).toBeGreaterThan(3);
  });

  test('is skipped with the reason when it is not what it was during the walk', async () => {
    symlinkSync('ended.txt', join(folder, 'link'));
    const root = '/proc/self';
    const up = `../..${folder}`;
    const files = ['mem', `${up}/vanished`, `${up}/link`, `${up}/tree/pipe`, `${up}/tree/nul.bin`, 'cmdline'];
    const [line] = await spawnFixture(BY_NAME, { args: [root, ...files] }).rest();
    expect(JSON.parse(line)).toEqual([
      [10, 'unreadable (EIO)'],
      [11, 'vanished'],
      [12, 'link'],
      [13, 'not a file'],
      [14, 'binary'],
      [15, 'binary'],
    ]);
  });

  test('is nothing in an empty directory', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const { code, output } = await run('analyse', empty);
    expect(code).toBe(0);
    expect(output.join('\n')).toContain('0 text files: 0 lines, 0 characters, 0 words, 0 bytes');
    expect(output.join('\n')).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('what it prints', () => {
  test('says that the pool is slower for a tiny tree', async () => {
    const tiny = join(folder, 'tiny');
    mkdirSync(tiny);
    writeFileSync(join(tiny, 'a.txt'), 'a word\n');
    const { code, output, errors } = await run('analyse', tiny, '--workers', '2');
    expect(code).toBe(0);
    expect(output[0]).toBe(`analysing ${tiny}`);
    expect(output.at(-1)).toMatch(/^the pool was slower here: 0\.\d\d times as fast$/);
    expect(errors).toMatch(/^pool of 2 processes: 1 of 1 files, 100 %$/m);
  });

  test('is for people unless they want JSON', async () => {
    const text = (await run('analyse', tree)).output.join('\n');
    expect(text).toMatch(/^\d+ text files: \d+ lines, \d+ characters, \d+ words, \d+ bytes$/m);
    expect(text).toMatch(/^most frequent words: a \d+, .+ \d+$/m);
    expect(text).toMatch(/^\d+ contents stand in more than one file: \d+ files, \d+ bytes wasted$/m);
    expect(text).toMatch(/^ {2}\d+ bytes: 2 files of \d+, like copies\/late\.bin and late\.bin$/m);
    expect(text).toMatch(/^skipped: \d+ binary$/m);
    expect(text).toMatch(/^one process: .* s, \d+ files\/s, [\d.]+ MB\/s$/m);
    expect(text).toMatch(/^pool of \d+ processes, their start included: .* s, \d+ files\/s, [\d.]+ MB\/s$/m);
  });

  test('is an error when the files changed in between', async () => {
    const changing = join(folder, 'changing');
    mkdirSync(changing);
    for (let index = 0; index < 8; index++)
      writeFileSync(join(changing, `${index}`), 'word\n'.repeat(500_000));
    const fixture = spawnFixture(MAIN, { args: ['analyse', changing, '--json'] });
    await eventually('one process is done', () => fixture.stderr.includes('one process: 8 of 8'), LATE);
    for (let index = 0; index < 8; index++) truncateSync(join(changing, `${index}`), 5);
    expect(await fixture.rest()).toEqual([]);
    expect(await fixture.exited).toMatchObject({ code: 1 });
    expect(fixture.stderr).toMatch(/^The pool and one process found different things: .*text.*run it again/m);
  });
});

describe('what goes wrong', () => {
  test.each([
    ['absent', 'ENOENT'],
    ['tree/ended.txt', 'ENOTDIR'],
  ])('%s instead of a directory is a message and exit code 1', async (name, reason) => {
    const { code, errors } = await run('analyse', join(folder, name));
    expect(code).toBe(1);
    expect(errors).toMatch(new RegExp(`^Cannot analyse .*${reason}[^\\n]*\\n$`));
  });

  test.each([
    [['analyse', '--what']],
    [['analyse', 'a', 'b']],
    [['analyse', '']],
    [['analyse', '--workers', '0']],
    [['analyse', '--json=yes']],
    // It is what runs when no command is named.
    [['--workers', 'many']],
  ])('%j is answered with the usage and exit code 2', async (args) => {
    const { code, output, errors } = await run(...args);
    expect([code, output]).toEqual([2, []]);
    expect(errors).toContain('npm run demo -- analyse <directory>');
  });

  test('a worker killed in the middle is an error that says so', async () => {
    const fixture = spawnFixture(MAIN, { args: ['analyse', many, '--workers', '1'] });
    const worker = await eventually(
      'its worker works',
      () => childrenOf(fixture.pid).find(hasWorked) ?? 0,
      LATE,
    );
    process.kill(worker, 'SIGKILL');
    expect(await fixture.exited).toMatchObject({ code: 1 });
    expect(fixture.stderr).toMatch(/^Cannot analyse .* The worker with pid \d+ was killed by SIGKILL/m);
  });
});
