import { describe, expect, test } from 'vitest';
import type { AsyncEvent, AsyncFactory } from './async-types.ts';
import { CLOSED, maker, reasonOf } from './made.ts';

/** What holds for an Event in the event loop, wherever it lies. */
export function asyncEventSuite(factory: AsyncFactory<AsyncEvent>): void {
  describe(factory.title, () => {
    const make = maker(factory);

    test('is set and cleared, and answers waits by that', async () => {
      const { one, other } = await make();
      expect(await one.isSet).toBe(false);
      for (const timeout of [0, -1, 20]) expect(await other.wait({ timeout })).toBe(false);
      await one.set();
      await other.set();
      expect(await Promise.all([other.isSet, one.wait(), other.wait(), one.wait({ timeout: 0 })])).toEqual([
        true,
        true,
        true,
        true,
      ]);
      await other.clear();
      await one.clear();
      expect([await one.isSet, await one.wait({ timeout: 0 })]).toEqual([false, false]);
    });

    test('wakes all tasks that wait, also when it is cleared at once', async () => {
      const { one, other } = await make();
      const waits = [one.wait(), one.wait({ timeout: 20_000 }), other.wait()];
      // Asked after the waits, and answered: they have begun.
      await Promise.all([one.isSet, other.isSet]);
      await Promise.all([one.set(), one.clear()]);
      expect(await Promise.all(waits)).toEqual([true, true, true]);
      expect(await one.wait({ timeout: 10 })).toBe(false);
    });

    test('a wait ends with the reason of its signal, and when it is closed', async () => {
      const { one, other } = await make();
      const reason = new Error('enough');
      const abort = new AbortController();
      const aborted = one.wait({ signal: abort.signal });
      const closed = reasonOf(one.wait());
      abort.abort(reason);
      await expect(aborted).rejects.toBe(reason);
      one.close();
      one.close();
      expect(await closed).toMatchObject(CLOSED);
      for (const use of [() => one.wait(), () => one.set(), () => one.clear(), () => one.isSet])
        expect(await reasonOf((async () => use())())).toMatchObject(CLOSED);
      expect(await other.isSet).toBe(false);
    });

    if (!factory.hasTwoOwners) return;

    test('a waiter that is lost holds up neither set() nor the others', async () => {
      const { one, other, lose } = await make();
      const lost = reasonOf(other.wait());
      const waiting = one.wait();
      await other.isSet;
      await lose();
      expect(await lost).toMatchObject(CLOSED);
      await one.set();
      expect(await waiting).toBe(true);
    });
  });
}
