import { task } from '@mp/manager';
import { leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { collect, errorOf, serveHere } from './here.ts';

leakCheck();
const here = serveHere();

const double = task(
  import.meta,
  (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) * 2).get(key),
  {
    name: 'double',
  },
);
const byLength = task(import.meta, (items: string[]) => void items.sort((a, b) => a.length - b.length), {
  name: 'byLength',
});
const addAll = task(
  import.meta,
  (set: Set<number>, ...more: number[]) => more.map((each) => set.add(each)).length,
  {
    name: 'addAll',
  },
);
const rename = task(
  import.meta,
  (names: { first: string; last: string }) => {
    [names.first, names.last] = [names.last, names.first];
  },
  { name: 'rename' },
);

describe('dict', () => {
  test('what it is made of: nothing, an object, a Map, pairs', async () => {
    const { manager } = here;
    expect(await (await manager.dict()).items()).toEqual([]);
    expect(await (await manager.dict({ b: 1, a: 2 })).items()).toEqual([
      ['b', 1],
      ['a', 2],
    ]);
    expect(await (await manager.dict(new Map([[1, 'x']]))).items()).toEqual([[1, 'x']]);
    expect(await (await manager.dict([[true, null]] as [boolean, null][])).items()).toEqual([[true, null]]);
    for (const wrong of [7, 'ab', [1], [[1]], [[1, 2, 3]], new Set([1])])
      expect(await errorOf(manager.dict(wrong as never))).toBeInstanceOf(TypeError);
  });

  test('get, set, has, delete', async () => {
    const dict = await here.manager.dict<number | undefined>();
    expect(await dict.set('a', 1)).toBeUndefined();
    expect([await dict.get('a'), await dict.get('b')]).toEqual([1, undefined]);
    expect([await dict.has('a'), await dict.has('b')]).toEqual([true, false]);
    expect([await dict.delete('a'), await dict.delete('a')]).toEqual([true, false]);
    await dict.set('nothing', undefined);
    expect([await dict.has('nothing'), await dict.get('nothing')]).toEqual([true, undefined]);
  });

  test('pop, popItem, setDefault', async () => {
    const dict = await here.manager.dict({ a: 1, b: 2, c: 3 });
    expect([await dict.pop('b'), await dict.pop('b')]).toEqual([2, undefined]);
    expect([await dict.popItem(), await dict.popItem(), await dict.popItem()]).toEqual([
      ['c', 3],
      ['a', 1],
      undefined,
    ]);
    expect([await dict.setDefault('x', 5), await dict.setDefault('x', 6)]).toEqual([5, 5]);
  });

  test('update with entries, all or none; update with a task', async () => {
    const dict = await here.manager.dict<number>({ a: 1 });
    await dict.update({ a: 2, b: 3 });
    await dict.update(new Map([['c', 4]]));
    expect(await dict.items()).toEqual([
      ['a', 2],
      ['b', 3],
      ['c', 4],
    ]);
    const wrong = [
      ['d', 5],
      [{}, 6],
    ] as never;
    expect(await errorOf(dict.update(wrong))).toBeInstanceOf(TypeError);
    expect(await dict.has('d')).toBe(false);
    expect([await dict.update(double, 'b'), await dict.get('b')]).toEqual([6, 6]);
    expect(() => dict.update(() => 1)).toThrow(TypeError);
  });

  test('size, keys, values, items, toMap, clear and a loop, which sees what was there when it began', async () => {
    const dict = await here.manager.dict<number>({ b: 1, a: 2 });
    expect([await dict.size, await dict.keys(), await dict.values()]).toEqual([2, ['b', 'a'], [1, 2]]);
    expect(await dict.toMap()).toEqual(
      new Map([
        ['b', 1],
        ['a', 2],
      ]),
    );
    const seen: string[] = [];
    for await (const key of dict) {
      seen.push(key);
      await dict.clear();
    }
    expect([seen, await dict.size, await collect(dict)]).toEqual([['b', 'a'], 0, []]);
  });

  test('an object, or nothing, is no key: it would never be found again', async () => {
    const dict = await here.manager.dict<number, unknown>();
    for (const key of [{}, [1, 2], undefined, await here.manager.list()])
      expect(await errorOf(dict.set(key, 1))).toBeInstanceOf(TypeError);
    await dict.set('__proto__', 1);
    await dict.set(10n, 2);
    expect(await dict.items()).toEqual([
      ['__proto__', 1],
      [10n, 2],
    ]);
  });
});

describe('list', () => {
  test('at, set, push, extend, pop, insert', async () => {
    const list = await here.manager.list<number>([1, 2, 3]);
    expect([await list.at(0), await list.at(-1), await list.at(3)]).toEqual([1, 3, undefined]);
    await list.set(-1, 30);
    for (const index of [3, -4, 0.5]) expect(await errorOf(list.set(index, 0))).toBeInstanceOf(RangeError);
    expect([await list.push(4, 5), await list.extend(new Set([6]))]).toEqual([5, 6]);
    expect([await list.pop(), await list.pop(0), await list.pop(-1)]).toEqual([6, 1, 5]);
    expect(await errorOf(list.pop(9))).toBeInstanceOf(RangeError);
    await list.insert(1, 7);
    await list.insert(-1, 8);
    await list.insert(99, 9);
    expect(await list.toArray()).toEqual([2, 7, 30, 8, 4, 9]);
    await list.clear();
    expect([await list.length, await list.pop()]).toEqual([0, undefined]);
    expect(await errorOf(list.pop(0))).toBeInstanceOf(RangeError);
    expect(() => list.extend('text' as never)).toThrow(TypeError);
  });

  test('what is equal: as in Python, data with the same content; objects of the server only themselves', async () => {
    const { manager } = here;
    const inner = await manager.list();
    const list = await manager.list<unknown>([1, { a: [1] }, NaN, inner, 1, await manager.list()]);
    expect([await list.indexOf(1), await list.indexOf(1, 1), await list.indexOf(2)]).toEqual([0, 4, -1]);
    expect([await list.count(1), await list.includes(NaN), await list.includes('1')]).toEqual([
      2,
      true,
      false,
    ]);
    expect([await list.indexOf({ a: [1] }), await list.indexOf(inner)]).toEqual([1, 3]);
    expect([await list.count(inner), await list.count([])]).toEqual([1, 0]);
    expect([await list.remove({ a: [1] }), await list.remove({ a: [1] }), await list.length]).toEqual([
      true,
      false,
      5,
    ]);
  });

  test('sort by size, reverse, slice, splice', async () => {
    const list = await here.manager.list<number | string | bigint>([10, 9, 2n, 1]);
    await list.sort();
    expect(await list.toArray()).toEqual([1, 2n, 9, 10]);
    await list.sort({ reverse: true });
    await list.reverse();
    await list.reverse();
    expect(await list.slice(1, -1)).toEqual([9, 2n]);
    expect([await list.slice(2), await list.slice(5, 9)]).toEqual([[2n, 1], []]);
    expect([await list.splice(1, 2, 'a', 'b'), await list.toArray()]).toEqual([
      [9, 2n],
      [10, 'a', 'b', 1],
    ]);
    expect(await errorOf(list.sort())).toBeInstanceOf(TypeError);
    expect([await list.splice(1), await list.toArray()]).toEqual([['a', 'b', 1], [10]]);
  });

  test('a task gets the array; a loop sees what was there when it began', async () => {
    const list = await here.manager.list(['ccc', 'a', 'bb']);
    await list.update(byLength);
    const seen: string[] = [];
    for await (const item of list) {
      seen.push(item);
      await list.push('late');
    }
    expect([seen, await list.length]).toEqual([['a', 'bb', 'ccc'], 6]);
  });

  test('many items, in it at first and put behind', async () => {
    const many = Array.from({ length: 200_000 }, (_, index) => index);
    const list = await here.manager.list(many);
    expect(await list.extend(many)).toBe(400_000);
    expect(await list.slice(-1)).toEqual([199_999]);
  });
});

test('set', async () => {
  const set = await here.manager.set([1, 2, 2]);
  expect([await set.size, await set.add(2), await set.add(3)]).toEqual([2, false, true]);
  expect([await set.has(3), await set.has(4), await set.delete(3), await set.delete(3)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  await set.update([7, 1]);
  expect(await set.update(addAll, 8, 9)).toBe(2);
  expect([await set.values(), await set.toSet()]).toEqual([[1, 2, 7, 8, 9], new Set([1, 2, 7, 8, 9])]);
  expect(await errorOf(set.update([5, {}] as never))).toBeInstanceOf(TypeError);
  expect(await errorOf(set.add(undefined as never))).toBeInstanceOf(TypeError);
  expect([await set.has(5), await collect(set)]).toEqual([false, [1, 2, 7, 8, 9]]);
  await set.clear();
  expect(await set.size).toBe(0);
});

test('namespace', async () => {
  const space = await here.manager.namespace<{ name: string; job?: string }>({ name: 'Bob' });
  await space.set('job', 'Builder');
  expect([await space.get('name'), await space.get('job'), await space.has('job')]).toEqual([
    'Bob',
    'Builder',
    true,
  ]);
  expect([await space.delete('job'), await space.delete('job'), await space.get('job')]).toEqual([
    true,
    false,
    undefined,
  ]);
  await space.update({ job: 'x' });
  expect([await space.keys(), await space.toObject()]).toEqual([['name', 'job'], { name: 'Bob', job: 'x' }]);
  for (const name of ['_hidden', '__proto__', 'constructor', 'then', 7])
    expect(await errorOf(space.set(name as 'name', 'y'))).toBeInstanceOf(TypeError);
  expect(await errorOf(space.update({ job: 'z', _a: 1 } as never))).toBeInstanceOf(TypeError);
  expect(await space.get('job')).toBe('x');
  const names = await here.manager.namespace({ first: 'A', last: 'B' });
  await names.update(rename);
  expect(await names.toObject()).toEqual({ first: 'B', last: 'A' });
});

describe('what all of them have', () => {
  test('a name: the same one for all that ask for it; another type is an error', async () => {
    const { manager } = here;
    const first = await manager.dict({ a: 1 }, { name: 'shared' });
    expect(await manager.dict({ a: 2 }, { name: 'shared' })).toBe(first);
    expect(await first.get('a')).toBe(1);
    expect((await errorOf(manager.list([], { name: 'shared' }))).code).toBe('ERR_MP_MISMATCH');
    expect([await manager.unlink('shared'), await manager.unlink('shared')]).toEqual([true, false]);
  });

  test('a method that they do not have, and options that are not known', async () => {
    const list = await here.manager.list();
    const call = (method: string) =>
      (list as unknown as { call(method: string, args: unknown[]): Promise<unknown> }).call(method, []);
    for (const method of ['constructor', '__proto__', 'map', 'then', 'toString'])
      expect((await errorOf(call(method))).code).toBe('ERR_MP_NOT_FOUND');
    expect(await errorOf(here.manager.list([], { wait: 1 } as never))).toBeInstanceOf(TypeError);
    expect(await list.length).toBe(0);
  });

  test('after it was let go of, a call rejects', async () => {
    const list = await here.manager.list();
    list.close();
    list.close();
    expect((await errorOf(list.length)).code).toBe('ERR_MP_CLOSED');
  });
});
