import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { leakCheck } from '@mp/testing';
import { afterAll, describe, expect, it } from 'vitest';

leakCheck();

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mp-without-file-')));
symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'));
writeFileSync(
  join(folder, 'other.mjs'),
  "import { isMain } from '@mp/process'; console.log('other', isMain(import.meta));",
);
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `node` in the folder. @returns its lines; it has to end well and quietly */
async function node(args: string[], input = '', env: Record<string, string> = {}): Promise<string[]> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect([child.exitCode, stderr], stdout).toEqual([0, '']);
  return stdout.trim().split('\n');
}

const MODULE = `
  import { isMain } from '@mp/process';
  console.log('main', isMain(import.meta));
  await import('./other.mjs');
`;
const COMMON = `
  const { isMain } = require('@mp/process');
  console.log('main', isMain(module));
  import('./other.mjs');
`;

/** Each way to start a program that is in no file: arguments, standard input. */
const WAYS: [
  way: string,
  args: (code: string) => string[],
  input: (code: string) => string,
  isModule: boolean,
][] = [
  ['--input-type=module -e', (code) => ['--input-type=module', '-e', code], () => '', true],
  ['--input-type=module -', () => ['--input-type=module', '-'], (code) => code, true],
  ['--input-type=module < file', () => ['--input-type=module'], (code) => code, true],
  ['-e', (code) => ['-e', code], () => '', false],
  ['--eval=', (code) => [`--eval=${code}`], () => '', false],
  ['-p', (code) => ['-p', `${code}; 'printed'`], () => '', false],
  ['-', () => ['-'], (code) => code, false],
  ['< file', () => [], (code) => code, false],
];

describe.each(WAYS)('a program started by node %s', (way, args, input, isModule) => {
  const main = isModule ? MODULE : COMMON;
  const run = (code: string, ...more: string[]) => node([...args(code), ...more], input(code));

  it('is the main module, and what it imports is not', async () => {
    const lines = (await run(main)).filter((line) => line !== 'printed');
    expect(lines).toEqual(['main true', 'other false']);
  });

  it('is that also when its first argument is the name of a module', async () => {
    // Without a name for standard input, this would be the script.
    if (way.endsWith('file')) return;
    const lines = (await run(main, './other.mjs')).filter((line) => line !== 'printed');
    expect(lines).toEqual(['main true', 'other false']);
  });

  it('has a task of its own refused before anything is started, and one that is inline() done', async () => {
    const load = isModule
      ? `import { Process, Thread, task } from '@mp/process';
         import { inline, Pool } from '@mp/pool';
         import { Queue } from '@mp/queue';`
      : `const { Process, Thread, task } = require('@mp/process');
         const { inline, Pool } = require('@mp/pool');
         const { Queue } = require('@mp/queue');`;
    const code = `
      ${load}
      const home = ${isModule ? 'import.meta' : 'module'};
      const named = task(home, function work() {});
      const nameless = task(home, () => {});
      const refused = (call) => {
        try { call(); } catch (error) { console.log(error.code, /: another process .*\\b(work|at \\d+:\\d+), .*inline\\(\\)/.test(error.message)); }
      };
      (async () => {
        refused(() => new Process({ target: named }).start());
        refused(() => new Thread({ target: nameless }).start());
        const queue = new Queue();
        for (const Kind of [Process, Thread]) {
          const child = new Kind({ target: inline((queue, x) => queue.put(x * 2)), args: [queue, 4] });
          child.start();
          await child.join();
          console.log(child.name, await queue.get());
        }
        queue.close();
        const pool = new Pool({ workers: 1 });
        refused(() => pool.apply(named));
        console.log(await pool.map(inline((x) => x + 1), [1, 2]));
        pool.close();
        await pool.join();
      })();`;
    const lines = (await run(code)).filter((line) => !/printed/.test(line));
    const refused = 'ERR_MP_TASK_NOT_FOUND true';
    expect(lines).toEqual([refused, refused, 'Process-2 8', 'Thread-2 8', refused, '[ 2, 3 ]']);
  });
});

describe('a script that was named by a link, under --preserve-symlinks-main', () => {
  mkdirSync(join(folder, 'real'));
  writeFileSync(
    join(folder, 'real/script.mjs'),
    `import { isMain, Process, Thread, task } from '@mp/process';
     export const work = task(import.meta, function work() { console.log('worked', isMain(import.meta)); });
     if (isMain(import.meta)) {
       console.log(import.meta.url.split('/').at(-1));
       for (const Kind of [Process, Thread]) {
         const child = new Kind({ target: work });
         child.start();
         await child.join();
       }
     }`,
  );
  symlinkSync('real/script.mjs', join(folder, 'link.mjs'));
  const WORKED = ['worked false', 'worked false'];

  it.each([
    ['is the main module, and its tasks are found', ['--preserve-symlinks-main'], {}, 'link.mjs'],
    [
      'also when children keep links, too',
      ['--preserve-symlinks-main', '--preserve-symlinks'],
      {},
      'link.mjs',
    ],
    ['also when the environment says so', [], { NODE_PRESERVE_SYMLINKS_MAIN: '1' }, 'link.mjs'],
    ['also when NODE_OPTIONS says so', [], { NODE_OPTIONS: '--preserve-symlinks-main' }, 'link.mjs'],
    ['is it by its real name without', [], {}, 'script.mjs'],
  ])('%s', async (_, flags, env, name) => {
    expect(await node([...flags, 'link.mjs'], '', env as Record<string, string>)).toEqual([name, ...WORKED]);
  });
});
