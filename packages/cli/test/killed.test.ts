import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { gc, snapshot, unlock } from '@mp/cli';
import { Segment } from '@mp/core/internal';
import { Lock, RWLock } from '@mp/lock';
import { Value } from '@mp/shared';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { Actor, mp } from './actor.ts';

leakCheck();

const actors: Actor[] = [];
const actor = (): Actor => {
  const made = new Actor();
  actors.push(made);
  return made;
};
const files = () =>
  readdirSync(process.env.MP_DIR as string)
    .filter((file) => file !== '.swept')
    .sort();

// The actors are main programs: no sweep of theirs is due.
beforeAll(() => writeFileSync(`${process.env.MP_DIR}/.swept`, ''));

afterEach(async () => {
  await Promise.all(actors.splice(0).map((each) => each.kill()));
  gc();
});

test('a lock whose holder was killed is abandoned; unlock frees it without --force', async () => {
  const holder = actor();
  await holder.does({ kind: 'Lock', options: { name: 'left' }, method: 'acquireSync' });
  await holder.kill();
  const { stdout } = await mp(['ls']);
  expect(stdout).toMatch(
    new RegExp(`^left +Lock .*abandoned by pid ${holder.pid} \\(dead\\).*${holder.pid} \\(dead\\)$`, 'm'),
  );
  const freed = await mp(['unlock', 'left', '--json']);
  expect([freed.code, freed.json]).toEqual([
    0,
    [{ file: 'n-left', done: true, text: 'Lock "left" is free now' }],
  ]);
  const lock = new Lock({ name: 'left' });
  const guard = lock.tryAcquire();
  expect(guard?.recovered).toBe(false);
  guard?.release();
  expect(lock.unlink()).toBe(true);
});

test('an RWLock: a dead writer and dead readers lose it, a living reader does not', async () => {
  const lock = new RWLock({ name: 'pages' });
  const [writer, reader] = [actor(), actor()];
  await writer.does({ kind: 'RWLock', options: { name: 'pages' }, method: 'writeSync' });
  expect(snapshot().objects[0]).toMatchObject({ state: 'writing', holders: [{ role: 'writer' }] });
  expect(unlock('pages').done).toBe(false);
  await writer.kill();
  expect(unlock('pages')).toMatchObject({ done: true });
  await reader.does({ kind: 'RWLock', options: { name: 'pages' }, method: 'readSync' });
  expect(snapshot().objects[0]).toMatchObject({
    state: 'reading',
    holders: [{ role: 'reader', count: 1, pid: reader.pid }],
    measures: { readers: 1 },
    details: { writerDied: true },
  });
  expect(unlock('pages').done).toBe(false);
  await reader.kill();
  expect(unlock('pages').done).toBe(true);
  expect(snapshot().objects[0]).toMatchObject({ state: 'free', holders: [] });
  expect(lock.unlink()).toBe(true);
});

test('an RWLock that is taken from a living writer tells its readers that a write was under way', async () => {
  const lock = new RWLock({ name: 'pages' });
  const writer = actor();
  await writer.does({ kind: 'RWLock', options: { name: 'pages' }, method: 'writeSync' });
  expect(unlock('pages', { force: true }).done).toBe(true);
  const read = lock.tryRead();
  expect(read?.recovered).toBe(true);
  read?.release();
  const write = lock.tryWrite();
  expect(write?.recovered).toBe(true);
  write?.release();
  const again = lock.tryRead();
  expect(again?.recovered).toBe(false);
  again?.release();
  await writer.kill();
  expect(lock.unlink()).toBe(true);
});

test.each([
  ['Lock', 'acquireSync'],
  ['RWLock', 'writeSync'],
] as const)('of a %s, --force frees the holder that was seen, not the next one', async (kind, method) => {
  const lock = kind === 'Lock' ? new Lock({ name: 'next' }) : new RWLock({ name: 'next' });
  const guard = lock instanceof Lock ? lock.acquireSync() : lock.writeSync();
  const next = actor();
  await next.begins({ kind, options: { name: 'next' }, method });
  // Between the look and what it leads to, the lock goes to the one that waits.
  const attach = Segment.attach.bind(Segment);
  const spy = vi.spyOn(Segment, 'attach').mockImplementationOnce((...args) => {
    guard.release();
    const until = performance.now() + 20_000;
    while (snapshot().objects[0].holders[0]?.pid !== next.pid && performance.now() < until);
    return attach(...args);
  });
  const came = unlock('next', { force: true });
  spy.mockRestore();
  expect(came).toMatchObject({ done: false, text: expect.stringMatching(/not held by pid \d+ any more/) });
  expect(snapshot().objects[0].holders[0].pid).toBe(next.pid);
  expect(unlock('next', { force: true }).done).toBe(true);
  expect(snapshot().objects[0].holders).toEqual([]);
  await next.kill();
  expect(lock.unlink()).toBe(true);
});

test('unlock says what has no lock, or another one', () => {
  const lock = new Lock({ name: 'given' });
  const shared = new Value('i32', 1, { lock, name: 'counter' });
  const bare = new Value('i32', 1, { lock: false, name: 'bare' });
  expect(unlock('counter')).toMatchObject({ done: false, text: expect.stringContaining('n-given') });
  expect(unlock('bare')).toMatchObject({ done: false, text: 'Value "bare" has no lock' });
  expect(() => unlock('nothing')).toThrow(expect.objectContaining({ code: 'ERR_MP_NOT_FOUND' }));
  for (const each of [shared, bare, lock]) expect(each.unlink()).toBe(true);
});

test('gc lists with --dry-run what it then removes: what the dead left, and nothing of the living', async () => {
  const [dead, alive] = [actor(), actor()];
  for (const each of [dead, alive]) {
    await each.does({ kind: 'Queue', method: 'putSync', args: ['x'.repeat(9_000_000)] });
    await each.begins({ kind: 'Event', method: 'wait' });
  }
  await eventually(
    'both are in their event loop',
    () => files().filter((file) => file.startsWith('d-')).length === 2,
  );
  const kept = files().filter((file) => !isOf(dead, file));
  expect(snapshot().leftovers).toEqual([]);
  await dead.kill();
  const seen = files();
  const dry = await mp(['gc', '--dry-run', '--json']);
  expect(dry.code).toBe(0);
  expect(dry.json).toMatchObject({ dryRun: true, directory: process.env.MP_DIR });
  expect(files()).toEqual(seen);
  const whats = dry.json.files.map(({ what }: { what: string }) => what).sort();
  expect(whats).toEqual(['agent', 'doorbell', 'segment', 'segment']);
  expect((await mp(['ls'])).stdout).toMatch(/^4 files of the dead, .*: mp gc removes them\.$/m);

  const swept = await mp(['gc', '--json']);
  expect(swept.json.files.map(({ file }: { file: string }) => file).sort()).toEqual(
    dry.json.files.map(({ file }: { file: string }) => file).sort(),
  );
  // The large message of the dead was a satellite, and went with its queue.
  expect(files()).toEqual(kept);
  expect((await mp(['gc'])).stdout).toBe(`Nothing of the dead is in ${process.env.MP_DIR}.\n`);

  function isOf({ pid }: Actor, file: string): boolean {
    const own = snapshot();
    const agents = own.agents.filter((agent) => agent.pid === pid).map(({ agent }) => agent);
    if (/^[ad]-/.test(file)) return agents.includes(Number(file.slice(2)));
    return own.objects.some((object) => object.creator.pid === pid && file.startsWith(object.file));
  }
});

test('rm removes what is not in use, and says why not', async () => {
  const holder = actor();
  await holder.does({ kind: 'Event', options: { name: 'mine' }, method: 'set' });
  await holder.does({ kind: 'Queue' });
  const used = await mp(['rm', 'mine']);
  expect([used.code, used.stderr]).toEqual([1, `Event "mine" is in use by pid ${holder.pid}.\n`]);
  const unnamed = snapshot().objects.find(({ kind }) => kind === 'Queue')!.file;
  expect((await mp(['rm', unnamed])).code).toBe(1);
  await holder.kill();
  const gone = await mp(['rm', 'missing', 'mine']);
  expect([gone.code, gone.stdout]).toEqual([1, 'Event "mine" is removed.\n']);
  expect(gone.stderr).toMatch(/^Cannot find the object "missing"/);
  expect(existsSync(`${process.env.MP_DIR}/n-mine`)).toBe(false);
  const missing = await mp(['rm', 'mine']);
  expect([missing.code, missing.stderr]).toEqual([
    1,
    expect.stringContaining('Cannot find the object "mine"'),
  ]);
});
