import type { SiteMap } from '@mp/redis';
import { leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { describeRedis } from './with-redis.ts';

leakCheck();

const REFUSED = { code: 'ERR_MP_NOT_OWNER' };

describeRedis('values and maps', {}, (redis) => {
  describe('a value', () => {
    test('is what it was first until it is set, for all sites', async () => {
      const [one, other] = [await redis.site(), await redis.site()];
      const [mine, theirs] = [one.value('v', { limit: 1 }), other.value('v', { limit: 2 })];
      expect([await mine.get(), await theirs.get()]).toEqual([{ limit: 1 }, { limit: 2 }]);
      await mine.set({ limit: 3 });
      expect([await mine.get(), await theirs.get()]).toEqual([{ limit: 3 }, { limit: 3 }]);
    });

    test.each([
      [0],
      [-0],
      [1.5],
      [1e300],
      [2 ** 53 - 1],
      [Number.NaN],
      [-Infinity],
      ['N1'],
      [null],
      [7n],
      [true],
    ])('keeps %o', async (value) => {
      const cell = (await redis.site()).value<unknown>('v', 'first');
      await cell.set(value);
      expect(Object.is(await cell.get(), value)).toBe(true);
      expect(Object.is(await cell.compareExchange(value, 'next'), value)).toBe(true);
      expect(await cell.get()).toBe('next');
    });

    test('adds at once for everybody, in one round trip, and tells the value before', async () => {
      const sites = [await redis.site(), await redis.site()];
      const before: number[] = [];
      await Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          before.push(await sites[i % 2].value('n', 10).add(1));
        }),
      );
      expect(before.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 10));
      const n = sites[0].value('n', 10);
      const calls = await redis.server.calls();
      expect([await n.add(0.5), await n.add(-0.25), await n.get()]).toEqual([210, 210.5, 210.25]);
      const after = await redis.server.calls();
      expect(after.evalsha + after.eval - (calls.evalsha ?? 0) - calls.eval).toBe(3);
      await n.set(0.1);
      await n.add(0.2);
      expect(await n.compareExchange(0.1 + 0.2, 1e-7)).toBe(0.1 + 0.2);
      expect([await n.add(1e-7), await n.compareExchange(2e-7, 5), await n.get()]).toEqual([1e-7, 2e-7, 5]);
      await expect(n.add(Number.NaN)).rejects.toThrow(TypeError);
      await expect(
        sites[0].value('text', 'x').add.call(sites[0].value('text', 'x') as never, 1),
      ).rejects.toThrow(TypeError);
    });

    test('update() loses nothing', async () => {
      const sites = [await redis.site(), await redis.site(), await redis.site()];
      await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          sites[i % 3].value('v', { n: 0 }).update(async ({ n }) => ({ n: n + 1 })),
        ),
      );
      expect(await sites[0].value('v', { n: 0 }).get()).toEqual({ n: 60 });
      await expect(
        sites[0].value('v', 0).update(() => {
          throw new Error('of the change');
        }),
      ).rejects.toThrow('of the change');
    });

    test('refuses a token that is smaller than the last', async () => {
      const v = (await redis.site()).value('v', 0);
      await v.set(1, { token: 5 });
      await v.set(2, { token: 5 });
      for (const write of [
        () => v.set(3, { token: 4 }),
        () => v.add(3, { token: 4 }),
        () => v.update(() => 3, { token: 4 }),
      ])
        await expect(write()).rejects.toMatchObject(REFUSED);
      await v.set(4);
      expect(await v.add(1, { token: 6 })).toBe(4);
      await expect(v.set(1, { token: -1 })).rejects.toThrow(RangeError);
      await expect(v.set(1, { token: '5' as never })).rejects.toThrow(TypeError);
    });
  });

  describe('a map', () => {
    test('gives and takes any value, and says what is no entry', async () => {
      const map = (await redis.site()).map<string, unknown>('m');
      await map.setMany(new Map<string, unknown>([['b', { c: new Date(0) }]]));
      expect(await map.get('b')).toEqual({ c: new Date(0) });
      await map.setMany([]);
      await expect(map.setMany(['ab' as never])).rejects.toThrow(/entries\[0\] must be/);
      await expect(map.set('a', undefined as never)).rejects.toMatchObject({ code: 'ERR_MP_SERIALIZATION' });
    });

    test('one round trip for many', async () => {
      const map = (await redis.site()).map<number, number>('m');
      await map.setMany([[0, 0]]);
      await map.getMany([0]);
      const before = await redis.server.calls();
      await map.setMany(Array.from({ length: 5_000 }, (_, i) => [i, i] as const));
      const values = await map.getMany(Array.from({ length: 5_000 }, (_, i) => i));
      const after = await redis.server.calls();
      expect(values).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
      expect(after.evalsha - (before.evalsha ?? 0)).toBe(2);
      const keys = new Set<number>();
      for await (const key of map.keys()) keys.add(key);
      expect(keys.size).toBe(5_000);
    });

    test('entries expire on the clock of Redis', async () => {
      const map: SiteMap<string, number> = (await redis.site()).map('m');
      await map.set('stays', 1);
      await map.setMany(
        [
          ['goes', 2],
          ['goes too', 3],
        ],
        { ttl: 50 },
      );
      await map.set('is kept', 4, { ttl: 50 });
      await map.set('is kept', 4);
      await map.set('long', 5, { ttl: 60_000 });
      expect(await map.update('long', (n = 0) => n + 1)).toBe(6);
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(await map.getMany(['stays', 'goes', 'goes too', 'is kept', 'long'])).toEqual([
        1,
        undefined,
        undefined,
        4,
        6,
      ]);
      expect([await map.size, await map.has('goes'), await map.delete('goes')]).toEqual([3, false, false]);
      const values: number[] = [];
      for await (const value of map.values()) values.push(value);
      expect(values.toSorted()).toEqual([1, 4, 6]);
      expect(await map.update('goes too', (n) => (n === undefined ? 7 : -1))).toBe(7);
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(await map.get('goes too')).toBe(7);
      // The entry that would still expire kept its time.
      expect(Number((await redis.server.command('ZCARD', `${redis.namespace}:{map:m}:ends`)).slice(1))).toBe(
        1,
      );
      await expect(map.set('a', 1, { ttl: 0 })).rejects.toThrow(RangeError);
      await expect(map.set('a', 1, { tll: 1 } as never)).rejects.toThrow(/did you mean "ttl"/);
    });

    test('refuses a token that is smaller than the last, and changes nothing', async () => {
      const map = (await redis.site()).map<string, number>('m');
      await map.set('a', 1, { token: 7 });
      for (const write of [
        () => map.set('a', 2, { token: 6 }),
        () => map.setMany([['b', 2]], { token: 6 }),
        () => map.delete('a', { token: 6 }),
        () => map.update('a', () => 2, { token: 6 }),
        () => map.clear({ token: 6 }),
      ])
        await expect(write()).rejects.toMatchObject(REFUSED);
      expect([await map.get('a'), await map.size]).toEqual([1, 1]);
      await map.set('a', 3, { token: 8 });
      expect(await map.delete('a', { token: 8 })).toBe(true);
    });
  });

  test('what lies in the memory of one machine is refused, with the reason', async () => {
    const site = await redis.site();
    const error = await site
      .map('m')
      .set('a', { deep: [site.lock('l', { ttl: 1_000 })] })
      .catch((e) => e);
    expect(error).toMatchObject({ code: 'ERR_MP_SERIALIZATION', path: 'value.deep[0]' });
    expect(error.message).toMatch(/the lock "l" belongs to the site/);
  });
});
