import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import * as module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from '@mp/pool';
import { leakCheck } from '@mp/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

describe.each(KINDS)('a worker of kind %s', (kind) => {
  /** Runs a scene. @returns what it printed, once it has ended well */
  async function scene(name: string) {
    const folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { lines, stderr, code } = await run('workers.mjs', { kind, args: [name, folder] });
    expect(code, stderr.slice(-2000)).toBe(0);
    return lines;
  }

  it('does its init before anything else, once, as does one that takes its place', async () => {
    expect(await scene('init')).toEqual([
      Array(20).fill({ deep: 'set' }),
      'ERR_MP_WORKER_DIED',
      { deep: 'set' },
      3,
    ]);
  });

  it('whose init fails is tried three times, then the pool is broken', async () => {
    expect(await scene('a failing init')).toEqual([
      [
        'BrokenPoolError',
        'ERR_MP_BROKEN_POOL',
        'The pool cannot start workers, their init task failed: of init',
        'of init',
        'ERR_MP_BROKEN_POOL',
      ],
      'ERR_MP_BROKEN_POOL',
      true,
      true,
      [
        'BrokenPoolError',
        'ERR_MP_BROKEN_POOL',
        'The pool cannot start workers, the last one exited with code 9 before it was up',
        expect.any(String),
        'ERR_MP_BROKEN_POOL',
      ],
      'ERR_MP_BROKEN_POOL',
      true,
      true,
    ]);
  });

  it('whose init fails once is replaced', async () => {
    expect(await scene('an init that fails once')).toEqual([9, true]);
  });

  it('is replaced after so many tasks, and loses none', async () => {
    expect(await scene('replaced after so many tasks')).toEqual([
      [0, 0, 0, 3, 3, 3, 6, 6, 6],
      [100, 3],
      [0, 1, 4, 9, 16, 25],
    ]);
    expect(await scene('many tasks')).toEqual([true]);
  });

  it('is replaced when it has grown too large', async () => {
    expect(await scene('replaced when it has grown')).toEqual([true, 9, true]);
  });

  it('keeps what Node compiles for it, where Node can', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'mp-cache-'));
    onTestFinished(() => rmSync(cache, { recursive: true }));
    const env = { XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: undefined };
    const { code, stderr } = await run('workers.mjs', { kind, args: ['many tasks', cache], env });
    expect(code, stderr).toBe(0);
    const kept = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    expect(kept.length > 0).toBe('enableCompileCache' in module);
  });

  it('starts when it is needed, and ends when it has not been for long', async () => {
    expect(await scene('as many as needed')).toEqual([1, 3, [0, 1, 4], true, 0, 9, 16, true]);
  });

  it('that dies is told of with the last lines of its standard error', async () => {
    const isProcess = kind === 'process';
    const [[exitCode, task, last, count]] = await scene('told of their end');
    expect([exitCode, task]).toEqual([6, 'complainAndExit']);
    if (isProcess) expect([last, count]).toEqual(['line 99', 100]);
  });

  it('that runs out of memory is told of as such, and the pool goes on', async () => {
    expect(await scene('out of memory')).toEqual([['ERR_MP_WORKER_DIED', true, 'fill', true], 9]);
  });

  it('gets the options of its process or thread', async () => {
    expect(await scene('child options')).toEqual(['so']);
  });

  it('may have a pool of its own', async () => {
    expect(await scene('nested')).toEqual([[5, 25]]);
  });

  it('does not keep a program alive', async () => {
    expect(await scene('never closed, all of it asked for')).toEqual([]);
  });

  it('that cannot be made fails its pool, and the others end', async () => {
    expect(await scene('one cannot be made')).toEqual(['no more', 3, true]);
  });
});

it('a process that aborts is told of with its signal', async () => {
  const { lines } = await run('workers.mjs', { args: ['aborted', ''] });
  expect(lines).toEqual([['SIGABRT', 'abort']]);
});

describe('Pool() refuses', () => {
  it.each([
    [{ kind: 'fork' }, /^kind must be 'process' or 'thread', not "fork"/],
    [{ order: 'random' }, /^order must be 'fifo' or 'lifo'/],
    [{ grace: 'x' }, /^grace must be/],
    [{ init: 5 }, /^init must be an array like \[task, arg\], not a number/],
    [{ init: [() => {}] }, /^init\[0\] must be a task/],
    [{ recycle: { tasks: 0 } }, /^recycle.tasks must be a whole number from 1/],
    [{ recycle: { rss: 0.5 } }, /^recycle.rss must be a whole number from 1/],
    [{ recycle: { task: 1 } }, /task.*tasks/],
    [{ recycle: null }, /must be an object like { tasks, rss }, not null/],
    [{ workers: { min: 3, max: 2 } }, /^workers.min must be a whole number from 0 to 2, not 3/],
    [{ workers: { max: 0 } }, /^workers.max must be a whole number from 1/],
    [{ workers: { max: 2, idle: 'x' } }, /^workers.idle must be/],
    [{ workers: { most: 2 } }, /most/],
    [{ childOptions: { resourceLimits: {} } }, /resourceLimits/],
    [{ kind: 'thread', childOptions: { cwd: '.' } }, /cwd/],
    [{ worker: 2 }, /worker.*workers/],
  ])('%o', (options, message) => {
    expect(() => new Pool(options as never)).toThrow(message);
  });
});
