import { existsSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { probe } from '@mp/native';
import { eventually, leakCheck, PATIENCE, spawnFixture } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { fresh } from './place.ts';

leakCheck();

async function parent(path: string, where = 'main') {
  const fixture = spawnFixture(new URL('./fixtures/hold-process-lock.mjs', import.meta.url), {
    args: [path, where],
  });
  return { fixture, said: await fixture.line() };
}

async function child(path: string, mode: string, grace: number) {
  const url = new URL('./fixtures/watch-parent.mjs', import.meta.url);
  const fixture = spawnFixture(url, { args: [path, mode, String(grace)] });
  expect(await fixture.line()).toBe('watching');
  return fixture;
}

describe.each(['main', 'worker'])('processLock() from a %s thread', (where) => {
  test('answers one path, holds its lock until the process is killed', async () => {
    const path = fresh('p-');
    const { fixture, said } = await parent(path, where);
    expect(said).toBe(`${path},${path}`);
    expect(probe(path)).toBe(2);
    await fixture.kill();
    await eventually('the kernel dropped the lock', () => probe(path) === 1);
    unlinkSync(path);
  });

  test('its file goes when the process exits', async () => {
    const path = fresh('p-');
    const { fixture } = await parent(path, where);
    fixture.say('exit');
    expect(await fixture.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(path)).toBe(false);
  });
});

test('processLock() refuses a path that is taken', async () => {
  const path = fresh('p-');
  writeFileSync(path, 'mine');
  const fixture = spawnFixture(new URL('./fixtures/hold-process-lock.mjs', import.meta.url), {
    args: [path],
  });
  expect((await fixture.exited).code).toBe(1);
  expect(fixture.stderr).toContain('EEXIST');
  unlinkSync(path);
});

test.each(['idle', 'loop', 'a sleep', 'atomics', 'worker'])(
  'a child that is in %s dies with its killed parent',
  async (mode) => {
    const path = fresh('p-');
    const { fixture } = await parent(path);
    const orphan = await child(path, mode, 100 * PATIENCE);
    await fixture.kill();
    const killed = performance.now();
    if (mode === 'idle') expect(await orphan.line()).toBe('parent died');
    expect(await orphan.exited).toEqual({ code: 7, signal: null });
    expect(performance.now() - killed).toBeLessThan(2000 * PATIENCE);
    rmSync(`${path}+d`, { force: true });
    unlinkSync(path);
  },
);

test('the grace is kept', async () => {
  const path = fresh('p-');
  const { fixture } = await parent(path);
  const orphan = await child(path, 'idle', 700);
  const killed = performance.now();
  await fixture.kill();
  expect(await orphan.line()).toBe('parent died');
  await orphan.exited;
  expect(performance.now() - killed).toBeGreaterThanOrEqual(700);
  unlinkSync(path);
});

test('a parent that exits, or was gone before, is dead too', async () => {
  const path = fresh('p-');
  const { fixture } = await parent(path);
  const orphan = await child(path, 'loop', 0);
  fixture.say('exit');
  expect(await orphan.exited).toEqual({ code: 7, signal: null });
  expect(existsSync(path)).toBe(false);
  const late = await child(path, 'idle', 300);
  expect(await late.line()).toBe('parent died');
  expect(await late.exited).toEqual({ code: 7, signal: null });
});

test('the watch keeps nothing alive', async () => {
  const path = fresh('p-');
  const { fixture } = await parent(path);
  const idle = await child(path, 'nothing', 100);
  expect(await idle.exited).toEqual({ code: 0, signal: null });
  fixture.say('exit');
  await fixture.exited;
});
