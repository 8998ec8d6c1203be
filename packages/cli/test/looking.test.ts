import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inspect, snapshot } from '@mp/cli';
import {
  FLAG_NAMED,
  H_CREATED_F64,
  H_FLAGS,
  H_KIND,
  H_MAGIC,
  H_VERSION,
  KINDS,
  MAGIC,
  thisAgent,
} from '@mp/core/internal';
import { Condition, Event, Lock, RWLock } from '@mp/lock';
import { pipe } from '@mp/pipe';
import { PriorityQueue, Queue } from '@mp/queue';
import { SharedMap, SharedMemory, Value } from '@mp/shared';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { Actor, mp } from './actor.ts';

leakCheck();

const directory = () => process.env.MP_DIR as string;

/** Everything in the directory: bytes, and what the file system knows. */
function state(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory())
      .filter((file) => file !== '.swept')
      .map((file) => {
        const path = join(directory(), file);
        const stats = lstatSync(path);
        const { mtimeMs, ctimeMs, nlink, blocks } = stats;
        const bytes = stats.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
        return [file, [bytes, mtimeMs, ctimeMs, nlink, blocks].join(' ')];
      }),
  );
}

test('a look changes nothing: no file, no byte, no page, no time, no link', async () => {
  const made = [
    new Lock({ name: 'held' }),
    new RWLock({ name: 'read' }),
    new Condition(undefined, { name: 'news' }),
    new Queue({ name: 'jobs' }),
    new PriorityQueue({ name: 'sorted' }),
    new Value('i32', 5, { name: 'count' }),
    new SharedMap({ name: 'cache' }),
    SharedMemory.create({ name: 'frame', size: 1 << 20, reserve: false }),
  ];
  const [left, right] = pipe();
  (made[0] as Lock).acquireSync();
  (made[3] as Queue).putSync(right);
  const holder = new Actor();
  await holder.does({ kind: 'Lock', options: { name: 'other' }, method: 'acquireSync' });
  holder.stop();

  const before = state();
  for (const args of [
    ['ls', '--all'],
    ['inspect', 'jobs'],
    ['tree', '--json'],
    ['gc', '--dry-run'],
    ['top', '-n1', '-i50'],
  ]) {
    expect((await mp(args)).code).toBe(0);
  }
  expect(snapshot().objects.length).toBeGreaterThan(made.length);
  expect(state()).toEqual(before);

  await holder.kill();
  left.close();
  (made[0] as Lock).release();
  for (const each of made) expect(each.unlink()).toBe(true);
  expect(new Lock({ name: 'other' }).unlink()).toBe(true);
});

test('who is the last user still finds that out, after looks and while others go on', async () => {
  const looker = spawnFixture(new URL('fixtures/look-on.mjs', import.meta.url));
  await looker.line();
  for (let round = 0; round < 20; round++) {
    const queue = new Queue();
    queue.putSync(round);
    const [file] = readdirSync(directory()).filter((each) => /^s-[^+]*$/.test(each));
    expect(snapshot().objects.map((object) => object.file)).toContain(file);
    queue.close();
    expect(readdirSync(directory())).not.toContain(file);
  }
  await looker.kill();
});

test('a program that only looks is no agent, and makes no directory', async () => {
  const place = mkdtempSync('/dev/shm/mp-test-none-');
  const missing = join(place, 'none');
  try {
    for (const [args, said] of [
      [['ls'], `Nothing is shared: ${missing} does not exist.\n`],
      [['tree'], `Nothing is shared: ${missing} does not exist.\n`],
      [['gc'], `Nothing of the dead is in ${missing}.\n`],
      [['top', '-n1', '-i50'], expect.stringContaining('Nothing is shared')],
    ] as const) {
      const { code, stdout } = await mp(args, { MP_DIR: missing });
      expect([code, stdout]).toEqual([0, said]);
    }
    const json = (await mp(['ls', '--json'], { MP_DIR: missing })).json;
    expect(json).toMatchObject({ exists: false, objects: [], leftovers: [] });
    const inspected = await mp(['inspect', 'x'], { MP_DIR: missing });
    expect([inspected.code, inspected.stderr]).toEqual([1, expect.stringContaining('does not exist')]);
    for (const args of [
      ['rm', 'x'],
      ['unlock', 'x'],
      ['watch', 'x'],
    ])
      expect((await mp(args, { MP_DIR: missing })).code).toBe(1);
    expect(readdirSync(place)).toEqual([]);
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('a directory that is not ours alone, and files that are no segments', async () => {
  const place = mkdtempSync('/dev/shm/mp-test-open-');
  try {
    writeFileSync(join(place, 'n-foreign'), 'hello');
    expect((await mp(['ls'], { MP_DIR: place })).stdout).toBe(`Nothing is shared in ${place}.\n`);
    chmodSync(place, 0o755);
    const { code, stdout } = await mp(['ls'], { MP_DIR: place });
    expect([code, stdout]).toEqual([1, expect.stringContaining('others may enter it')]);
    expect((await mp(['ls'], { MP_DIR: 'relative' })).stdout).toContain('must be absolute');
  } finally {
    rmSync(place, { recursive: true });
  }
});

/** A file as a Lock has it, but for what makes no sense. */
function oddLock(name: string): void {
  const { words, floats, bytes } = header(1408);
  words[H_MAGIC] = MAGIC;
  words[H_VERSION] = 1;
  words[H_KIND] = KINDS.lock;
  words[H_FLAGS] = FLAG_NAMED;
  floats[H_CREATED_F64] = 1e300;
  writeFileSync(name, bytes);
}

function header(size: number) {
  const buffer = new ArrayBuffer(size);
  return {
    words: new Int32Array(buffer),
    floats: new Float64Array(buffer),
    bytes: new Uint8Array(buffer),
  };
}

test('links, pipes, directories and foreign names stop no command, and no control character of theirs is printed', async () => {
  const place = mkdtempSync('/dev/shm/mp-test-odd-');
  const at = (file: string) => join(place, file);
  try {
    for (const name of ['a-1', 'p-1', 'n-link', 's-link', 'n-link+1']) symlinkSync(at(name), at(name));
    for (const name of ['a-2', 's-dir', 'n-dir', 'n-none+1']) mkdirSync(at(name));
    execFileSync('mkfifo', ['a-3', 's-pipe', 'n-pipe', 'd-4'].map(at));
    for (const name of ['n-old', 'n-red\u001b[31m', 'n-$(id)', 'n-two\nlines', 's-\u001b[2J'])
      oddLock(at(name));
    for (const [args, code] of [
      [['ls', '--all'], 0],
      [['inspect', 'old'], 0],
      [['tree'], 0],
      [['top', '-n1', '-i50'], 0],
      [['completion', 'names'], 0],
      [['unlock', 'old'], 0],
      [['rm', 'link'], 1],
      [['gc', '--dry-run'], 0],
      [['gc'], 0],
    ] as const) {
      const ran = await mp(args, { MP_DIR: place });
      expect([args, ran.code, code === 0 ? ran.stderr : '']).toEqual([args, code, '']);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
      expect(ran.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|\$\(id|^lines/m);
    }
    // What the sweep cannot remove is no leftover.
    expect((await mp(['ls', '--json'], { MP_DIR: place })).json.leftovers).toEqual([]);
    expect(readdirSync(place)).toContain('s-dir');
    expect(readdirSync(place)).not.toContain('a-3');
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('of a queue at full speed, what does not fit together is marked, and nothing is impossible', async () => {
  const queue = new Queue<number>({ name: 'fast', maxSize: 50 });
  const writer = spawnFixture(new URL('fixtures/full-speed.mjs', import.meta.url), { args: ['fast'] });
  await writer.line();
  let torn = 0;
  let puts = -1;
  const look = () => {
    const { object } = inspect('fast');
    expect(object.problem).toBeUndefined();
    expect(object.measures.depth).toBeGreaterThanOrEqual(0);
    expect(object.measures.bytes).toBeGreaterThanOrEqual(0);
    if (!object.torn.includes('measures.depth')) expect(object.measures.depth).toBeLessThanOrEqual(50);
    expect(object.counters.puts).toBeGreaterThanOrEqual(puts);
    puts = object.counters.puts;
    return object.torn.length > 0;
  };
  try {
    // On a crowded machine the writer seldom runs in just the moment of a look.
    for (let looks = 0; looks < 20 || torn === 0; looks++) if (look()) torn++;
    process.kill(writer.pid, 'SIGSTOP');
    await eventually('a look at a stopped one is whole', () => inspect('fast').object.torn.length === 0);
  } finally {
    await writer.kill();
    queue.unlink();
  }
});

test('a control character in a command line reaches no terminal, by JSON neither', async () => {
  const { title } = process;
  const event = new Event({ name: 'news' });
  try {
    process.title = 'node \u009b31m\u007f';
    const { stdout, json } = await mp(['ls', '--json']);
    expect(json.objects[0].creator.command).toContain('\u009b31m\u007f');
    expect(stdout).not.toMatch(/[\u007f-\u009f]/);
  } finally {
    process.title = title;
    event.unlink();
  }
});

test('a process that had nothing mapped at the last look is a user from its first object on', async () => {
  const newcomer = new Actor();
  const event = new Event({ name: 'news' });
  await eventually('it runs, and shares nothing', () => existsSync(`/proc/${newcomer.pid}/maps`));
  expect(snapshot().objects.map(({ users }) => users)).toEqual([[process.pid]]);
  await newcomer.does({ kind: 'Event', options: { name: 'news' }, method: 'set' });
  expect(inspect('news').object.users.sort()).toEqual([process.pid, newcomer.pid].sort());
  expect(inspect('news').object.users.sort()).toEqual([process.pid, newcomer.pid].sort());
  await newcomer.kill();
  expect(inspect('news').object.users).toEqual([process.pid]);
  event.unlink();
});

test('this program is an agent, and its own objects are shown', () => {
  const lock = new Lock({ name: 'mine' });
  const guard = lock.acquireSync();
  const { object, agents, processes, files } = inspect('mine');
  expect(object.holders).toEqual([
    { agent: thisAgent().id, pid: process.pid, threadId: 0, alive: true, role: 'owner', count: 1 },
  ]);
  expect(agents).toHaveLength(1);
  expect(processes.map(({ pid }) => pid)).toEqual([process.pid]);
  expect(processes[0].holds).toEqual([{ file: 'n-mine', agent: thisAgent().id, role: 'owner', count: 1 }]);
  expect(files).toEqual([]);
  expect(JSON.parse(JSON.stringify(snapshot()))).toMatchObject({ exists: true, cycles: [] });
  guard.release();
  lock.unlink();
});
