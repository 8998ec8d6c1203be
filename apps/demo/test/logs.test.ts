import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOf, descendantsOf, describeNeeding, eventually, leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LARGE, makeHugeLogs, makeLargeLogs, makeLogTree } from './log-tree.ts';
import { lineLike } from './program.ts';
import { MAIN } from './tour.ts';

leakCheck();

const LOGS_PY = fileURLToPath(new URL('./logs.py', import.meta.url));
const DOCUMENTATION = '/usr/share/doc';

let folder: string;
let tree: string;
let large: string;
let huge: string;
let report: string;
let unreadable: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-demo-'));
  [tree, large, huge, report] = ['tree', 'large', 'huge', 'report.txt'].map((name) => join(folder, name));
  mkdirSync(tree);
  unreadable = makeLogTree(tree);
  makeLargeLogs(large);
  makeHugeLogs(huge);
});
afterAll(() => rmSync(folder, { recursive: true }));

function start(args: readonly string[], env: Record<string, string> = {}) {
  return spawnFixture(MAIN, { args: ['logs', ...args], env });
}

async function logs(args: readonly string[], env?: Record<string, string>) {
  const run = start([...args, '--out', report], env);
  const output = (await run.rest()).join('\n');
  const { code } = await run.exited;
  return { code, output, errors: run.stderr };
}

interface Expected {
  totals: [files: number, lines: number, bytes: number, entries: number];
  frequent: string;
  packages: string;
  unreadable: string[];
}

function byPython(directory: string): Expected {
  const run = spawnSync('python3', ['-X', 'utf8', LOGS_PY, directory], { encoding: 'utf8' });
  expect(run.status, run.stderr).toBe(0);
  return JSON.parse(run.stdout) as Expected;
}

/** The numbers of the line of totals. */
function totalsOf(output: string): number[] {
  const line = /^(\d+) logs in [\d.]+ s: (\d+) lines, (\d+) bytes, (\d+) entries$/m.exec(output);
  return line!.slice(1).map(Number);
}

/** Nothing that programs have made in shared memory is left, though no other program has looked for it. */
function expectNothingLeft(): void {
  const left = readdirSync(process.env.MP_DIR!).filter((file) => /^[sn]-/.test(file));
  expect(left, 'segments left behind').toEqual([]);
}

describe('what it counts', () => {
  test('is what Python counts, in logs that are awkward', async () => {
    const expected = byPython(tree);
    expect(expected.unreadable).toEqual(unreadable);
    const { code, output, errors } = await logs([tree, '--workers', '3']);
    expect([code, errors], output).toEqual([0, '']);
    expect(totalsOf(output)).toEqual(expected.totals);
    expect(output).toContain(`most changes begin with: ${expected.frequent}\n`);
    expect(output).toContain(`most entries: ${expected.packages}\n`);
    for (const path of unreadable) expect(output).toContain(`\ncannot be read: ${path}: `);
    expect(output.match(/^cannot be read: /gm)).toHaveLength(unreadable.length);
    expectNothingLeft();
  });

  test('is what zcat, sort and others count: --check', async () => {
    const { code, output, errors } = await logs([tree, '--check']);
    expect([code, errors], output).toEqual([0, '']);
    expect(output).toMatch(/^checked: zcat, .* count the same$/m);
  });

  test('is not believed when zcat says something else', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'zcat'), '#!/bin/sh\ngzip -cd "$@"\necho "  * One change more"\n');
    chmodSync(join(bin, 'zcat'), 0o755);
    const { code, errors } = await logs([tree, '--check'], { PATH: `${bin}:${process.env.PATH}` });
    expect(code).toBe(1);
    const [files, lines] = byPython(tree).totals;
    expect(errors).toContain(`lines: ${lines} only here\nlines: ${lines + files} only by zcat\n`);
    expect(errors).toMatch(/^first words: one \d+ only by zcat$/m);
  });

  const hasDocumentation =
    spawnSync('sh', ['-c', `ls ${DOCUMENTATION}/*/changelog*.gz`], { stdio: 'ignore' }).status === 0;
  describeNeeding(
    hasDocumentation ? undefined : `there is no changelog*.gz in ${DOCUMENTATION}`,
    "the logs of this system's documentation",
    () => {
      test('are counted as Python counts them', async () => {
        const run = start(['--out', report]);
        const output = (await run.rest()).join('\n');
        expect(await run.exited).toEqual({ code: 0, signal: null });
        const { totals, frequent, packages } = byPython(DOCUMENTATION);
        expect(totalsOf(output)).toEqual(totals);
        expect(output).toContain(`most changes begin with: ${frequent}\nmost entries: ${packages}\n`);
      });
    },
  );
});

describe('what each part did', () => {
  test('is said', async () => {
    const { output } = await logs([tree, '--workers', '2']);
    const [files] = totalsOf(output);
    const all = files + unreadable.length;
    expect(output).toMatch(
      new RegExp(`^queue {4}handed out ${all} names; the walk waited [1-9]\\d* times`, 'm'),
    );
    const [, first, second] = /^pool {5}2 workers read (\d+) \+ (\d+) logs$/m.exec(output)!;
    expect(Number(first) + Number(second)).toBe(files);
    expect(output).toMatch(/^shared {3}an array has the totals, a map \d+ first words$/m);
    expect(output).toMatch(new RegExp(`^lock {5}kept ${all} blocks of lines whole in .*report.txt$`, 'm'));
    expect(output).toMatch(new RegExp(`^pipe {5}${all} messages of progress$`, 'm'));
    expect(output).toMatch(/^manager {2}\d+ packages in a server/m);
  });

  test('the report has a whole block for each log', async () => {
    const { output } = await logs([tree, '--workers', '4']);
    const blocks = readFileSync(report, 'latin1').split(/^(?=")/m);
    const read = blocks.filter((block) =>
      /^".*"\n {2}lines \d+\n {2}bytes \d+\n {2}entries \d+\n$/.test(block),
    );
    const others = blocks.filter((block) => /^".*"\n {2}cannot be read: .*\n$/.test(block));
    expect([read.length, others.length]).toEqual([totalsOf(output)[0], unreadable.length]);
    expect(blocks).toHaveLength(read.length + others.length);
    const sum = (what: string) => {
      return read.reduce(
        (all, block) => all + Number(new RegExp(`^ {2}${what} (\\d+)$`, 'm').exec(block)![1]),
        0,
      );
    };
    expect([read.length, sum('lines'), sum('bytes'), sum('entries')]).toEqual(totalsOf(output));
  });

  test('a second program watches the statistics until the run is over', async () => {
    const run = start([large, '--out', report, '--workers', '2']);
    await run.line();
    const watcher = (await eventually('there is a run to watch', async () => {
      const each = start(['--watch']);
      const line = await each.line().catch(() => undefined);
      await (line === undefined ? each.exited : undefined);
      return line === undefined ? undefined : { each, line };
    }))!;
    expect(watcher.line).toBe(`watching process ${run.pid}`);
    const [, files, entries] = (
      await lineLike(watcher.each, /^([1-9]\d*) files of \d+ packages: (\d+) entries/)
    ).map(Number);
    expect(entries).toBe(files * LARGE.entries);
    expect(await run.kill('SIGINT'), run.stderr).toEqual({ code: 130, signal: null });
    const [all] = totalsOf((await run.rest()).join('\n'));
    expect(all).toBeGreaterThanOrEqual(files);
    const last = (await watcher.each.rest()).at(-1);
    expect(await watcher.each.exited).toEqual({ code: 0, signal: null });
    // It sees the last count, or asks when the run is gone.
    expect(last).toMatch(
      new RegExp(`^${all} files of .* ${all * LARGE.entries} entries, |^the run is over$`),
    );
    expectNothingLeft();
  });
});

describe('an early end', () => {
  test.each([
    ['of the main program', 'main'],
    ['of all its processes, as a terminal does it', 'all'],
  ])('Ctrl-C %s: what was read is counted, and nothing is left', async (_, whom) => {
    const run = start([large, '--out', report, '--workers', '2']);
    await run.line();
    const all = (await eventually('something was read, and all processes are there', () => {
      const below = descendantsOf(run.pid);
      return readFileSync(report, 'latin1').includes('entries') && below.length === 3 && below;
    })) as number[];
    for (const pid of whom === 'all' ? [...all, run.pid] : [run.pid]) process.kill(pid, 'SIGINT');
    const output = (await run.rest()).join('\n');
    expect(await run.exited, run.stderr).toEqual({ code: 130, signal: null });
    expect(output).toMatch(/^interrupted: the rest was not read$/m);
    const [files, lines, bytes, entries] = totalsOf(output);
    expect(files).toBeGreaterThan(0);
    expect(files).toBeLessThan(LARGE.files);
    expect([lines, bytes, entries]).toEqual([
      files * LARGE.lines,
      files * LARGE.bytes,
      files * LARGE.entries,
    ]);
    for (const pid of all) expect(existsSync(`/proc/${pid}`), commandOf(pid)).toBe(false);
    expectNothingLeft();
  });

  test('Ctrl-C in the middle of a log does not wait for its end', async () => {
    const run = start([huge, '--out', report, '--workers', '2']);
    await eventually('both workers read', () => readersBelow(run.pid).length === 2);
    process.kill(run.pid, 'SIGINT');
    const output = (await run.rest()).join('\n');
    expect(await run.exited, run.stderr).toEqual({ code: 130, signal: null });
    expect(totalsOf(output)).toEqual([0, 0, 0, 0]);
    expectNothingLeft();
  });

  test('a worker that is killed is an error that says so, never a wrong total', async () => {
    const run = start([large, '--out', report, '--workers', '2']);
    await run.line();
    const worker = await eventually('a worker reads', () => readersBelow(run.pid)[0]);
    process.kill(worker, 'SIGKILL');
    expect(await run.rest()).toEqual([]);
    expect(await run.exited).toEqual({ code: 1, signal: null });
    expect(run.stderr).toMatch(
      new RegExp(`^Cannot read the logs of .*worker with pid ${worker} was killed by SIGKILL`, 'm'),
    );
    expectNothingLeft();
  });
});

/** The processes below that have a log open. */
function readersBelow(pid: number): number[] {
  return descendantsOf(pid).filter((each) => {
    const { stdout } = spawnSync('ls', ['-l', `/proc/${each}/fd`], { encoding: 'utf8' });
    return stdout.includes('changelog.gz');
  });
}

describe('what it is told', () => {
  test('a directory without logs is a message that says how to name another', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const { code, output, errors } = await logs([empty]);
    expect([code, output]).toEqual([1, '']);
    expect(errors).toBe(
      `There is no changelog*.gz below ${empty}. Name a directory that has some: npm run demo -- logs <directory>\n`,
    );
  });

  test('a directory that is not there is a message', async () => {
    const { code, errors } = await logs([join(folder, 'absent')]);
    expect(code).toBe(1);
    expect(errors).toMatch(/^Cannot read the logs of .*absent: ENOENT/);
  });

  test('a report that cannot be written is a message', async () => {
    const run = start([tree, '--out', '/proc/nowhere/report']);
    expect(await run.exited).toMatchObject({ code: 1 });
    expect(run.stderr).toMatch(/^Cannot write \/proc\/nowhere\/report: ENOENT/);
  });

  test('without a run there is nothing to watch', async () => {
    const run = start(['--watch']);
    expect(await run.exited).toMatchObject({ code: 1 });
    expect(run.stderr).toMatch(/^There is no run to watch\./);
    expectNothingLeft();
  });

  test('arguments that nobody understands are answered with the usage', async () => {
    const wrong = [
      ['--what'],
      ['a', 'b'],
      [''],
      ['--workers', '0'],
      ['--workers', ''],
      ['--watch', '--check'],
      ['--watch', 'a'],
    ];
    for (const args of wrong) {
      const run = start(args);
      expect(await run.exited, String(args)).toEqual({ code: 2, signal: null });
      expect(run.stderr).toContain('npm run demo -- logs <directory>');
    }
  });
});
