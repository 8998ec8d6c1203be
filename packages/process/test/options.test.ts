import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import * as module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Process } from '@mp/process';
import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { run } from './program.ts';

leakCheck();

const PRELOAD = ['--import', new URL('fixtures/preload.mjs', import.meta.url).href];

/** Runs a child with options. */
async function start(options: object, execArgv: string[] = []) {
  const { lines, stderr, code } = await run('options.mjs', {
    args: [JSON.stringify(options), 'more'],
    execArgv,
    env: { MP_TEST_WORD: 'of the parent' },
  });
  expect(code, stderr).toBe(0);
  expect(lines.shift()).toEqual([null, null, null]);
  return { lines, stderr };
}

describe('a process', () => {
  it('has the environment, directory and flags of its parent, not its arguments and input', async () => {
    const { lines, stderr } = await start({}, [...PRELOAD, '--max-semi-space-size=8']);
    expect(lines).toEqual([
      {
        argv: [],
        execArgv: [...PRELOAD, '--max-semi-space-size=8'],
        cwd: process.cwd(),
        env: 'of the parent',
        preloaded: true,
      },
      { stdin: '' },
      { exitCode: 0 },
    ]);
    expect(stderr).toBe('to stderr\n');
  });

  it('has no flags that are for one process only', async () => {
    const own = ['--inspect-port', '0', '--test-name-pattern', 'x'];
    const { lines } = await start({}, ['--no-warnings', ...own, ...PRELOAD]);
    expect(lines[0].execArgv).toEqual(['--no-warnings', ...PRELOAD]);
  });

  it('has what it was given', async () => {
    const env = { MP_TEST_WORD: 'its own', MP_DIR: process.env.MP_DIR };
    const cwd = realpathSync(tmpdir());
    const { lines, stderr } = await start(
      { env, cwd, execArgv: ['--no-deprecation'], stdio: ['ignore', 'inherit', 'ignore'] },
      PRELOAD,
    );
    expect(lines[0]).toEqual({ argv: [], execArgv: ['--no-deprecation'], cwd, env: 'its own' });
    expect(lines.at(-1)).toEqual({ exitCode: 0 });
    expect(stderr).toBe('');
  });

  it('uses the segment directory of its parent whatever its environment says', async () => {
    const { lines } = await start({ env: { MP_DIR: '/nowhere' } });
    expect(lines.at(-1)).toEqual({ exitCode: 0 });
  });

  it.each([
    [{}, true],
    [{ NODE_DISABLE_COMPILE_CACHE: '1' }, false],
    [{ NODE_V8_COVERAGE: '/tmp/mp-no-such' }, false],
  ])('keeps what it compiles, where Node can, with %o: %s', async (env, kept) => {
    const cache = mkdtempSync(join(tmpdir(), 'mp-cache-'));
    try {
      await start({ env: { ...process.env, NODE_COMPILE_CACHE: undefined, XDG_CACHE_HOME: cache, ...env } });
      const files = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((each) =>
        each.isFile(),
      );
      expect(files.length > 0).toBe(kept && 'enableCompileCache' in module);
    } finally {
      rmSync(cache, { recursive: true });
      rmSync('/tmp/mp-no-such', { recursive: true, force: true });
    }
  });

  it('has pipes where it was told to', async () => {
    const { lines } = await start({ stdio: 'pipe', piped: true });
    expect(lines).toMatchObject([
      { out: [{ argv: [] }, { stdin: 'given to it' }], err: 'to stderr\n' },
      { exitCode: 0 },
    ]);
  });

  it('ends with 0 when nobody listens to it', async () => {
    expect((await start({ stdio: 'ignore' })).lines).toEqual([{ exitCode: 0 }]);
  });

  it('that cannot start says why', async () => {
    const { lines, stderr } = await start({ cwd: '/nowhere/at/all' });
    expect(lines).toEqual([{ exitCode: 1, error: 'ENOENT' }]);
    expect(stderr).toMatch(/^Process-1:\nError: spawn .* ENOENT/);
    expect((await start({ stdio: 'nonsense' })).lines).toMatchObject([
      { refused: expect.stringMatching(/stdio/) },
    ]);
    expect((await start({ execArgv: ['--no-such-flag'] })).lines).toEqual([
      { exitCode: 9, error: 'ERR_MP_WORKER_DIED' },
    ]);
  });
});

describe('Process() refuses', () => {
  const target = fileURLToPath;
  it.each([
    ['null', null, /options must be an object/],
    ['a function', () => {}, /options must be an object like \{ target, args \}, not function/],
    ['a target that is none', { target: 'work' }, /target must be a task, not string/],
    ['a null target', { target: null }, /target must be a task, not null/],
    ['args that are no array', { target, args: 'abc' }, /args must be an array, not a string/],
    ['a name that is none', { target, name: 7 }, /name must be a string, not a number/],
    ['a daemon that is neither', { target, daemon: 'no' }, /daemon must be a boolean, not a string/],
    [
      'execArgv that is text',
      { target, execArgv: '--inspect' },
      /execArgv must be an array of strings, not a string/,
    ],
    [
      'execArgv with a number',
      { target, execArgv: ['--no-warnings', 5] },
      /execArgv must be an array of strings, not with a number in it/,
    ],
  ])('%s', (_, options, message) => {
    expect(() => new Process(options as never)).toThrow(TypeError);
    expect(() => new Process(options as never)).toThrow(message);
  });

  it('to be joined, ended or waited for before it was started', async () => {
    const child = new Process({ target: target as () => unknown });
    await expect(child.join()).rejects.toThrow(
      'Cannot join Process-1: it was not started'.replace('Process-1', child.name),
    );
    expect(() => child.kill()).toThrow(/Cannot end .*: it was not started/);
    child.close();
    expect(() => child.start()).toThrow(/was closed/);
  });
});
