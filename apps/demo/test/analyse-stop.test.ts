import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenOf, eventually, type Fixture, isRunning, leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeMany } from './words-tree.ts';
import { hasWorked } from './work.ts';

leakCheck();

const MAIN = new URL('../dist/main.js', import.meta.url);
const STOP_PY = fileURLToPath(new URL('./stop.py', import.meta.url));

/** So many files that a fast machine is still at work when it is interrupted. */
const MANY = 160;
/** The work takes some seconds, and many more where others work too. */
const LATE = { within: 50_000 };

let folder: string;
/** Takes long to walk through. */
let wide: string;
/** Takes long to analyse. */
let many: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-demo-'));
  many = makeMany(folder, MANY);
  wide = join(folder, 'wide');
  for (let index = 0; index < 5_000; index++)
    mkdirSync(join(wide, `${index % 70}`, `${index}`), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const says = (run: Fixture, text: string) =>
  eventually(`it says ${text}`, () => run.stderr.includes(text), LATE);
const workers = (run: Fixture) => childrenOf(run.pid);

type Moment = [when: string, directory: () => string, comes: (run: Fixture) => Promise<unknown>];

const MOMENTS: Moment[] = [
  ['walks through the tree', () => wide, (run) => run.line()],
  ['reads everything once', () => many, (run) => run.line()],
  ['works alone', () => many, (run) => says(run, `read once: ${MANY} of ${MANY} files`)],
  ['starts the pool', () => many, (run) => eventually('it has a child', () => workers(run).length > 0, LATE)],
  [
    'works with the pool',
    () => many,
    (run) =>
      eventually('all have worked', () => workers(run).length === 2 && workers(run).every(hasWorked), LATE),
  ],
];

describe.each(MOMENTS)('Ctrl-C while it %s', (_, directory, comes) => {
  test.each([
    ['that reaches the whole group, as from a terminal', (run: Fixture) => process.kill(-run.pid, 'SIGINT')],
    ['that reaches it alone', (run: Fixture) => process.kill(run.pid, 'SIGINT')],
  ])('%s leaves nothing behind', async (__, interrupt) => {
    const before = segments();
    const args = ['analyse', directory(), '--workers', '2'];
    // It leads a group of its own: this test must not get its signals.
    const run = spawnFixture(MAIN, { args, prefix: ['setsid'] });
    await comes(run);
    const children = workers(run);
    interrupt(run);
    expect(await run.exited).toEqual({ code: 130, signal: null });
    expect(children.filter(isRunning)).toEqual([]);
    expect(segments()).toEqual(before);
    expect((await run.rest()).filter((line) => !line.startsWith('analysing '))).toEqual([]);
    expect(run.stderr).toMatch(/^Stopped\n$/m);
  });
});

test('Ctrl-C on a terminal takes the bar away and says that it was stopped', () => {
  const command = [process.execPath, fileURLToPath(MAIN), 'analyse', many];
  const { status, stdout, stderr } = spawnSync('python3', [STOP_PY, 'pool of', ...command], {
    encoding: 'utf8',
    input: '',
  });
  expect(status, stderr).toBe(130);
  expect(stdout).toMatch(/\[#*\.+\] pool of .* files, \d+ %/);
  expect(stdout.endsWith('\r\u001b[KStopped\r\n'), JSON.stringify(stdout.slice(-200))).toBe(true);
});

/** What lies in the segment directory before anybody sweeps it; the time of the last sweep is a file too. */
function segments(): string[] {
  const files = readdirSync(process.env.MP_DIR as string);
  return files.filter((file) => !file.startsWith('.')).sort();
}
