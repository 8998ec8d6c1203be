import { existsSync, linkSync, unlinkSync } from 'node:fs';
import {
  attach,
  detach,
  KEEP,
  LOCK_EXCLUSIVE,
  LOCK_NONE,
  LOCK_SHARED,
  probe,
  REMOVE_WHEN_LAST,
  remove,
  UNLINK,
} from '@mp/native';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { fresh } from './place.ts';
import { leave } from './segment-file.ts';

leakCheck();

function fixture(name: string, args: readonly (string | number)[] = []) {
  return spawnFixture(new URL(`./fixtures/${name}.mjs`, import.meta.url), { args: args.map(String) });
}

/** A process that has `path` in use. */
async function holder(
  path: string,
  how = 'attach',
  { lock = LOCK_SHARED as number, atEnd = REMOVE_WHEN_LAST as number } = {},
) {
  const started = fixture('hold-segment', [path, how, lock, atEnd]);
  expect(await started.line()).toBe('held');
  return started;
}

test('a file in use by another process is not removed; the last one out removes it', async () => {
  const path = fresh();
  const one = await holder(path, 'create');
  const two = await holder(path);
  expect(remove(path)).toBe(false);
  one.say(String(REMOVE_WHEN_LAST));
  expect(await one.line()).toBe('detached');
  expect(existsSync(path)).toBe(true);
  two.say(String(REMOVE_WHEN_LAST));
  expect(await two.line()).toBe('detached');
  expect(existsSync(path)).toBe(false);
  one.say('return');
  two.say('return');
  expect([await one.exited, await two.exited]).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
});

test.each(['exit', 'return'])(
  'a process that ends by %s ends its mappings as they were to end',
  async (end) => {
    for (const [atEnd, left] of [
      [KEEP, true],
      [REMOVE_WHEN_LAST, false],
      [UNLINK, false],
    ] as const) {
      const path = fresh();
      const one = await holder(path, 'create', { atEnd });
      one.say(end);
      expect(await one.exited).toEqual({ code: 0, signal: null });
      expect(existsSync(path)).toBe(left);
      expect(remove(path)).toBe(true);
    }
  },
);

test('a process that ends while another has the file in use leaves it', async () => {
  const path = fresh();
  const one = await holder(path, 'create');
  const mine = attach(path, LOCK_SHARED, REMOVE_WHEN_LAST)!;
  one.say('exit');
  await one.exited;
  expect(existsSync(path)).toBe(true);
  detach(mine, REMOVE_WHEN_LAST);
  expect(existsSync(path)).toBe(false);
});

test('SIGKILL ends every lock, shared and exclusive, and no file', async () => {
  const shared = fresh();
  const exclusive = fresh();
  const one = await holder(shared, 'create');
  const two = await holder(exclusive, 'create', { lock: LOCK_EXCLUSIVE, atEnd: UNLINK });
  expect([remove(shared), probe(exclusive)]).toEqual([false, 2]);
  await Promise.all([one.kill(), two.kill()]);
  await eventually('the kernel dropped the exclusive lock', () => probe(exclusive) === 1);
  expect(existsSync(shared)).toBe(true);
  await eventually('the kernel dropped the shared lock', () => remove(shared));
  expect(remove(exclusive)).toBe(true);
});

test('who only looks (LOCK_NONE) does not keep a file', async () => {
  const path = fresh();
  leave(path);
  const one = await holder(path, 'attach', { lock: LOCK_NONE, atEnd: KEEP });
  expect(remove(path)).toBe(true);
  await one.kill();
});

test('a hard link made by one process pins the file when its maker is dead', async () => {
  const path = fresh();
  const one = await holder(path, 'create');
  linkSync(path, `${path}+1`);
  await one.kill();
  await eventually('the lock is gone', () => probe(path) === 1);
  const mine = attach(`${path}+1`, LOCK_SHARED, KEEP)!;
  expect(mine.byteLength).toBe(8192);
  expect(remove(path)).toBe(false);
  unlinkSync(`${path}+1`);
  expect(remove(path)).toBe(false);
  detach(mine, KEEP);
  expect(remove(path)).toBe(true);
});

test('many processes that make, find, leave and remove one name always get a whole file', async () => {
  const racers = Array.from({ length: 3 }, () => fixture('race-to-create'));
  for (const racer of racers) expect(await racer.line()).toBe('ready');
  for (let round = 0; round < 150; round++) {
    const path = fresh();
    for (const racer of racers) racer.say(path);
    const answers = await Promise.all(racers.map((racer) => racer.line()));
    expect(answers.filter((answer) => answer === 'made whole').length, answers.join()).toBeGreaterThan(0);
    expect(answers.filter((answer) => answer.endsWith('torn'))).toEqual([]);
    expect(existsSync(path)).toBe(false);
  }
  await Promise.all(racers.map((racer) => racer.kill()));
});
