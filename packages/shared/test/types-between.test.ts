import { sweep } from '@mp/core/internal';
import { SharedArray, SharedStruct, Value } from '@mp/shared';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const PEER = new URL('./fixtures/types-peer.mjs', import.meta.url);
let count = 0;

/** Runs a child that changes what has these names, and says nothing. */
async function child(...args: string[]): Promise<void> {
  const peer = spawnFixture(PEER, { args });
  expect(await peer.exited, peer.stderr).toEqual({ code: 0, signal: null });
  // SHM-6: nothing warns of what is still in use.
  expect(peer.stderr).toBe('');
}

const LOCKS = [
  ['with locks', undefined],
  ['without locks', false],
] as const;

test.each(LOCKS)('VALUE-1: a child overwrites values of several types, %s', async (_, lock) => {
  const start = `types-${process.pid}-${count++}`;
  const make = (type: 'i' | 'd' | 'h' | 'q' | 'c', initial: never) =>
    new Value(type, initial, { name: `${start}-${type}`, lock });
  const first = { i: 6, d: 1.25, h: -(2 ** 15), q: 2n ** 33n, c: 'x' } as const;
  const values = Object.entries(first).map(([type, initial]) => make(type as 'i', initial as never));
  expect(values.map(({ value }) => value)).toEqual(Object.values(first));
  await child(start, 'overwrite');
  expect(values.map(({ value }) => value)).toEqual([-7, 0.5, 32767, -(2n ** 63n), 'z']);
  for (const value of values) value.unlink();
});

test('VALUE-3: a child sums up an array in place, as it is done here', async () => {
  const start = `types-${process.pid}-${count++}`;
  const numbers = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];
  const array = new SharedArray('i', numbers, { name: `${start}-sums` });
  await child(start, 'sums');
  let sum = 0;
  expect([...array]).toEqual(numbers.map((each) => (sum += each)));
  array.unlink();
});

test.each(LOCKS)('SHCT-1: a child doubles values, a struct, numbers and text, %s', async (_, lock) => {
  const start = `types-${process.pid}-${count++}`;
  const named = (name: string) => ({ name: `${start}-${name}`, lock });
  const i = new Value('i', 7, named('i'));
  const d = new Value('d', 1 / 3, named('d'));
  const q = new Value('q', 2n ** 33n, named('q'));
  const point = new SharedStruct({ x: 'i', y: 'd' }, named('point'));
  Object.assign(point.fields, { x: 3, y: 2 });
  const numbers = new SharedArray('d', Array(10).keys(), named('numbers'));
  const text = new SharedArray('c', 20, named('text'));
  text.value = 'hello';
  await child(start, 'double');
  expect([i.value, d.value, q.value]).toEqual([14, 2 / 3, 2n ** 34n]);
  expect([point.fields.x, point.fields.y]).toEqual([6, 4]);
  expect([...numbers]).toEqual(Array.from({ length: 10 }, (_, at) => at * 2));
  expect(text.value).toBe('hellohello');
  for (const each of [i, d, q, point, numbers, text]) each.unlink();
});

test('SHCT-2: a copy is independent', () => {
  const array = new SharedArray('i', [1, 2]);
  const copy = new SharedArray('i', array);
  const value = new Value('d', 1.5);
  const other = new Value('d', value.value);
  copy.set(0, 9);
  other.add(1);
  expect([[...array], [...copy], value.value, other.value]).toEqual([[1, 2], [9, 2], 1.5, 2.5]);
  for (const each of [array, copy, value, other]) each.close();
});

test('a struct that four processes change loses nothing', async () => {
  const start = `types-${process.pid}-${count++}`;
  const layout = { hits: 'u32', in: { total: 'i64' }, sums: ['f64', 2], both: 'i32' } as const;
  const struct = new SharedStruct(layout, { name: `${start}-count` });
  await Promise.all(Array.from({ length: 4 }, () => child(start, 'count')));
  const { hits, in: inner, sums, both } = struct.fields;
  expect([hits, inner.total, ...sums, both]).toEqual([20_000, -20_000n, 0, 10_000, 1600]);
  struct.unlink();
});

test('killed in an update of an array and a struct: what it changed stays, and the next one is told', async () => {
  const start = `types-${process.pid}-${count++}`;
  const array = new SharedArray('i', 2, { name: `${start}-array` });
  const struct = new SharedStruct({ a: 'i', b: 'i' }, { name: `${start}-struct` });
  const peer = spawnFixture(PEER, { args: [start, 'hang'] });
  for (let line = 0; line < 2; line++) expect(await peer.line()).toBe('half changed');
  expect([array.lock.locked, struct.lock.locked]).toEqual([true, true]);
  await peer.kill();
  expect(await array.update((view, { recovered }) => [...view, recovered])).toEqual([1, 0, true]);
  expect(struct.updateSync(({ a, b }, { recovered }) => [a, b, recovered])).toEqual([1, 0, true]);
  expect(array.updateSync((_, { recovered }) => recovered)).toBe(false);
  for (const each of [array, struct]) each.unlink();
  sweep();
});
