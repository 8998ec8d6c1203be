import { readdirSync } from 'node:fs';
import { SharedArray } from '@mp/shared';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const PEER = new URL('./fixtures/array-peer.mjs', import.meta.url);
const open = new Set<SharedArray>();

function make<N extends 'i8' | 'u8' | 'i32' | 'u64' | 'f64' | 'c' | 'u'>(
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
  // A view does what its typed array does: it wraps, where set() refuses.
  array.view[1] = 200;
  expect(array.at(1)).toBe(-56);
  expect(() => array.set(1, 200)).toThrow(RangeError);
  const floats = make('f64', [0.5]);
  expect([floats.exchange(0, 2.5), floats.add(0, 1), floats.at(0)]).toEqual([0.5, 2.5, 3.5]);
});

test('every atomic change reaches one element, also by a negative index', () => {
  const array = make('u8', [0, 12]);
  const said = [array.sub(-1, 2), array.or(-1, 5), array.and(-1, -2), array.xor(-1, 3), array.sub(0, 1)];
  expect([said, [...array]]).toEqual([
    [12, 10, 15, 14, 0],
    [255, 13],
  ]);
  expect(() => array.add(0, 0.5)).toThrow(RangeError);
  expect(() => array.set(0, 256)).toThrow(RangeError);
  expect(() => array.or(0, '1' as never)).toThrow(TypeError);
  const big = make('u64', [1n, 2n]);
  big.set(0, 7);
  expect([big.or(1, 5), [...big]]).toEqual([2n, [7n, 7n]]);
});

test('VALUE-3: length, elements, slices, and children that calculate in place', async () => {
  const array = make('i32', [680, 626, 934, 821, 150, 233, 548, 982, 714, 831]);
  expect([array.length, array.at(4), array.slice(2, 7)]).toEqual([
    10,
    150,
    Int32Array.of(934, 821, 150, 233, 548),
  ]);
  array.view.set([1, 2, 3, 4], 4);
  expect([...array.slice(4, 8)]).toEqual([1, 2, 3, 4]);
  expect(() => array.view.set([1, 2], 9)).toThrow(RangeError);
  const copy = array.slice();
  expect([...array.slice(-2), ...array.slice(20), ...array.slice(3, 1)]).toEqual([714, 831]);
  copy[0] = 5;
  expect(array.at(0)).toBe(680);
});

test('VALUE-4: every new array is zeroed', () => {
  for (let time = 0; time < 3; time++) {
    const array = make('i32', 1000);
    expect(array.slice().every((each) => each === 0)).toBe(true);
    array.view.set(Int32Array.from({ length: 1000 }, (_, at) => at));
    expect([array.at(0), array.at(999)]).toEqual([0, 999]);
    array.close();
  }
});

test('fill() checks its value, and fills a part', () => {
  const array = make('u8', 5);
  expect([...array.fill(7)]).toEqual([7, 7, 7, 7, 7]);
  expect([...array.fill(9, 1, -1)]).toEqual([7, 9, 9, 9, 7]);
  expect(() => array.fill(256)).toThrow(RangeError);
  expect(() => array.fill('1' as never)).toThrow(TypeError);
  expect([...make('u64', 2).fill(3)]).toEqual([3n, 3n]);
  expect([...array]).toEqual([7, 9, 9, 9, 7]);
});

test('update() and updateSync() change several elements under the lock', async () => {
  const array = make('i32', [1, 2, 3]);
  const doubled = (view: Int32Array) => {
    for (let at = 0; at < view.length; at++) view[at] *= 2;
    return view.length;
  };
  expect(await array.update((view, guard) => [doubled(view), guard.recovered, array.lock.locked])).toEqual([
    3,
    false,
    true,
  ]);
  expect(array.updateSync(doubled)).toBe(3);
  expect([...array]).toEqual([4, 8, 12]);
  await expect(array.update(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(() => array.updateSync(async () => {})).toThrow(/must not be async/);
  expect(array.lock.locked).toBe(false);
});

test('arrays of characters have text', () => {
  const bytes = make('c', 20);
  bytes.value = 'hello';
  expect([bytes.value, bytes.at(1), bytes.at(-1), bytes.slice(1, 3)]).toEqual(['hello', 'e', '\0', 'el']);
  bytes.value += bytes.value;
  expect(bytes.value).toBe('hellohello');
  bytes.value = 'hi';
  expect([bytes.value, bytes.slice(0, 4)]).toEqual(['hi', 'hi\0\0']);
  expect(() => {
    bytes.value = 'x'.repeat(21);
  }).toThrow(/at most 20 characters, not 21/);
  expect(() => {
    bytes.value = 'caf\u0113';
  }).toThrow(RangeError);
  expect(bytes.value).toBe('hi');
  const text = make('u', 'na\u00efve \u{1f600}');
  expect([text.length, text.value, text.at(-1)]).toEqual([7, 'na\u00efve \u{1f600}', '\u{1f600}']);
  expect(make('c', Buffer.from('bytes')).value).toBe('bytes');
  expect(make('c', 3).fill('x').value).toBe('xxx');
  expect(() => make('i32', 1).value).toThrow(/SharedArray of i32 has no text/);
  expect(() => make('u', Uint32Array.of(65) as never)).toThrow(TypeError);
  // A code that is no character, as another program may write it.
  text.view[0] = 0x110000;
  expect(text.at(0)).toBe('\ufffd');
});

test.each([
  [-1, RangeError],
  [2 ** 40, RangeError],
  [undefined, TypeError],
  ['text', TypeError],
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

test('opened by its name alone, it has the length that it has', () => {
  const name = `known-${process.pid}`;
  expect(() => new SharedArray('i32', undefined, { name })).toThrow(
    expect.objectContaining({ code: 'ERR_MP_NOT_FOUND' }),
  );
  const first = make('i32', [1, 2, 3], { name });
  const second = make('i32', undefined, { name });
  expect([second.created, [...second]]).toEqual([false, [1, 2, 3]]);
  expect(() => new SharedArray('f64', undefined, { name })).toThrow(/its type is i32, not f64/);
  second.close();
  first.unlink();
});

test('more than the directory has is an error, and leaves nothing', () => {
  const before = readdirSync(process.env.MP_DIR as string);
  expect(() => new SharedArray('f64', 2 ** 36)).toThrow(expect.objectContaining({ code: 'ERR_MP_NO_SPACE' }));
  expect(readdirSync(process.env.MP_DIR as string)).toEqual(before);
});

test('four processes lose nothing', async () => {
  const name = `added-${process.pid}`;
  const array = make('f64', 2, { name });
  const peers = Array.from({ length: 4 }, () => spawnFixture(PEER, { args: [name, '5000'] }));
  for (const peer of peers) expect(await peer.exited, peer.stderr).toEqual({ code: 0, signal: null });
  expect([...array]).toEqual([20_000, 20_000]);
  array.unlink();
});
