import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { AsyncFactory, AsyncRLock, Guard } from './async-types.ts';
import { CLOSED, maker, NOT_OWNER, reasonOf, TIMEOUT } from './made.ts';

/** What holds for an RLock in the event loop, wherever the lock lies. */
export function asyncRLockSuite(factory: AsyncFactory<AsyncRLock>): void {
  describe(factory.title, () => {
    const make = maker(factory);
    entering(make);
    exclusion(make);
    if (factory.hasTwoOwners) twoOwners(make);
  });
}

type Make = AsyncFactory<AsyncRLock>['make'];

function entering(make: Make): void {
  test('is entered again inside with(), also after an await and in work that is begun there', async () => {
    const { one } = await make();
    await one.with(async (outer) => {
      await turn();
      const levels = [await one.acquire(), await one.tryAcquire()];
      expect(levels.map((level) => level?.token)).toEqual([outer.token, outer.token]);
      const forked = Promise.all([one.with(() => turn()), one.with(() => turn())]);
      for (const level of levels) await level?.release();
      await forked;
      expect(await one.locked).toBe(true);
    });
    expect(await one.locked).toBe(false);
  });

  test('is entered again with a guard: within', async () => {
    const { one } = await make();
    const first = await one.acquire();
    const second = await one.acquire({ within: first });
    const third = await one.acquire({ within: second });
    const fourth = await one.tryAcquire({ within: first });
    await first.release();
    await expect(one.acquire({ within: first })).rejects.toMatchObject(NOT_OWNER);
    for (const guard of [third, second]) await guard.release();
    expect(await one.locked).toBe(true);
    await fourth?.release();
    expect(await one.locked).toBe(false);
    await expect(one.acquire({ within: second })).rejects.toThrow(/was released/);
    const foreign = await (await make()).one.acquire();
    await expect(one.acquire({ within: foreign })).rejects.toMatchObject(NOT_OWNER);
    await foreign.release();
    for (const within of [{}, null, 1])
      await expect((async () => one.tryAcquire({ within: within as never }))()).rejects.toThrow(
        /within must be a guard of this RLock/,
      );
  });

  test('levels are released in any order, each once', async () => {
    const { one } = await make();
    const levels: Guard[] = [await one.acquire()];
    for (let count = 0; count < 2; count++) levels.push(await one.acquire({ within: levels[0] }));
    await levels[0].release();
    await levels[0].release();
    levels[2][Symbol.dispose]();
    expect(await one.locked).toBe(true);
    await levels[1].release();
    expect(await one.locked).toBe(false);
    const next = await one.acquire();
    for (const level of levels) await level.release();
    expect(await one.locked).toBe(true);
    await next.release();
  });

  test('release() ends the level that was entered last, as often as there are levels', async () => {
    const { one } = await make();
    const guard = await one.acquire();
    await one.acquire({ within: guard });
    await one.acquire({ within: guard });
    for (let count = 0; count < 3; count++) {
      expect(await one.locked).toBe(true);
      await one.release();
    }
    expect(await one.locked).toBe(false);
    expect(await reasonOf((async () => one.release())())).toMatchObject(NOT_OWNER);
    expect(await reasonOf((async () => one.release())())).toMatchObject({
      message: expect.stringMatching(/holds it/),
    });
  });

  test('with() releases its level when the body throws', async () => {
    const { one } = await make();
    const failing = one.with(async () => {
      await expect(one.with(() => Promise.reject(new Error('inner')))).rejects.toThrow('inner');
      expect(await one.locked).toBe(true);
      throw new Error('outer');
    });
    await expect(failing).rejects.toThrow('outer');
    expect(await one.locked).toBe(false);
  });
}

function exclusion(make: Make): void {
  test('tasks of one thread exclude each other, in with() and by bare acquires', async () => {
    const { one } = await make();
    let inside = 0;
    const enter = async () => {
      expect(++inside).toBe(1);
      await turn();
      inside--;
    };
    const scoped = () => one.with(() => one.with(enter));
    const bare = async () => {
      const guard = await one.acquire();
      await enter();
      await guard.release();
    };
    await Promise.all([scoped(), bare(), scoped(), bare(), scoped()]);
    expect(await one.locked).toBe(false);
  });

  test('a bare acquire is a new owner: it waits, and no other task of its thread enters', async () => {
    const { one } = await make();
    const guard = await one.acquire();
    await expect(one.acquire({ timeout: 20 })).rejects.toMatchObject(TIMEOUT);
    expect(await one.tryAcquire()).toBeUndefined();
    await expect(one.with(() => {}, { timeout: 0 })).rejects.toMatchObject(TIMEOUT);
    await guard.release();
  });

  test('a scope ends with its with(): what still runs is a stranger, and its level keeps the lock', async () => {
    const { one } = await make();
    let goOn = () => {};
    const later = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let leaked: Promise<unknown> = Promise.resolve();
    await one.with(async () => {
      let isIn = () => {};
      const entered = new Promise<void>((resolve) => {
        isIn = resolve;
      });
      leaked = (async () => {
        const level = await one.acquire();
        isIn();
        await later;
        const again = await one.tryAcquire();
        await level.release();
        return again;
      })();
      await entered;
    });
    expect(await one.locked).toBe(true);
    goOn();
    expect(await leaked).toBeUndefined();
    expect(await one.locked).toBe(false);
  });

  test('waits end when they are aborted and when it is closed; a guard releases after that', async () => {
    const { one, other } = await make();
    const guard = await one.acquire();
    const abort = new AbortController();
    const aborted = one.acquire({ signal: abort.signal });
    const closed = reasonOf(one.acquire());
    abort.abort(7);
    await expect(aborted).rejects.toBe(7);
    await expect(one.acquire({ signal: abort.signal })).rejects.toBe(7);
    one.close();
    expect(await closed).toMatchObject(CLOSED);
    for (const use of [() => one.tryAcquire(), () => one.release(), () => one.acquire()])
      expect(await reasonOf((async () => use())())).toMatchObject(CLOSED);
    expect(await other.locked).toBe(true);
    await guard.release();
    await eventually('it is free', async () => !(await other.locked));
  });
}

function twoOwners(make: Make): void {
  test('another owner does not enter, in whatever scope, and cannot release', async () => {
    const { one, other } = await make();
    await one.with(async (guard) => {
      expect(await other.tryAcquire()).toBeUndefined();
      await expect(other.acquire({ timeout: 0 })).rejects.toMatchObject(TIMEOUT);
      await expect(other.acquire({ within: guard })).rejects.toMatchObject(NOT_OWNER);
      expect(await reasonOf((async () => other.release())())).toMatchObject(NOT_OWNER);
      expect(await one.locked).toBe(true);
    });
  });

  test('the levels of an owner that is lost are gone; nobody but the next to acquire ends that', async () => {
    const { one, other, lose } = await make();
    const outer = await other.acquire();
    await other.acquire({ within: outer });
    await lose();
    const guard = await one.acquire();
    expect(guard.recovered).toBe(true);
    const inner = await one.acquire({ within: guard });
    expect(inner.recovered).toBe(false);
    for (const level of [inner, guard]) await level.release();
    expect(await one.locked).toBe(false);
  });
}
