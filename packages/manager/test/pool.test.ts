import { eventually, isRunning, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { run } from './program.ts';

leakCheck();

test('apply, map, starmap, imap, init, stats, close and join of a pool in the server', async () => {
  const said = await run('pools.mjs', 'calls');
  expect(said).toMatchObject({
    applied: 3,
    mapped: [1, 4, 9],
    starmapped: [3, 7],
    imapped: [1, 4, 9],
    unordered: [1, 4, 9],
    prepared: 'ready',
    elsewhere: true,
    done: true,
    runs: true,
    block: [5, 'ERR_MP_CLOSED'],
    notYet: { name: 'TypeError' },
    late: 'ERR_MP_CLOSED',
    joined: [true, true],
    code: 0,
    stderr: '',
  });
});

test('a pool that is asked for again by its name is as it was made', async () => {
  const { same, others, gone, code } = await run('pools.mjs', 'named');
  expect([same, gone, code]).toEqual([[true, true], true, 0]);
  expect(others.map((each: { code: string }) => each.code)).toEqual(Array(3).fill('ERR_MP_MISMATCH'));
  expect(others.map((each: { message: string }) => each.message)).toEqual([
    expect.stringContaining('its workers is 1, not 2'),
    expect.stringContaining('its init is'),
    expect.stringContaining('its order is left to its default, not lifo'),
  ]);
});

test('loops: an endless source, an error at its item, the fastest first, a slow source, a signal', async () => {
  expect(await run('pools.mjs', 'loops')).toMatchObject({
    some: [0, 1, 4],
    left: true,
    before: [1, 2],
    failed: 'three',
    fast: [1, 400],
    trickle: [1, 4],
    broken: 'source',
    aborted: 'AbortError',
    wrong: [{ name: 'RangeError' }],
    code: 0,
    stderr: '',
  });
});

test('errors of tasks, calls that are given up, options that a server does not take', async () => {
  expect(await run('pools.mjs', 'failures')).toMatchObject({
    thrown: { name: 'RangeError', message: 'three' },
    late: 'ERR_MP_TIMEOUT',
    aborted: 'AbortError',
    noTask: 'TypeError',
    option: { name: 'TypeError', message: expect.stringContaining('childOptions') },
    callOption: { name: 'TypeError', message: expect.stringContaining('onProgress') },
    workers: 'RangeError',
    at: 'ERR_MP_TIMEOUT',
    still: 2,
    stillJoin: true,
    code: 0,
  });
});

test('it goes with its last reference, with terminate(), and with the server; another process can use it', async () => {
  const { first, last, ...said } = await run('pools.mjs', 'ends');
  expect(said).toMatchObject({ pending: 'ERR_MP_CLOSED', threads: [1, 4], exitCode: 0, code: 0, stderr: '' });
  expect([first.length, last.length]).toEqual([1, 1]);
  await eventually('no worker runs', () => ![...first, ...last].some((pid) => isRunning(pid)));
});
