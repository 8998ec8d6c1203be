import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { task } from '@mp/process';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS, run, runKind } from './program.ts';

leakCheck();

const TASKS = new URL('fixtures/tasks.mjs', import.meta.url).href;
const COMMON = new URL('fixtures/tasks.cjs', import.meta.url).href;

/** Runs an export of a module in a child. @returns what the child said, and what its parent knows of it */
async function start(module: string, name: string, ...args: string[]) {
  return startKind('Process', module, name, ...args);
}

async function startKind(kind: (typeof KINDS)[number], module: string, name: string, ...args: string[]) {
  const { lines, stderr, code } = await runKind(kind)('start.mjs', { args: [module, name, ...args] });
  expect(code).toBe(0);
  return { said: lines.slice(0, -1), stderr, ...lines.at(-1) };
}

describe.each(KINDS)('a task is found in a %s', (kind) => {
  const start = startKind.bind(undefined, kind);

  it.each([
    ['by its name', 'named', ['named', 'x']],
    ['by its place, when it has no name', 'arrow', ['arrow', 'x']],
    ['by its column, the first on a line', 'left', 'left'],
    ['by its column, the second on a line', 'right', 'right'],
    ['by the name it was given', 'given', ['given', 'x']],
    ['when its function is async', 'slow', ['slow', 'x']],
    ['by its name, with nameless ones made in a loop beside it', 'two', 'made by name'],
    ['when it is a property', 'inObject.method', ['method', 'x']],
    ['when it is the default export', 'default', ['default', 'x']],
  ])('%s', async (_, name, said) => {
    expect(await start(TASKS, name, 'x')).toMatchObject({ said: [said], exitCode: 0, stderr: '' });
  });

  it('in a CommonJS module', async () => {
    expect(await start(COMMON, 'square', '3')).toMatchObject({ said: [['cjs', 9]], exitCode: 0 });
    expect(await start(COMMON, 'named', '3')).toMatchObject({ said: [['cjs named', '3']], exitCode: 0 });
  });

  it('when the script itself is a CommonJS module', async () => {
    expect((await run('main.cjs')).lines).toEqual([
      ['hello', 'world', false, false],
      [0, null],
    ]);
  });

  it('when its module was imported under another URL', async () => {
    expect(await start(`${TASKS}?version=2#part`, 'arrow', 'x')).toMatchObject({
      said: [['arrow', 'x']],
      exitCode: 0,
    });
    // There, one module is one module.
    expect(await start(`${TASKS}?version=2#part`, 'where')).toMatchObject({ said: [['in', '']] });
  });

  it('when stacks are formatted by somebody else, or not at all', async () => {
    for (const preload of ['Error.prepareStackTrace = () => 1', 'Error.stackTraceLimit = 0']) {
      const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
      const { lines } = await runKind(kind)('start.mjs', { args: [TASKS, 'right'], execArgv });
      expect(lines).toMatchObject(['right', { exitCode: 0 }]);
    }
  });
});

describe('what is no task is refused at start(), with the way out', () => {
  it('a plain function', async () => {
    const { refused } = await start(TASKS, 'plain');
    expect(refused).toMatchObject({ name: 'TypeError' });
    expect(refused.message).toMatch(/target must be a task.*export const plain = task\(import\.meta, …\)/);
  });

  it('one of several nameless tasks from one line', async () => {
    const { refused } = await start(TASKS, 'several.0');
    expect(refused.message).toMatch(/several tasks were made at .*tasks\.mjs:\d+:\d+.*\{ name \}/);
  });
});

describe('task()', () => {
  const home = { url: 'file:///tmp/some-module.mjs' };

  it('answers the very function, which stays callable', () => {
    const double = (x: number) => 2 * x;
    expect(task(home, double, { name: 'double' })).toBe(double);
    expect(task(home, double, { name: 'again' })(2)).toBe(4);
  });

  it('leaves alone how stacks are formatted', () => {
    const before = [Error.prepareStackTrace, Error.stackTraceLimit];
    task(home, () => {});
    expect([Error.prepareStackTrace, Error.stackTraceLimit]).toEqual(before);
  });

  it('refuses a name that is taken in its module, and not one of another copy of it', () => {
    const define = (where: { url: string }) => task(where, () => 1, { name: 'taken' });
    define(home);
    expect(() => define(home)).toThrow(/The task taken is defined twice in file:\/\/\/tmp\/some-module.mjs/);
    expect(() => define({ ...home })).not.toThrow();
  });

  it.each([
    [{}, /an empty import\.meta \(is this a bundle in CommonJS format\?\)/],
    [undefined, /not undefined/],
    [null, /not null/],
    ['data:text/javascript,1', /not data:text/],
    ['/some/file.js', /not \/some\/file\.js/],
  ])('refuses %o as a module', (where, message) => {
    expect(() => task(where as never, () => {})).toThrow(TypeError);
    expect(() => task(where as never, () => {})).toThrow(message);
  });

  it.each([[undefined], [null], [1], ['work'], [{}]])('refuses %o as a function', (what) => {
    expect(() => task(home, what as never)).toThrow(TypeError);
  });

  it.each([[null], ['name'], [{ name: 1 }], [{ name: '' }], [{ name: null }]])(
    'refuses %o as options',
    (options) => {
      expect(() => task(home, () => {}, options as never)).toThrow(TypeError);
    },
  );
});

describe('a module that is another one in the child', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mp-tasks-'));
    mkdirSync(join(folder, 'node_modules/@mp'), { recursive: true });
    symlinkSync(fileURLToPath(new URL('..', import.meta.url)), join(folder, 'node_modules/@mp/process'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  /** Imports a module in a parent, changes its file, and starts its export `work`. */
  async function changed(before: string, after: string) {
    const head = "import { task } from '@mp/process';\n";
    const file = join(folder, `changed-${Math.random().toString(36).slice(2)}.mjs`);
    writeFileSync(file, head + before);
    const program = spawnFixture(new URL('fixtures/start-when-told.mjs', import.meta.url), {
      args: [pathToFileURL(file).href],
    });
    await program.line();
    writeFileSync(file, head + after);
    program.say('start');
    const lines = await program.rest();
    await program.exited;
    return lines.map((line) => JSON.parse(line));
  }

  const CODE = 'ERR_MP_TASK_MISMATCH';

  it('is refused when a task of that name has other parameters, another kind or another text', async () => {
    const before = 'export const work = task(import.meta, function work(a) { return a; });';
    const mismatch = async (after: string) => (await changed(before, after)).at(-1);
    expect(await mismatch(before.replace('(a)', '(a, b)'))).toMatchObject({
      exitCode: 1,
      error: {
        code: CODE,
        message: expect.stringMatching(/The task work .* it has 2 parameters, and was sent with 1/),
      },
    });
    expect(
      await mismatch('export const work = task(import.meta, class work { constructor(x) {} });'),
    ).toMatchObject({
      error: { code: CODE, message: expect.stringMatching(/it is a class, and was sent as a function/) },
    });
    expect(await mismatch(before.replace('return a', 'return -a'))).toMatchObject({
      error: { code: CODE, message: expect.stringMatching(/its source text differs\. Was the file changed/) },
    });
  });

  it('is refused when another nameless task stands in the same place', async () => {
    const lines = await changed(
      'export const work = task(import.meta, () => console.log(1));',
      'export const work = task(import.meta, () => console.log(2));',
    );
    expect(lines).toMatchObject([
      { exitCode: 1, error: { code: CODE, message: expect.stringContaining('task work') } },
    ]);
  });

  it('is accepted when a nameless task only moved', async () => {
    const work = 'export const work = task(import.meta, () => console.log(1));';
    expect(await changed(work, `// One line more.\n${work}`)).toMatchObject([1, { exitCode: 0 }]);
  });

  it('is refused when the task moved and cannot be told from another', async () => {
    const work = 'export const work = task(import.meta, () => console.log(1));';
    const lines = await changed(work, `\n${work}\n${work.replace('work', 'more')}`);
    expect(lines).toMatchObject([{ exitCode: 1, error: { code: 'ERR_MP_TASK_NOT_FOUND' } }]);
  });

  it('is refused when it makes several tasks where there was one', async () => {
    const make = (count: number) =>
      `export const [work] = Array.from({ length: ${count} }, (_, i) => task(import.meta, () => console.log(i)));`;
    expect(await changed(make(1), make(2))).toMatchObject([{ exitCode: 1, error: { code: CODE } }]);
  });

  it('is refused when the task is made behind a condition or inside a function', async () => {
    const { error } = await start(TASKS, 'maker.()');
    expect(error).toMatchObject({ code: 'ERR_MP_TASK_NOT_FOUND' });
    expect(error.message).toMatch(/is not defined when file:.*tasks\.mjs is imported.*at the top level/);
  });

  it('is an error when it cannot be imported any more', async () => {
    const work = 'export const work = task(import.meta, () => {});';
    expect((await changed(work, 'not JavaScript')).at(-1)).toMatchObject({
      exitCode: 1,
      error: { name: 'SyntaxError' },
    });
  });
});
