import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { AsyncCondition, AsyncFactory, Users } from './async-types.ts';
import { CLOSED, maker, NOT_OWNER, reasonOf } from './made.ts';

/** Which lock a condition has, and how many conditions there are of that lock. */
export interface ConditionOrder {
  readonly lock: 'own' | 'lock' | 'rlock';
}

type Factory = AsyncFactory<AsyncCondition, [ConditionOrder]>;
type Make = () => Promise<Users<AsyncCondition>>;

/** What holds for a Condition in the event loop, wherever it lies. */
export function asyncConditionSuite(factory: Factory): void {
  describe.each([['own'], ['lock'], ['rlock']] as const)(`${factory.title}, of the lock: %s`, (lock) => {
    const make = maker(factory);
    notifying(() => make({ lock }));
    ending(() => make({ lock }));
    if (lock !== 'lock') reentrance(() => make({ lock }));
    if (factory.hasTwoOwners) twoOwners(() => make({ lock }));
  });
}

/** Begins waits that note their number when they are over. */
async function waiters(cond: AsyncCondition, count: number, woken: number[] = [], timeout = 20_000) {
  const before = await cond.waiting;
  const waits = Array.from({ length: count }, (_, number) =>
    cond.with(async () => {
      const notified = await cond.wait({ timeout });
      woken.push(number);
      return notified;
    }),
  );
  await eventually('all wait', async () => (await cond.waiting) === before + count);
  return waits;
}

const isLocked = async (cond: AsyncCondition) => (await cond.lock).locked;

function notifying(make: Make): void {
  test('notify wakes exactly as many tasks as asked for, in order; notifyAll the rest', async () => {
    const { one, other } = await make();
    const woken: number[] = [];
    const waits = await waiters(one, 10, woken);
    await other.with(() => other.notify());
    await waits[0];
    await one.with(() => one.notify(3));
    await Promise.all(waits.slice(1, 4));
    await one.with(() => one.notify(0));
    await turn();
    expect([woken, await one.waiting]).toEqual([[0, 1, 2, 3], 6]);
    await other.with(() => other.notifyAll());
    expect(await Promise.all(waits)).toEqual(Array(10).fill(true));
    expect([await one.waiting, await isLocked(one)]).toEqual([0, false]);
  });

  test('no waiter goes on before the notifier gives the lock up', async () => {
    const { one, other } = await make();
    const woken: number[] = [];
    const waits = await waiters(one, 2, woken);
    await other.with(async () => {
      await other.notifyAll();
      for (let turns = 0; turns < 20; turns++) await turn();
      await one.waiting;
      expect(woken).toEqual([]);
    });
    await Promise.all(waits);
  });

  test('waitFor answers what the predicate answered last', async () => {
    const { one } = await make();
    let value = 0;
    const waiting = one.with(() => one.waitFor(() => value === 4 && 'four'));
    for (let step = 1; step <= 4; step++) {
      await one.with(async () => {
        value = step;
        await one.notify();
      });
    }
    expect(await waiting).toBe('four');
    expect(await one.with(() => one.waitFor(async () => 'at once', { timeout: 0 }))).toBe('at once');
    const start = performance.now();
    const late = one.with(() => one.waitFor(() => false, { timeout: 100 }));
    for (let count = 0; count < 3; count++) await one.with(() => one.notify());
    expect(await late).toBe(false);
    expect(performance.now() - start).toBeGreaterThan(95);
    const failing = one.with(() =>
      one.waitFor(() => {
        throw new Error('in the predicate');
      }),
    );
    await expect(failing).rejects.toThrow('in the predicate');
    expect(await isLocked(one)).toBe(false);
  });

  test('wait and notify are for who holds the lock', async () => {
    const { one } = await make();
    await expect(one.wait()).rejects.toMatchObject(NOT_OWNER);
    await expect(one.waitFor(() => true)).rejects.toThrow(/holds it/);
    for (const use of [() => one.notify(), () => one.notifyAll(), () => one.release()])
      expect(await reasonOf((async () => use())())).toMatchObject(NOT_OWNER);
  });

  test.each([[-1], [1.5], [Number.NaN], ['1'], [null]])('notify(%o) is refused', async (count) => {
    const { one } = await make();
    await one.with(async () => {
      expect(await reasonOf((async () => one.notify(count as never))())).toBeInstanceOf(RangeError);
    });
  });

  test('many waits', async () => {
    const { one } = await make();
    const woken: number[] = [];
    const waits = await waiters(one, 400, woken);
    await one.with(() => one.notify(70));
    await Promise.all(waits.slice(0, 70));
    expect(await one.waiting).toBe(330);
    await one.with(() => one.notifyAll());
    await Promise.all(waits);
    expect(woken).toEqual(waits.map((_, index) => index));
    expect(await one.waiting).toBe(0);
  });
}

function ending(make: Make): void {
  test('waits that time out answer false, hold the lock, and leave nothing for a later notify', async () => {
    const { one } = await make();
    for (const timeout of [0, -1, 30]) {
      const start = performance.now();
      const answer = one.with(async () => {
        const notified = await one.wait({ timeout });
        expect(await isLocked(one)).toBe(true);
        return notified;
      });
      expect(await answer).toBe(false);
      expect(performance.now() - start).toBeGreaterThanOrEqual(timeout - 1);
    }
    const late = Array.from({ length: 6 }, () => one.with(() => one.wait({ timeout: 50 })));
    expect(await Promise.all(late)).toEqual(Array(6).fill(false));
    // No task waits: this does nothing.
    await one.with(() => one.notifyAll());
    const waits = await waiters(one, 6);
    await one.with(() => one.notify(6));
    expect(await Promise.all(waits)).toEqual(Array(6).fill(true));
  });

  test('the guard goes on over a wait: it has the token of the present acquisition, and ends it', async () => {
    const { one } = await make();
    let before = 0;
    const waiting = one.with(async (guard) => {
      before = guard.token;
      await one.wait();
      await one.wait();
      expect(guard.token).toBeGreaterThan(before + 2);
      expect([guard.recovered, await isLocked(one)]).toEqual([false, true]);
      await guard.release();
      expect(await isLocked(one)).toBe(false);
    });
    for (let round = 0; round < 2; round++) {
      await eventually('it waits', async () => (await one.waiting) === 1);
      await one.with(() => one.notify());
    }
    await waiting;
    expect(await one.with(() => one.wait({ timeout: 0 }))).toBe(false);
  });

  test('an aborted wait has the lock again when it rejects, and its notification goes to the next', async () => {
    const { one } = await make();
    const abort = new AbortController();
    const aborted = one.with(async () => {
      await expect(one.wait({ signal: abort.signal })).rejects.toBe(7);
      expect(await isLocked(one)).toBe(true);
      await expect(one.wait({ signal: abort.signal })).rejects.toBe(7);
    });
    await eventually('it waits', async () => (await one.waiting) === 1);
    const [next] = await waiters(one, 1);
    await one.with(async () => {
      const notified = one.notify();
      abort.abort(7);
      await notified;
    });
    await aborted;
    expect(await next).toBe(true);
  });

  test('a notification that comes while a wait that timed out wants its lock is received', async () => {
    const { one } = await make();
    let enter = () => {};
    const entered = new Promise<void>((resolve) => {
      enter = resolve;
    });
    let goOn = () => {};
    const later = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const waiting = one.with(async () => {
      enter();
      await later;
      return await one.wait({ timeout: 20 });
    });
    await entered;
    // It stands in line for the lock before the wait begins, and has it until that is late.
    const notifying = one.with(async () => {
      const over = performance.now() + 60;
      while (performance.now() < over) await turn();
      await one.notify();
    });
    await one.waiting;
    goOn();
    await notifying;
    expect(await waiting).toBe(true);
  });

  test('waits end when it is closed; closed, it rejects', async () => {
    const { one } = await make();
    const waits = [1, 2].map(() => reasonOf(one.with(() => one.wait())));
    await eventually('both wait', async () => (await one.waiting) === 2);
    one.close();
    one.close();
    for (const wait of waits) expect(await wait).toMatchObject(CLOSED);
    for (const use of [() => one.wait(), () => one.notify(), () => one.notifyAll()])
      expect(await reasonOf((async () => use())())).toMatchObject(CLOSED);
  });

  test('several tasks hand work on to each other', async () => {
    const { one, other } = await make();
    const buffer: number[] = [];
    const got: number[] = [];
    const consumer = one.with(async () => {
      while (got.length < 20) {
        await one.waitFor(() => buffer.length > 0);
        got.push(buffer.shift() as number);
        await one.notifyAll();
      }
    });
    for (let count = 0; count < 20; count++)
      await other.with(async () => {
        await other.waitFor(() => buffer.length < 2);
        buffer.push(count);
        await other.notifyAll();
      });
    await consumer;
    expect(got).toEqual(Array.from({ length: 20 }, (_, number) => number));
  });
}

function reentrance(make: Make): void {
  test('all levels of an RLock are given up, and had again', async () => {
    const { one } = await make();
    const lock = await one.lock;
    const waiting = one.with(() =>
      one.with(async () => {
        const bare = await lock.acquire();
        expect(await one.wait()).toBe(true);
        await bare.release();
        expect(await lock.locked).toBe(true);
      }),
    );
    await eventually('it waits', async () => (await one.waiting) === 1);
    expect(await lock.locked).toBe(false);
    await one.with(() => one.notify());
    await waiting;
    expect(await lock.locked).toBe(false);
  });

  test('a task that does not show its guard, and is in no scope, is not known as the owner', async () => {
    const { one } = await make();
    const guard = await one.acquire();
    await expect(one.wait({ timeout: 0 })).rejects.toThrow(
      /this task is not known as its owner.*within: guard/,
    );
    expect(await one.wait({ timeout: 0, within: guard })).toBe(false);
    expect(await one.waitFor(() => 1, { within: guard })).toBe(1);
    await guard.release();
    await expect(one.wait({ within: guard })).rejects.toMatchObject(NOT_OWNER);
    expect(await isLocked(one)).toBe(false);
  });

  test('levels that are released during the wait do not come back', async () => {
    const { one } = await make();
    const guard = await one.acquire();
    const waiting = one.wait({ within: guard });
    await guard.release();
    await one.with(() => one.notify());
    expect(await waiting).toBe(true);
    expect(await isLocked(one)).toBe(false);
  });
}

function twoOwners(make: Make): void {
  test('an owner without the lock neither waits nor notifies', async () => {
    const { one, other } = await make();
    await one.with(async () => {
      await expect(other.wait()).rejects.toMatchObject(NOT_OWNER);
      expect(await reasonOf((async () => other.notify())())).toMatchObject(NOT_OWNER);
    });
  });

  test('the notification of a waiter that is lost goes to the next', async () => {
    const { one, other, lose } = await make();
    const lost = reasonOf((await waiters(other, 1))[0]);
    const [next, last] = await waiters(one, 2);
    await one.with(async () => {
      await one.notify();
      expect(await one.waiting).toBe(2);
      await lose();
      await eventually('it is passed on', async () => (await one.waiting) === 1);
    });
    expect(await lost).toMatchObject(CLOSED);
    expect(await next).toBe(true);
    await one.with(() => one.notify());
    expect(await last).toBe(true);
  });

  test('waiters that are lost are passed over', async () => {
    const { one, other, lose } = await make();
    const lost = (await waiters(other, 3)).map(reasonOf);
    const [next] = await waiters(one, 1);
    await lose();
    for (const each of lost) expect(await each).toMatchObject(CLOSED);
    await eventually('they are gone', async () => (await one.waiting) === 1);
    await one.with(() => one.notify());
    expect(await next).toBe(true);
  });

  test('a wait that gets the lock of an owner that is lost says so by its guard', async () => {
    const { one, other, lose } = await make();
    const waiting = one.with(async (guard) => {
      expect([await one.wait(), guard.recovered]).toEqual([true, true]);
    });
    await eventually('it waits', async () => (await one.waiting) === 1);
    await other.acquire();
    await other.notify();
    await lose();
    await waiting;
    expect(await isLocked(one)).toBe(false);
  });
}
