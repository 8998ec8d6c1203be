import { describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import type { AsyncBarrier, AsyncFactory } from './async-types.ts';
import { BROKEN, CLOSED, maker, reasonOf } from './made.ts';

/** What a suite asks for. The action and the timeout of a wait are those of the first user. */
export interface BarrierOrder {
  readonly parties: number;
  readonly action?: () => unknown;
  readonly timeout?: number;
}

type Factory = AsyncFactory<AsyncBarrier, [BarrierOrder]>;
type Make = Factory['make'];

/** What holds for a Barrier in the event loop, wherever it lies. */
export function asyncBarrierSuite(factory: Factory): void {
  describe(factory.title, () => {
    const make = maker(factory);
    meeting(make);
    actions(make);
    breaking(make);
    if (factory.hasTwoOwners) lostParties(make);
  });
}

function meeting(make: Make): void {
  test('lets tasks go on together, again and again, each with an index of its own', async () => {
    const { one, other } = await make({ parties: 5 });
    expect(await other.parties).toBe(5);
    let arrived = 0;
    const task = async (barrier: AsyncBarrier) => {
      const indexes: number[] = [];
      for (let round = 1; round <= 20; round++) {
        arrived++;
        indexes.push(await barrier.wait());
        expect(arrived).toBeGreaterThanOrEqual(round * 5);
        expect(arrived).toBeLessThanOrEqual(round * 5 + 4);
      }
      return indexes;
    };
    const all = await Promise.all([one, other, one, other, one].map(task));
    for (let round = 0; round < 20; round++)
      expect(all.map((indexes) => indexes[round]).sort()).toEqual([0, 1, 2, 3, 4]);
    expect([await one.nWaiting, await one.broken]).toEqual([0, false]);
  });

  test('of one party never waits', async () => {
    let actions = 0;
    const { one } = await make({ parties: 1, action: () => actions++ });
    expect([await one.wait(), await one.wait({ timeout: 20_000 }), await one.wait({ timeout: 0 })]).toEqual([
      0, 0, 0,
    ]);
    expect(actions).toBe(3);
  });
}

function actions(make: Make): void {
  test('runs its action once, before any party goes on', async () => {
    const events: string[] = [];
    const { one } = await make({
      parties: 3,
      action: async () => {
        events.push('begins');
        await new Promise(setImmediate);
        events.push('ends');
      },
    });
    await Promise.all([1, 2, 3].map(() => one.wait().then(() => events.push('goes on'))));
    expect(events).toEqual(['begins', 'ends', 'goes on', 'goes on', 'goes on']);
  });

  test('parties that come while the action runs are for the next meeting', async () => {
    const { one } = await make({ parties: 2, action: () => new Promise(setImmediate) });
    const indexes = await Promise.all([1, 2, 3, 4, 5, 6].map(() => one.wait()));
    expect(indexes.sort()).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('is broken by an action that throws: its runner gets that, the others the barrier', async () => {
    const cause = new Error('in the action');
    const { one } = await make({
      parties: 2,
      action: () => {
        throw cause;
      },
    });
    const reasons = await Promise.all([reasonOf(one.wait()), reasonOf(one.wait())]);
    expect(reasons).toContain(cause);
    expect(reasons.find((reason) => reason !== cause)).toMatchObject(BROKEN);
    expect(await one.broken).toBe(true);
    await one.reset();
    expect(await one.broken).toBe(false);
  });

  test('abort() while the action runs is for all parties', async () => {
    let goOn = () => {};
    const begun = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { one, other } = await make({
      parties: 2,
      action: async () => {
        await other.abort();
        goOn();
      },
    });
    const reasons = [reasonOf(one.wait()), reasonOf(one.wait())];
    await begun;
    for (const reason of reasons) expect(await reason).toMatchObject(BROKEN);
  });
}

function breaking(make: Make): void {
  test.each([
    [{}, { timeout: 20 }],
    [{ timeout: 20 }, undefined],
  ])('is broken by a timeout, of the barrier %o or of the wait %o', async (options, waiting) => {
    const { one, other } = await make({ parties: 3, ...options });
    const long = reasonOf(other.wait({ timeout: 20_000 }));
    await expect(one.wait(waiting)).rejects.toMatchObject(BROKEN);
    expect(await long).toMatchObject(BROKEN);
    for (const timeout of [20, 0]) await expect(other.wait({ timeout })).rejects.toMatchObject(BROKEN);
  });

  test('is broken by a wait that must not wait', async () => {
    const { one } = await make({ parties: 2 });
    await expect(one.wait({ timeout: 0 })).rejects.toMatchObject(BROKEN);
    expect(await one.broken).toBe(true);
  });

  test('is broken by an aborted wait and by abort(), until reset()', async () => {
    const { one, other } = await make({ parties: 2 });
    const abort = new AbortController();
    const aborted = one.wait({ signal: abort.signal });
    await eventually('it waits', async () => (await one.nWaiting) === 1);
    abort.abort(7);
    await expect(aborted).rejects.toBe(7);
    await expect(one.wait()).rejects.toMatchObject(BROKEN);
    await other.reset();
    const waiting = reasonOf(one.wait());
    await one.nWaiting;
    await other.abort();
    expect(await waiting).toMatchObject(BROKEN);
    await one.reset();
    expect((await Promise.all([one.wait(), other.wait()])).sort()).toEqual([0, 1]);
  });

  test('reset() breaks it for those that wait, and it is as new for the next', async () => {
    const { one, other } = await make({ parties: 2 });
    const waiting = reasonOf(one.wait());
    await one.nWaiting;
    await other.reset();
    expect([await one.broken, await one.nWaiting]).toEqual([false, 0]);
    expect((await Promise.all([one.wait(), one.wait()])).sort()).toEqual([0, 1]);
    expect(await waiting).toMatchObject(BROKEN);
  });

  test('a wait ends when it is closed', async () => {
    const { one } = await make({ parties: 2 });
    const waiting = reasonOf(one.wait());
    one.close();
    one.close();
    expect(await waiting).toMatchObject(CLOSED);
    for (const use of [() => one.wait(), () => one.abort(), () => one.broken])
      expect(await reasonOf((async () => use())())).toMatchObject(CLOSED);
  });
}

function lostParties(make: Make): void {
  test('a party that is lost while it waits breaks it for the others', async () => {
    const { one, other, lose } = await make({ parties: 3 });
    const lost = reasonOf(other.wait());
    const waiting = reasonOf(one.wait());
    await eventually('both wait', async () => (await one.nWaiting) === 2);
    await lose();
    expect(await lost).toMatchObject(CLOSED);
    expect(await waiting).toMatchObject(BROKEN);
    await one.reset();
    const indexes = await Promise.all([one.wait(), one.wait(), one.wait()]);
    expect(indexes.sort()).toEqual([0, 1, 2]);
  });

  test('a party that is lost when it does not wait breaks nothing', async () => {
    const { one, other, lose } = await make({ parties: 2 });
    await Promise.all([one.wait(), other.wait()]);
    await lose();
    expect(await one.broken).toBe(false);
    expect((await Promise.all([one.wait(), one.wait()])).sort()).toEqual([0, 1]);
  });
}
