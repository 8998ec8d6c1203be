import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, expect, it } from 'vitest';

leakCheck();

const folder = mkdtempSync(join(tmpdir(), 'mp-rewritten-'));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(fileURLToPath(new URL('../node_modules/@mp', import.meta.url)), join(folder, 'node_modules/@mp'));
const vitest = fileURLToPath(new URL('.', import.meta.resolve('vitest/package.json')));
symlinkSync(vitest, join(folder, 'node_modules/vitest'));
afterAll(() => rmSync(folder, { recursive: true }));
const HOOKS = new URL('fixtures/rewrite-hooks.mjs', import.meta.url).href;

const TASKS = `
import { task } from '@mp/process';
const ten = 10;
export const named = task(import.meta, function named(x) { return x * ten; });
export const given = task(import.meta, (x) => x * ten, { name: 'given' });
export const nameless = task(import.meta, (x) => x * ten);
export const alone = (make) => task(import.meta, (x) => x * ten, { name: 'alone' });
`;

/** Runs each task, once this program was told to; it was started with rewriting hooks that its children do not have. */
const PROGRAM = `
import { Pool } from '@mp/pool';
import * as tasks from './rewritten.mjs';

const pool = new Pool({ workers: 1 });
process.stdin.once('data', async () => {
  for (const fn of [tasks.named, tasks.given, tasks.nameless, tasks.alone()]) {
    try {
      console.log(await pool.apply(fn, [2]));
    } catch (error) {
      console.log(error.code, error.message);
    }
  }
  await pool.terminate();
  process.exit();
});
console.log('ready');
`;

/** @param change what becomes of the file of the tasks once it was loaded */
async function run(env: Record<string, string | undefined>, change?: (text: string) => string) {
  const at = join(folder, String(Math.random()).slice(2));
  mkdirSync(at);
  writeFileSync(join(at, 'rewritten.mjs'), TASKS);
  writeFileSync(
    join(at, 'program.mjs'),
    // Its workers have no hooks.
    `process.execArgv = []; const { run } = await import('./program-itself.mjs');`,
  );
  writeFileSync(join(at, 'program-itself.mjs'), `${PROGRAM}\nexport const run = 1;`);
  const program = spawnFixture(pathToFileURL(join(at, 'program.mjs')), {
    execArgv: ['--import', HOOKS],
    env: { VITEST: undefined, JEST_WORKER_ID: undefined, ...env },
  });
  expect(await program.line()).toBe('ready');
  if (change !== undefined) writeFileSync(join(at, 'rewritten.mjs'), change(TASKS));
  program.say('go');
  const lines = await program.rest();
  expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
  return lines;
}

it.each([[{ JEST_WORKER_ID: '1' }], [{ VITEST: 'true' }]])(
  'under a test runner (%o) a task is found by its name though its text was rewritten; a nameless one is told to have one',
  async (env) => {
    const [named, given, nameless, alone] = await run(env);
    expect([named, given]).toEqual(['20', '20']);
    expect(nameless).toMatch(
      /^ERR_MP_TASK_NOT_FOUND .*a test runner has rewritten: give it a name.*\{ name \}/,
    );
    expect(alone).toMatch(/^ERR_MP_TASK_NOT_FOUND .*Define it at the top level/);
  },
);

it('a task that vitest has rewritten is found, from its tests', async () => {
  for (const name of ['rewritten-by-vitest.mjs', 'rewritten-by-vitest.test.mjs']) {
    cpSync(new URL(`fixtures/${name}`, import.meta.url), join(folder, name));
  }
  const args = ['run', '--root', folder, '--no-color'];
  const program = spawnFixture(pathToFileURL(join(vitest, 'vitest.mjs')), {
    args,
    env: { VITEST: undefined },
  });
  const lines = await program.rest();
  expect((await program.exited).code, `${lines.join('\n')}\n${program.stderr}`).toBe(0);
  expect(lines.join('\n')).toMatch(/1 passed/);
});

it('without a test runner another text is an error, which says what may have rewritten it', async () => {
  const [named, given, nameless] = await run({});
  const mismatch =
    /^ERR_MP_TASK_MISMATCH .*its source text differs.*does a loader or a test runner rewrite it/;
  expect(named).toMatch(mismatch);
  expect(given).toMatch(mismatch);
  expect(nameless).toMatch(
    /^ERR_MP_TASK_NOT_FOUND .*or a test runner rewrites the module in one of the two, give it/,
  );
});

it('under a test runner, too, an edited file is an error', async () => {
  const [named, given] = await run({ JEST_WORKER_ID: '1' }, (text) => text.replaceAll('x * ten', 'x - ten'));
  expect(named).toMatch(/^ERR_MP_TASK_MISMATCH .*its source text differs/);
  expect(given).toMatch(/^ERR_MP_TASK_MISMATCH/);
});

it('under a test runner, too, other parameters are an error', async () => {
  const [named] = await run({ JEST_WORKER_ID: '1' }, (text) => text.replaceAll('(x)', '(x, y)'));
  expect(named).toMatch(/^ERR_MP_TASK_MISMATCH .*it has 2 parameters, and was sent with 1/);
});
