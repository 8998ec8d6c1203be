import { setImmediate as turn } from 'node:timers/promises';
import { threadState } from '@mp/core/internal';
import { Condition, Lock, NotOwnerError, RLock, TimeoutError } from '@mp/lock';
import { freshName, leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';

leakCheck();

test('only the first with() of an RLock loads an async hook', async () => {
  const hasHook = () => threadState.singletons.has('rlock-scopes');
  using plain = new Lock();
  await plain.with(() => {});
  using lock = new RLock();
  lock.acquireSync().release();
  (await lock.acquire()).release();
  expect(hasHook()).toBe(false);
  await lock.with(() => {});
  expect(hasHook()).toBe(true);
});

describe('an RLock is entered again', () => {
  test('by acquireSync() and tryAcquire() while the thread holds it: three times, and released three times', () => {
    using lock = new RLock();
    const guards = [lock.acquireSync(), lock.acquireSync(), lock.tryAcquire()];
    expect(guards.map((guard) => guard?.token)).toEqual(Array(3).fill(guards[0]?.token));
    for (const _ of guards) {
      expect(lock.locked).toBe(true);
      lock.release();
    }
    expect(lock.locked).toBe(false);
    expect(() => lock.release()).toThrow(NotOwnerError);
    expect(() => lock.release()).toThrow(/nobody holds it/);
  });

  test('inside with(), by every way, also after an await and in work that is begun there', async () => {
    using lock = new RLock();
    await lock.with(async (outer) => {
      await turn();
      const inner = await lock.acquire();
      const levels = [inner, lock.acquireSync(), lock.tryAcquire()];
      expect(levels.every((level) => level?.token === outer.token)).toBe(true);
      const forked = Promise.all([lock.with(() => turn()), lock.with(() => turn())]);
      for (const level of levels) level?.release();
      await forked;
      expect(lock.locked).toBe(true);
    });
    expect(lock.locked).toBe(false);
  });

  test('with a guard: within', async () => {
    using lock = new RLock();
    const first = await lock.acquire();
    const second = await lock.acquire({ within: first });
    const third = lock.acquireSync({ within: second });
    const fourth = lock.tryAcquire({ within: first });
    first.release();
    await expect(lock.acquire({ within: first })).rejects.toBeInstanceOf(NotOwnerError);
    for (const guard of [third, second]) guard.release();
    expect(lock.locked).toBe(true);
    fourth?.release();
    expect(lock.locked).toBe(false);
    await expect(lock.acquire({ within: second })).rejects.toThrow(/was released/);
    using other = new RLock();
    const foreign = other.acquireSync();
    expect(() => lock.acquireSync({ within: foreign })).toThrow(NotOwnerError);
    foreign.release();
    using plain = new Lock();
    for (const within of [{}, null, 1, plain.acquireSync()])
      expect(() => lock.tryAcquire({ within: within as never })).toThrow(
        /within must be a guard of this RLock/,
      );
  });

  test('by another object of the same name', async () => {
    const name = freshName();
    using one = new RLock({ name });
    const two = new RLock({ name });
    const guard = one.acquireSync();
    two.acquireSync().release();
    expect(one.locked).toBe(true);
    two.release();
    expect(one.locked).toBe(false);
    guard.release();
    await one.with(() => two.with(() => {}));
    one.close();
    two.unlink();
  });
});

describe('tasks of one thread exclude each other', () => {
  test('a bare acquire is a new owner: it waits, and nobody else of its thread enters', async () => {
    using lock = new RLock();
    const guard = await lock.acquire();
    await expect(lock.acquire({ timeout: 20 })).rejects.toBeInstanceOf(TimeoutError);
    expect(() => lock.acquireSync({ timeout: 0 })).toThrow(TimeoutError);
    expect(() => lock.acquireSync()).toThrow(/this thread holds it.*within: guard/);
    expect(lock.tryAcquire()).toBeUndefined();
    await expect(lock.with(() => {}, { timeout: 0 })).rejects.toBeInstanceOf(TimeoutError);
    guard.release();
  });
});

test('levels are released in any order, each once', async () => {
  using lock = new RLock();
  const levels = [lock.acquireSync(), lock.acquireSync(), lock.acquireSync()];
  levels[0].release();
  levels[0].release();
  levels[2][Symbol.dispose]();
  expect(lock.locked).toBe(true);
  levels[1].release();
  expect(lock.locked).toBe(false);
  const next = lock.acquireSync();
  for (const level of levels) level.release();
  expect(lock.locked).toBe(true);
  next.release();
});

test('waits end when they are aborted and when it is closed; a guard releases after that', async () => {
  const name = freshName();
  const lock = new RLock({ name });
  using other = new RLock({ name });
  const guard = await lock.acquire();
  const abort = new AbortController();
  const aborted = lock.acquire({ signal: abort.signal });
  const closed = lock.acquire();
  abort.abort(7);
  await expect(aborted).rejects.toBe(7);
  await expect(lock.acquire({ signal: abort.signal })).rejects.toBe(7);
  lock.close();
  await expect(closed).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  for (const use of [() => lock.acquireSync(), () => lock.tryAcquire(), () => lock.release()])
    expect(use).toThrow(/RLock "\S+": it was closed in this thread/);
  expect(other.locked).toBe(true);
  guard.release();
  expect(other.locked).toBe(false);
  other.unlink();
});

test('the guard of a lock that lies in a condition releases it after that was closed', () => {
  const name = freshName();
  const cond = new Condition(undefined, { name });
  const other = new Condition(undefined, { name });
  const guard = cond.acquireSync();
  cond.close();
  expect(other.lock.locked).toBe(true);
  guard.release();
  expect(other.lock.locked).toBe(false);
  other.unlink();
});

test('a name belongs to one kind', () => {
  const name = freshName();
  const lock = new Lock({ name });
  expect(() => new RLock({ name })).toThrow(/as an RLock: it is a Lock made by pid/);
  lock.unlink();
});
