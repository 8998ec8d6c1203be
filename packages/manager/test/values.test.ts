import { task } from '@mp/manager';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { collect, errorOf, serveHere } from './here.ts';

leakCheck();
const here = serveHere();

const add = task(import.meta, (value: number, by: number) => value + by, { name: 'add' });
const slowAdd = task(
  import.meta,
  async (value: number, by: number) => {
    await new Promise((resolve) => setImmediate(resolve));
    return value + by;
  },
  { name: 'slowAdd' },
);
const fail = task(
  import.meta,
  (_: number) => {
    throw new RangeError('no');
  },
  { name: 'fail' },
);
const sums = task(
  import.meta,
  (view: Int32Array) => {
    for (let at = 1; at < view.length; at++) view[at] += view[at - 1];
    return view.length;
  },
  { name: 'sums' },
);

test('value: get, set, and an update that gives the new one', async () => {
  const value = await here.manager.value<number>(1);
  await value.set(2);
  expect([await value.get(), await value.update(add, 3), await value.get()]).toEqual([2, 5, 5]);
  expect(await errorOf(value.update(fail as never))).toEqual(new RangeError('no'));
  expect(await value.get()).toBe(5);
});

test('updates of one value run one after the other, also when they await something', async () => {
  const value = await here.manager.value(0);
  const all = Array.from({ length: 50 }, () => value.update(slowAdd, 1));
  const read = value.get();
  await Promise.all(all);
  expect([await read, await value.get()]).toEqual([50, 50]);
});

test('array: length, at, set, slice, toArray, negative indices', async () => {
  const array = await here.manager.array('i', [5, 1, 2, 3]);
  expect([await array.length, await array.at(0), await array.at(-1)]).toEqual([4, 5, 3]);
  await array.set(1, -7);
  await array.set(-1, 9);
  expect(await array.toArray()).toEqual([5, -7, 2, 9]);
  expect(await array.slice(1, 3)).toEqual(Int32Array.of(-7, 2));
  await array.setMany(2, [1, 1]);
  expect([await array.update(sums), await collect(array)]).toEqual([4, [5, -2, -1, 0]]);
});

test('array: an index outside, and a value that does not fit, are errors, and change nothing', async () => {
  const array = await here.manager.array('B', 3);
  for (const index of [3, -4, 1.5]) {
    expect(await errorOf(array.at(index))).toBeInstanceOf(RangeError);
    expect(await errorOf(array.set(index, 1))).toBeInstanceOf(RangeError);
  }
  expect(await errorOf(array.at('0' as never))).toBeInstanceOf(TypeError);
  expect(await errorOf(array.set(0, 256))).toBeInstanceOf(RangeError);
  expect(await errorOf(array.set(0, 'x' as never))).toBeInstanceOf(TypeError);
  expect(await errorOf(array.setMany(1, [1, 2, 3]))).toBeInstanceOf(RangeError);
  expect(await errorOf(array.setMany(0, [1, 999]))).toBeInstanceOf(RangeError);
  expect(await array.toArray()).toEqual([0, 0, 0]);
});

test('array: types, and what it is made of', async () => {
  const { manager } = here;
  const types: [type: 'd' | 'q' | 'u16' | 'c' | 'u', content: unknown, array: unknown[]][] = [
    ['d', [0.5, -1], [0.5, -1]],
    ['q', [1n, 2], [1n, 2n]],
    ['u16', Uint16Array.of(1, 65_535), [1, 65_535]],
    ['c', 'ab', ['a', 'b']],
    ['u', 'aß𝄞', ['a', 'ß', '𝄞']],
  ];
  for (const [type, content, array] of types)
    expect(await (await manager.array(type, content as never)).toArray()).toEqual(array);
  expect(await errorOf(manager.array('i31' as never, 1))).toBeInstanceOf(TypeError);
  for (const length of [-1, 0.5, 2 ** 40])
    expect(await errorOf(manager.array('i', length))).toBeInstanceOf(RangeError);
  expect(await errorOf(manager.array('i', [1, 'x'] as never))).toBeInstanceOf(TypeError);
});
