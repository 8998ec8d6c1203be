import { eventually, isRunning, leakCheck, spawnFixture } from '@mp/testing';
import { expect, it } from 'vitest';
import { run } from './program.ts';

leakCheck();

const scene = async (name: string) => {
  const { lines, stderr, code } = await run('spares.mjs', { args: [name] });
  expect([stderr, code]).toEqual(['', 0]);
  return lines;
};

const program = (name: string) =>
  spawnFixture(new URL('fixtures/spares.mjs', import.meta.url), { args: [name] });

const told = (more: object) => ({
  daemon: false,
  level: 0,
  parent: 'MainProcess',
  argv: 2,
  args: [],
  where: [process.cwd(), null, []],
  ...more,
});

it('a spare becomes the next child, with the name, arguments and state of one, and is replaced', async () => {
  expect(await scene('used')).toEqual([
    [0, 1],
    told({ name: 'Anna', daemon: true, level: 32, args: [1, { a: 2 }] }),
    [true, 0],
    told({ name: 'Thread-1', level: 32, args: ['x'] }),
    [1, 0],
    told({ name: 'Process-2', level: 32 }),
    [true, true],
  ]);
});

it('a spare can be given an order before it is up', async () => {
  expect(await scene('at once')).toEqual([[true], [1]]);
});

it('a spare that became a child may fail like any other', async () => {
  const { lines, stderr, code } = await run('spares.mjs', { args: ['failing'] });
  expect([lines, code]).toEqual([
    [
      [1, 'it fails'],
      [1, 'it fails'],
    ],
    0,
  ]);
  expect(stderr.match(/^RangeError: it fails/gm)).toHaveLength(2);
});

it('spares do not keep their process alive, and end with it', async () => {
  const [pids] = await scene('idle');
  expect(pids).toHaveLength(2);
  await eventually('they are gone', () => !pids.some(isRunning), { within: 2_000 });
});

it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'spares end when their process is ended by %s',
  async (signal) => {
    const parent = program('kept');
    const pids: number[] = JSON.parse(await parent.line());
    expect(pids.filter(isRunning)).toHaveLength(2);
    await parent.kill(signal);
    await eventually('they are gone', () => !pids.some(isRunning), { within: 2_000 });
    expect(parent.stderr).toBe('');
  },
);

it('spares end when the thread that kept them does', async () => {
  expect(await scene('kept by a thread')).toEqual(['gone']);
});

it('spares end when they are not wanted any more', async () => {
  expect(await scene('not wanted')).toEqual([1, [0, 0]]);
});

it('a spare that has died is not used', async () => {
  expect(await scene('dead')).toEqual([[true, 0], 0]);
});

it('spares do no harm when the directory was removed', async () => {
  expect(await scene('no directory')).toEqual([0, 0]);
});

it('a spare is not used once the environment or the directory has changed', async () => {
  expect(await scene('changed')).toEqual([
    told({ name: 'Process-1', where: [process.cwd(), 'new', []] }),
    told({ name: 'Thread-1', where: [process.cwd(), 'new', []] }),
    told({ name: 'Process-2', where: ['/', 'new', []] }),
  ]);
});

it('a spare is not used for a child with options of its own', async () => {
  expect(await scene('with options')).toEqual([
    told({ name: 'Process-1', where: [process.cwd(), 'own', []] }),
    told({ name: 'Process-2', where: ['/', null, []] }),
    told({ name: 'Process-3', where: [process.cwd(), null, ['--no-warnings']] }),
    told({ name: 'Process-4' }),
    told({ name: 'Thread-1', where: [process.cwd(), 'own', []] }),
    true,
  ]);
});

it('keepSpares() refuses what are no counts', async () => {
  expect(await scene('refused')).toEqual([
    ['TypeError', 'options must be an object like { processes, threads }, not null'],
    ['TypeError', 'options must be an object like { processes, threads }, not undefined'],
    ['TypeError', 'options must be an object like { processes, threads }, not number'],
    ['RangeError', 'processes must be a whole number from 0, not -1'],
    ['RangeError', 'threads must be a whole number from 0, not 1.5'],
    ['TypeError', 'processes must be a number, not a string'],
  ]);
});

it('keepSpares() is refused in a child that still imports the module of its task', async () => {
  const { lines } = await run('spares.mjs', { args: ['unguarded'] });
  expect(lines).toMatchObject([{ code: 'ERR_MP_UNGUARDED_MAIN' }]);
});
