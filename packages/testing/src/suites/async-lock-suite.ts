import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { AsyncFactory, AsyncLock } from './async-types.ts';
import { CLOSED, maker, NOT_OWNER, reasonOf, TIMEOUT } from './made.ts';

/** What holds for a Lock in the event loop, wherever the lock lies. */
export function asyncLockSuite(factory: AsyncFactory<AsyncLock>): void {
  describe(factory.title, () => {
    const make = maker(factory);
    oneHolder(make);
    earlyEnds(make);
    if (factory.hasTwoOwners) lostOwners(make);
  });
}

type Make = AsyncFactory<AsyncLock>['make'];

function oneHolder(make: Make): void {
  test('is acquired and released, and tells who has it', async () => {
    const { one, other } = await make();
    expect([await one.locked, await one.holder]).toEqual([false, undefined]);
    const first = await one.acquire();
    expect([await other.locked, await other.tryAcquire(), first.recovered]).toEqual([true, undefined, false]);
    expect(await other.holder).toMatchObject({ alive: true, since: expect.any(Date) });
    await first.release();
    const second = await other.acquire();
    expect(second.token).toBeGreaterThan(first.token);
    await first.release();
    expect(await one.locked).toBe(true);
    second[Symbol.dispose]();
    await eventually('it is free', async () => !(await one.locked));
    const third = await one.tryAcquire();
    expect(third?.token).toBeGreaterThan(second.token);
    await third?.release();
    await third?.release();
    expect([await one.locked, await other.holder]).toEqual([false, undefined]);
  });

  test('tasks exclude each other and come in order', async () => {
    const { one, other } = await make();
    for (const locks of [[one], [one, other]]) {
      const order: number[] = [];
      let inside = 0;
      const task = (number: number) =>
        locks[number % locks.length].with(async () => {
          expect(++inside).toBe(1);
          await turn();
          order.push(number);
          inside--;
        });
      await Promise.all(Array.from({ length: 20 }, (_, number) => task(number)));
      if (locks.length === 1) expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(order).toHaveLength(20);
    }
  });

  test('with() releases when the body throws, and passes on what it returns', async () => {
    const { one } = await make();
    expect(await one.with((guard) => guard.token)).toBeGreaterThan(0);
    await expect(one.with(() => Promise.reject(new Error('body')))).rejects.toThrow('body');
    await expect(
      one.with(() => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    expect(await one.locked).toBe(false);
  });

  test('release() is for anybody, and refused when nobody holds it', async () => {
    const { one, other } = await make();
    const guard = await one.acquire();
    await other.release();
    for (const lock of [one, other])
      expect(await reasonOf((async () => lock.release())())).toMatchObject(NOT_OWNER);
    const next = await other.acquire();
    await guard.release();
    expect(await one.locked).toBe(true);
    await next.release();
    expect(await one.locked).toBe(false);
  });

  test('a release hands it to the task that waits', async () => {
    const { one, other } = await make();
    const guard = await one.acquire();
    const waiting = other.acquire();
    await guard.release();
    const next = await waiting;
    expect([next.recovered, await one.locked]).toEqual([false, true]);
    await next.release();
  });
}

function earlyEnds(make: Make): void {
  test('a wait ends at its timeout; 0 and less try once', async () => {
    const { one, other } = await make();
    const held = await one.acquire();
    for (const timeout of [20, 0, -1])
      await expect(other.acquire({ timeout })).rejects.toMatchObject(TIMEOUT);
    await expect(one.acquire({ timeout: Number.NaN })).rejects.toThrow(RangeError);
    await expect(one.acquire({ timeout: '1' as never })).rejects.toThrow(TypeError);
    await expect(one.acquire({ signal: {} as never })).rejects.toThrow(TypeError);
    await held.release();
    for (const timeout of [0, -1, 10_000]) await (await other.acquire({ timeout })).release();
  });

  test('a wait ends when it is aborted, with the reason; the lock goes to the next in line', async () => {
    const { one, other } = await make();
    const held = await one.acquire();
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    const first = other.acquire({ signal: controller.signal });
    const second = other.acquire();
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    await held.release();
    await (await second).release();
    await expect(one.acquire({ signal: controller.signal })).rejects.toBe(reason);
    expect(await one.locked).toBe(false);
  });

  test('a wait ends when the lock is closed here; closed, it rejects; its guard still releases', async () => {
    const { one, other } = await make();
    const held = await one.acquire();
    const waiting = reasonOf(one.acquire());
    one.close();
    one.close();
    expect(await waiting).toMatchObject(CLOSED);
    for (const use of [() => one.acquire(), () => one.tryAcquire(), () => one.release(), () => one.locked])
      expect(await reasonOf((async () => use())())).toMatchObject(CLOSED);
    expect(await other.locked).toBe(true);
    await held.release();
    await (await other.acquire()).release();
  });
}

function lostOwners(make: Make): void {
  test('an owner that is lost leaves it locked until it is acquired, and that guard says so', async () => {
    const { one, other, lose } = await make();
    const before = await other.acquire();
    await lose();
    await eventually('the loss is seen', async () => (await one.holder)?.alive === false);
    expect(await one.locked).toBe(true);
    const guard = await one.acquire();
    expect([guard.recovered, guard.token > before.token]).toEqual([true, true]);
    await guard.release();
    const next = await one.acquire();
    expect(next.recovered).toBe(false);
    await next.release();
  });

  test('an abandoned lock can be released, once', async () => {
    const { one, other, lose } = await make();
    await other.acquire();
    await lose();
    await eventually('the loss is seen', async () => (await one.holder)?.alive === false);
    await one.release();
    expect(await reasonOf((async () => one.release())())).toMatchObject(NOT_OWNER);
    const guard = await one.tryAcquire();
    expect(guard?.recovered).toBe(false);
    await guard?.release();
  });

  test('what waits for an owner that is lost gets it at once, recovered, and only the first is told so', async () => {
    const { one, other, lose } = await make();
    await other.acquire();
    const waits = [one.acquire(), one.acquire()];
    await lose();
    const first = await waits[0];
    await first.release();
    const second = await waits[1];
    expect([first.recovered, second.recovered]).toEqual([true, false]);
    await second.release();
  });

  test('a waiter that is lost is passed over', async () => {
    const { one, other, lose } = await make();
    const held = await one.acquire();
    const lost = reasonOf(other.acquire());
    await other.locked;
    const waiting = one.acquire();
    await lose();
    expect(await lost).toMatchObject(CLOSED);
    await held.release();
    const guard = await waiting;
    expect(guard.recovered).toBe(false);
    await guard.release();
    expect(await one.locked).toBe(false);
  });
}
