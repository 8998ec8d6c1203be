import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Segment, segmentDirectory } from '@mp/core/internal';
import { DeadlockError, Lock, NotOwnerError, TimeoutError } from '@mp/lock';
import { type Fixture, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';

leakCheck();

const open = new Set<Lock>();

function make(options?: { name?: string }): Lock {
  const lock = new Lock(options);
  open.add(lock);
  return lock;
}

afterEach(() => {
  for (const lock of open) lock.close();
  open.clear();
});

describe('one holder at a time', () => {
  test('acquire and release, by every way', async () => {
    const lock = make();
    expect([lock.locked, lock.holder]).toEqual([false, undefined]);
    const first = await lock.acquire();
    expect([lock.locked, lock.tryAcquire(), first.recovered]).toEqual([true, undefined, false]);
    first.release();
    const second = lock.acquireSync();
    expect(second.token).toBeGreaterThan(first.token);
    first.release();
    expect(lock.locked).toBe(true);
    second[Symbol.dispose]();
    const third = lock.tryAcquire();
    expect(lock.holder).toMatchObject({
      pid: process.pid,
      threadId: 0,
      alive: true,
      since: expect.any(Date),
    });
    third?.release();
    expect(lock.locked).toBe(false);
  });

  test('release() is for anybody, and refused when nobody holds it', () => {
    const lock = make();
    const guard = lock.acquireSync();
    lock.release();
    expect(() => lock.release()).toThrow(NotOwnerError);
    const next = lock.acquireSync();
    guard.release();
    expect(lock.locked).toBe(true);
    next.release();
  });
});

describe('waits that end early', () => {
  test('at their timeout, sync and async; 0 and less try once', async () => {
    const lock = make();
    const held = lock.acquireSync();
    for (const timeout of [20, 0, -1]) {
      await expect(lock.acquire({ timeout })).rejects.toBeInstanceOf(TimeoutError);
      expect(() => lock.acquireSync({ timeout })).toThrow(TimeoutError);
    }
    await expect(lock.acquire({ timeout: Number.NaN })).rejects.toThrow(RangeError);
    await expect(lock.acquire({ timeout: '1' as never })).rejects.toThrow(TypeError);
    held.release();
    for (const timeout of [0, -1]) {
      (await lock.acquire({ timeout })).release();
      lock.acquireSync({ timeout }).release();
    }
  });

  test('when the lock is closed here; closed, it throws', async () => {
    const lock = make();
    lock.acquireSync();
    const waiting = lock.acquire();
    lock.close();
    lock.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    await expect(lock.acquire()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    for (const use of [
      () => lock.acquireSync(),
      () => lock.tryAcquire(),
      () => lock.release(),
      () => lock.locked,
    ]) {
      expect(use).toThrow(/closed in this thread/);
    }
  });

  test('a sync acquire that waits for its own thread is a deadlock, said at once', () => {
    const lock = make();
    const held = lock.acquireSync();
    expect(() => lock.acquireSync()).toThrow(DeadlockError);
    expect(() => lock.acquireSync()).toThrow(/this thread holds it/);
    held.release();
    lock.acquireSync().release();
  });
});

describe('names', () => {
  test('the same name is the same lock, until it is unlinked', () => {
    const first = make({ name: 'shared' });
    const second = make({ name: 'shared' });
    expect([first.created, second.created, second.name]).toEqual([true, false, 'shared']);
    const held = first.acquireSync();
    expect(second.tryAcquire()).toBeUndefined();
    second.release();
    held.release();
    first.close();
    second.close();
    const third = make({ name: 'shared' });
    expect(third.created).toBe(false);
    expect(third.unlink()).toBe(true);
    expect(make({ name: 'shared' }).created).toBe(true);
    expect([...open].at(-1)?.unlink()).toBe(true);
  });

  test('a lock in use elsewhere is not unlinked', () => {
    const [first, second] = [make({ name: 'busy' }), make({ name: 'busy' })];
    expect(first.unlink()).toBe(false);
    expect(second.unlink()).toBe(true);
    expect(() => make().unlink()).toThrow(/without a name/);
  });

  test('tokens grow on when the lock is made again', () => {
    const first = make({ name: 'tokens' });
    let token = 0;
    // Faster than the clock from which tokens start.
    for (let turn = 0; turn < 100_000; turn++) {
      const guard = first.acquireSync();
      token = guard.token;
      guard.release();
    }
    first.unlink();
    const second = make({ name: 'tokens' });
    expect(second.acquireSync().token).toBeGreaterThan(token);
    second.unlink();
  });

  test.each([
    [{ name: 'a/b' }, RangeError],
    [{ name: '' }, RangeError],
    [{ name: 7 }, TypeError],
    [null, TypeError],
    ['name', TypeError],
  ])('refuses %o', (options, expected) => {
    expect(() => new Lock(options as never)).toThrow(expected);
  });

  test('a name of another kind is a mismatch that says what it is', () => {
    const { segment } = Segment.openNamed('a-queue', { kind: 'queue', version: 1, size: 4096 });
    expect(() => new Lock({ name: 'a-queue' })).toThrow(/"a-queue" as a Lock: it is a Queue made by pid/);
    segment.close();
    Segment.removeNamed('a-queue');
  });
});

describe('life', () => {
  test('a worker thread terminated while it holds the lock is a dead holder', async () => {
    const lock = make({ name: 'thread' });
    const worker = new Worker(new URL('./fixtures/hold-and-wait.mjs', import.meta.url), { argv: ['thread'] });
    const token = await new Promise<number>((resolve) => {
      worker.once('message', resolve);
    });
    expect(lock.tryAcquire()).toBeUndefined();
    const waiting = lock.acquire();
    await worker.terminate();
    const guard = await waiting;
    expect([guard.recovered, guard.token > token]).toEqual([true, true]);
    guard.release();
    lock.unlink();
  });

  test('of a program that takes a lock at its start only one runs, also after it was killed', async () => {
    const name = 'only-once';
    const start = () => spawnFixture(new URL('./fixtures/only-once.mjs', import.meta.url), { args: [name] });
    let before: Fixture | undefined;
    for (let round = 0; round < 3; round++) {
      const running = start();
      expect(await running.line()).toBe('runs');
      const second = start();
      expect(await second.line()).toBe(`runs already: ${running.pid}`);
      expect((await second.exited).code).toBe(1);
      await running.kill();
      expect(running.pid).not.toBe(before?.pid);
      before = running;
    }
    make({ name }).unlink();
  });

  test('ten thousand locks in one process', () => {
    const locks = Array.from({ length: 10_000 }, () => new Lock());
    for (const lock of locks) lock.acquireSync();
    expect(locks.every((lock) => lock.locked)).toBe(true);
    for (const lock of locks) lock.close();
    expect(readdirSync(segmentDirectory()).filter((file) => file.startsWith('s-'))).toEqual([]);
  });
});
