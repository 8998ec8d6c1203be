import { SharedArray } from '@mp/shared';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const PEER = new URL('./fixtures/array-peer.mjs', import.meta.url);
const open = new Set<SharedArray>();

function make<N extends 'i8' | 'i32' | 'u64' | 'f64'>(
  ...args: ConstructorParameters<typeof SharedArray<N>>
): SharedArray<N> {
  const array = new SharedArray<N>(...args);
  open.add(array as unknown as SharedArray);
  return array;
}

afterEach(() => {
  for (const array of open) array.close();
  open.clear();
});

test('from a size, an iterable and a typed array', () => {
  expect([...make('i32', 3)]).toEqual([0, 0, 0]);
  expect([...make('f64', new Set([0.5, 2]))]).toEqual([0.5, 2]);
  expect([...make('u64', new BigUint64Array([1n, 2n]))]).toEqual([1n, 2n]);
  expect(make('i32', 0).length).toBe(0);
});

test('view is a typed array over the shared pages, empty after close()', () => {
  const array = make('f64', [1, 2]);
  const { view } = array;
  expect(view).toBeInstanceOf(Float64Array);
  view[1] = 5;
  expect(array.at(-1)).toBe(5);
  array.close();
  expect(view.length).toBe(0);
  for (const use of [() => array.view, () => array.at(0), () => array.length, () => array.lock])
    expect(use).toThrow(expect.objectContaining({ code: 'ERR_MP_CLOSED' }));
});

test('elements change atomically, and integers wrap around', () => {
  const array = make('i8', [127, 1]);
  expect(array.add(0, 1)).toBe(127);
  expect(array.at(0)).toBe(-128);
  expect(array.exchange(1, 9)).toBe(1);
  expect(array.compareExchange(1, 9, 3)).toBe(9);
  expect(array.at(1)).toBe(3);
  const floats = make('f64', [0.5]);
  expect([floats.exchange(0, 2.5), floats.add(0, 1), floats.at(0)]).toEqual([0.5, 2.5, 3.5]);
});

test.each([
  [-1, RangeError],
  [1.5, RangeError],
  [Number.NaN, RangeError],
  ['12', TypeError],
  [[1, 0.5], RangeError],
  [[1, '2'], TypeError],
  [null, TypeError],
])('refuses %j as its content', (content, expected) => {
  expect(() => new SharedArray('i32', content as never)).toThrow(expected);
});

test('refuses an index that is none', () => {
  const array = make('i32', 2);
  for (const index of [2, -3, 0.5, Number.NaN])
    expect(() => array.add(index, 1)).toThrow(/index must be a whole number from -2 to 1/);
  expect([...array]).toEqual([0, 0]);
});

test('a name is shared; another type or length is a mismatch', () => {
  const name = `array-${process.pid}`;
  const first = make('i32', [1, 2], { name });
  const second = make('i32', 2, { name });
  expect([first.created, second.created, second.at(1)]).toEqual([true, false, 2]);
  expect(() => new SharedArray('f64', 2, { name })).toThrow(/its type is i32, not f64/);
  expect(() => new SharedArray('i32', 3, { name })).toThrow(/its length is 2, not 3/);
  second.close();
  expect(first.unlink()).toBe(true);
});

test('four processes lose nothing', async () => {
  const name = `added-${process.pid}`;
  const array = make('f64', 2, { name });
  const peers = Array.from({ length: 4 }, () => spawnFixture(PEER, { args: [name, '5000'] }));
  for (const peer of peers) expect(await peer.exited, peer.stderr).toEqual({ code: 0, signal: null });
  expect([...array]).toEqual([20_000, 20_000]);
  array.unlink();
});
