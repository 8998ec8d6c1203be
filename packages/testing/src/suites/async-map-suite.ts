import { describe, expect, test } from 'vitest';
import type { AsyncFactory, AsyncMap } from './async-types.ts';
import { maker, reasonOf } from './made.ts';

const KEYS = [
  'a',
  '',
  'ä€😀',
  '\ud800',
  0,
  -1.5,
  Number.NaN,
  10n ** 30n,
  -1n,
  true,
  false,
  new Uint8Array([0, 255]),
];

/** What holds for a shared map in the event loop, wherever it lies. */
export function asyncMapSuite(factory: AsyncFactory<AsyncMap>): void {
  describe(factory.title, () => {
    const make = maker(factory);
    entries(make);
    changes(make);
  });
}

type Make = () => ReturnType<AsyncFactory<AsyncMap>['make']>;

async function sorted(map: AsyncMap): Promise<[unknown, unknown][]> {
  const all: [unknown, unknown][] = [];
  for await (const entry of map.entries()) all.push(entry);
  return all.sort((one, other) => (String(one) < String(other) ? -1 : 1));
}

function entries(make: Make): void {
  test('what one user sets, the other one has', async () => {
    const { one, other } = await make();
    expect([await one.size, await one.has('a'), await one.get('a'), await one.delete('a')]).toEqual([
      0,
      false,
      undefined,
      false,
    ]);
    await one.set('a', { deep: [1, new Date(0)] });
    await other.setMany([
      ['b', null],
      ['c', 3n],
    ]);
    expect(await other.get('a')).toEqual({ deep: [1, new Date(0)] });
    expect(await one.getMany(['c', 'x', 'b'])).toEqual([3n, undefined, null]);
    expect([await one.size, await one.has('b'), await other.delete('b'), await one.has('b')]).toEqual([
      3,
      true,
      true,
      false,
    ]);
    await one.set('a', 'new');
    expect(await sorted(other)).toEqual([
      ['a', 'new'],
      ['c', 3n],
    ]);
    await other.clear();
    expect([await one.size, await one.get('a'), await sorted(one), await one.getMany([])]).toEqual([
      0,
      undefined,
      [],
      [],
    ]);
  });

  test('keeps values of all keys apart, and gives the keys back', async () => {
    const { one, other } = await make();
    for (const [index, key] of KEYS.entries()) await one.set(key, index);
    expect([await other.size, await other.getMany(KEYS)]).toEqual([
      KEYS.length,
      KEYS.map((_, index) => index),
    ]);
    expect(await other.get(new Uint8Array([0, 255]))).toBe(KEYS.length - 1);
    expect(await other.get('0')).toBeUndefined();
    // Bytes may come as a Buffer.
    const plain = (key: unknown) => (key instanceof Uint8Array ? new Uint8Array(key) : key);
    const found = new Map((await sorted(other)).map(([key, value]) => [value, plain(key)]));
    expect(KEYS.map((_, index) => found.get(index))).toEqual(KEYS);
    await other.set(-0, 100);
    expect(await one.get(0)).toBe(100);
  });

  test('keys(), values() and the loop over it are those of entries()', async () => {
    const { one } = await make();
    await one.setMany(KEYS.map((key, index) => [key, index] as const));
    const [keys, values, both]: unknown[][] = [[], [], []];
    for await (const key of one.keys()) keys.push(key);
    for await (const value of one.values()) values.push(value);
    for await (const entry of one) both.push(entry);
    const all: [unknown, unknown][] = [];
    for await (const entry of one.entries()) all.push(entry);
    expect([keys, values, both]).toEqual([all.map(([key]) => key), all.map(([, value]) => value), all]);
  });

  test('what can be no key and no value is refused, and nothing is changed', async () => {
    const { one } = await make();
    const tried = async (run: () => unknown) => reasonOf((async () => run())());
    expect(await tried(() => one.get(Symbol('a') as never))).toBeInstanceOf(TypeError);
    expect(await tried(() => one.set({} as never, 1))).toBeInstanceOf(TypeError);
    expect(await tried(() => one.set('a', { f() {} }))).toMatchObject({ code: 'ERR_MP_SERIALIZATION' });
    expect(
      await tried(() =>
        one.setMany([
          ['a', 1],
          ['b', () => {}],
        ]),
      ),
    ).toMatchObject({
      code: 'ERR_MP_SERIALIZATION',
    });
    expect(await tried(() => one.set('a', 1, { ttl: 0 }))).toBeInstanceOf(RangeError);
    expect(await tried(() => one.set('a', 1, { tll: 1 } as never))).toBeInstanceOf(TypeError);
    expect(await one.size).toBe(0);
  });

  test('entries expire', async () => {
    const { one, other } = await make();
    await one.set('stays', 1);
    await one.setMany(
      [
        ['goes', 2],
        ['goes too', 3],
      ],
      { ttl: 50 },
    );
    await other.set('is kept', 4, { ttl: 50 });
    await one.set('is kept', 4);
    await one.set('long', 5, { ttl: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await other.getMany(['stays', 'goes', 'goes too', 'is kept', 'long'])).toEqual([
      1,
      undefined,
      undefined,
      4,
      5,
    ]);
    expect([await one.has('goes'), await one.delete('goes')]).toEqual([false, false]);
    expect((await sorted(one)).map(([key]) => key)).toEqual(['is kept', 'long', 'stays']);
    expect(await one.update('goes too', (n) => (n === undefined ? 7 : -1))).toBe(7);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await other.get('goes too')).toBe(7);
  });
}

function changes(make: Make): void {
  test('update() loses nothing, and removes what it makes undefined', async () => {
    const { one, other } = await make();
    const both = [one, other];
    const add = async (index: number) => both[index % 2].update('n', (n) => ((n as number) ?? 0) + 1);
    await Promise.all(Array.from({ length: 40 }, (_, index) => add(index)));
    expect(await one.get('n')).toBe(40);
    expect(await other.update('n', () => undefined)).toBeUndefined();
    expect([await one.has('n'), await one.size]).toEqual([false, 0]);
    const thrown = (async () =>
      one.update('n', () => {
        throw new Error('of the change');
      }))();
    expect(await reasonOf(thrown)).toMatchObject({ message: 'of the change' });
    expect(await one.has('n')).toBe(false);
  });

  test('getOrInsert() stores one value', async () => {
    const { one, other } = await make();
    const inserted = await Promise.all(
      [one, other, one].map(async (map, index) => map.getOrInsert('x', () => index)),
    );
    expect(new Set(inserted).size).toBe(1);
    expect(await other.getOrInsert('x', () => 9)).toBe(inserted[0]);
    expect(await one.get('x')).toBe(inserted[0]);
  });
}
