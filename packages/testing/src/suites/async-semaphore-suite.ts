import { describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { AsyncFactory, AsyncSemaphore } from './async-types.ts';
import { CLOSED, maker, reasonOf, TIMEOUT } from './made.ts';

/** What a suite asks for: permits, and whether those of the dead come back, and whether there are never more. */
export interface SemaphoreOrder {
  readonly value: number;
  readonly recover?: boolean;
  readonly bounded?: boolean;
}

type Factory = AsyncFactory<AsyncSemaphore, [SemaphoreOrder]>;

/** What holds for a Semaphore in the event loop, wherever it lies. */
export function asyncSemaphoreSuite(factory: Factory): void {
  describe.each([[{ recover: false }], [{ recover: true }]])(`${factory.title}, %o`, ({ recover }) => {
    const make = maker(factory);
    permits((order) => make({ ...order, recover }));
    if (factory.hasTwoOwners) lostOwners((order) => make({ ...order, recover }), recover);
  });
}

type Make = (order: SemaphoreOrder) => ReturnType<Factory['make']>;

function permits(make: Make): void {
  test('counts down and up, and beyond its first value', async () => {
    const { one, other } = await make({ value: 2 });
    const values = [await one.value];
    const first = await one.acquire();
    values.push(await other.value);
    const second = await one.acquire({ timeout: 0 });
    values.push(await other.value);
    expect([await one.tryAcquire(), await other.tryAcquire()]).toEqual([undefined, undefined]);
    for (const permit of [first, second, first]) {
      await permit.release();
      values.push(await one.value);
    }
    await one.release();
    await other.release(3);
    expect([...values, await one.value]).toEqual([2, 1, 0, 1, 2, 2, 6]);
    expect(first.recovered).toBe(false);
  });

  test('a wait ends at the timeout, at the abort, and when it is closed', async () => {
    const { one } = await make({ value: 0 });
    for (const timeout of [0, 20]) await expect(one.acquire({ timeout })).rejects.toMatchObject(TIMEOUT);
    await expect(one.acquire({ signal: AbortSignal.abort(7) })).rejects.toBe(7);
    const abort = new AbortController();
    const aborted = one.acquire({ signal: abort.signal });
    abort.abort(8);
    await expect(aborted).rejects.toBe(8);
    const waiting = reasonOf(one.acquire());
    one.close();
    expect(await waiting).toMatchObject(CLOSED);
  });

  test('serves tasks in order, and gives back what a body threw out of', async () => {
    const { one } = await make({ value: 1 });
    const order: number[] = [];
    const work = (n: number) =>
      one.with(async () => {
        expect(await one.value).toBe(0);
        order.push(n);
        if (n === 2) throw new Error('in the body');
        return n;
      });
    const results = await Promise.allSettled([1, 2, 3].map(work));
    expect(order).toEqual([1, 2, 3]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await one.value).toBe(1);
  });

  test('what is released goes to the waits of all users', async () => {
    const { one, other } = await make({ value: 0 });
    const waits = [one.acquire(), other.acquire(), one.acquire()];
    await one.release(3);
    for (const permit of await Promise.all(waits)) await permit.release();
    expect(await one.value).toBe(3);
  });

  test('a permit is given back also when the semaphore was closed meanwhile', async () => {
    const { one, other } = await make({ value: 1 });
    const permit = await one.acquire();
    one.close();
    expect(await other.value).toBe(0);
    await permit.release();
    await eventually('it is given back', async () => (await other.value) === 1);
  });

  test('bounded, it refuses more permits than at first', async () => {
    const { one } = await make({ value: 2, bounded: true });
    await one.acquire();
    await one.acquire();
    await one.release();
    await one.release();
    expect(await one.value).toBe(2);
    const refused = await reasonOf((async () => one.release())());
    expect(refused).toBeInstanceOf(RangeError);
    expect(refused).toMatchObject({ message: expect.stringMatching(/it has all of its permits/) });
    expect(await one.value).toBe(2);
  });

  test.each([[0], [-1], [1.5], [Number.NaN]])('release(%o) is refused', async (count) => {
    const { one } = await make({ value: 1 });
    expect(await reasonOf((async () => one.release(count))())).toBeInstanceOf(RangeError);
  });
}

function lostOwners(make: Make, recovers: boolean): void {
  test(`the permits of an owner that is lost ${recovers ? 'come back' : 'are gone, as in Python'}`, async () => {
    const { one, other, lose } = await make({ value: 2 });
    await other.acquire();
    await other.acquire();
    const waiting = reasonOf(one.acquire(recovers ? {} : { timeout: 100 }));
    await lose();
    if (recovers) {
      expect(await waiting).toBeUndefined();
      const permit = await one.acquire();
      expect(permit.recovered).toBe(true);
      expect(await one.tryAcquire()).toBeUndefined();
      await permit.release();
      const next = await one.acquire();
      expect(next.recovered).toBe(false);
    } else {
      expect(await waiting).toMatchObject(TIMEOUT);
      await one.release(2);
      expect(await one.value).toBe(2);
    }
  });

  test('a waiter that is lost swallows no permit', async () => {
    const { one, other, lose } = await make({ value: 0 });
    const lost = reasonOf(other.acquire());
    await other.value;
    const waiting = one.acquire();
    await lose();
    expect(await lost).toMatchObject(CLOSED);
    await one.release();
    await (await waiting).release();
    expect(await one.value).toBe(1);
  });
}
