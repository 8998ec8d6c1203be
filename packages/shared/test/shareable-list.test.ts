import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { sweep } from '@mp/core/internal';
import { type ListItem, ShareableList, Value } from '@mp/shared';
import { cutAtEveryStore, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const PEER = new URL('./fixtures/list-peer.mjs', import.meta.url);
const opened: ShareableList[] = [];
let count = 0;

const freshName = () => `list-${process.pid}-${count++}`;
const pathOf = (name: string) => `${process.env.MP_DIR}/n-${name}`;
const code = (expected: string) => expect.objectContaining({ code: expected });

function make(...args: ConstructorParameters<typeof ShareableList>): ShareableList {
  const list = new ShareableList(...args);
  opened.push(list);
  return list;
}

afterEach(() => {
  for (const list of opened.splice(0)) list.close();
});

const MIXED = ['howdy', Buffer.from('HoWdY'), -273.154, 100, null, true, 42];

test('SHM-7: seven elements of all types; elements, ends, length, iteration, count and index', () => {
  const list = make(MIXED);
  expect([list.length, list.created]).toEqual([7, true]);
  expect([...list]).toEqual(MIXED);
  expect([list.at(0), list.at(-1), list.at(-7)]).toEqual(['howdy', 42, 'howdy']);
  for (const index of [7, -8, 1.5, Number.NaN])
    for (const use of [() => list.at(index), () => list.set(index, 1)])
      expect(use).toThrow(/index must be a whole number from -7 to 6/);
  expect(() => list.at('0' as never)).toThrow(TypeError);
  expect([list.indexOf(100), list.indexOf(Buffer.from('HoWdY')), list.indexOf('HoWdY')]).toEqual([3, 1, -1]);
  list.set(3, 42);
  expect([list.count(42), list.count(null), list.count(42n), list.count('none')]).toEqual([2, 1, 0, 0]);
  expect(make([]).length).toBe(0);
  expect([...make([])]).toEqual([]);
});

test('SHM-7: an element changes its type in its place, and what does not fit is refused without a trace', () => {
  const list = make(MIXED);
  for (const item of [1.5, null, false, 2n ** 63n - 1n, 'encod\u00e9s', Buffer.from('12345678')]) {
    list.set(0, item);
    expect(list.at(0)).toEqual(item);
  }
  list.set(0, 'encod\u00e9s');
  expect(() => list.set(0, 'encod\u00e9es')).toThrow(/must fit 8 bytes at index 0, not 9/);
  expect(() => list.set(1, Buffer.from('123456789'))).toThrow(RangeError);
  expect([...list]).toEqual(['encod\u00e9s', ...MIXED.slice(1)]);
});

test('point 17: bytes are counted as bytes, and trailing NULs stay', () => {
  const items = [
    '\0',
    'a\0\0',
    Buffer.from([0, 0]),
    '',
    Buffer.alloc(0),
    '\u{1f600}\u{1f600}\u{1f600}',
    '\ufeffx',
  ];
  const list = make(items);
  expect([...list]).toEqual(items);
  list.set(5, '\0\0');
  expect(list.at(5)).toBe('\0\0');
  const long = 'x'.repeat(100_000);
  expect(make([long]).at(0)).toBe(long);
});

test('an element is taken as it is when it is yielded, also when its bytes are used again', () => {
  const bytes = Buffer.alloc(2);
  const list = make(
    (function* () {
      for (let i = 0; i < 5; i++) yield bytes.fill(i);
    })(),
  );
  expect([...list]).toEqual([0, 1, 2, 3, 4].map((i) => Buffer.alloc(2, i)));
});

test('numbers stay what they are', () => {
  const items = [-0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 0.1, -(2n ** 63n), 0n];
  const list = make(items);
  expect([...list]).toEqual(items);
  expect([list.indexOf(Number.NaN), list.indexOf(0)]).toEqual([1, -1]);
});

test('SHM-7: one under a new name is independent, one of the same name is the same', () => {
  const [name, other] = [freshName(), freshName()];
  const first = make(MIXED, { name });
  const copy = make(first, { name: other });
  const tethered = make(undefined, { name });
  expect([tethered.created, [...copy]]).toEqual([false, MIXED]);
  tethered.set(4, 5);
  expect([first.at(4), copy.at(4)]).toEqual([5, null]);
  expect(make(MIXED, { name }).at(4)).toBe(5);
  expect(() => make([1], { name })).toThrow(/its length is 7, not 1/);
  expect(() => make(['a much longer one', ...MIXED.slice(1)], { name })).toThrow(
    /its room of element 0 is 8, not 24/,
  );
  for (const list of opened.splice(0)) list.close();
  expect(make(undefined, { name }).unlink()).toBe(true);
  expect(make(undefined, { name: other }).unlink()).toBe(true);
  expect(() => make(undefined, { name })).toThrow(code('ERR_MP_NOT_FOUND'));
});

test.each<[string, unknown, typeof Error]>([
  ['nothing', undefined, TypeError],
  ['null', null, TypeError],
  ['a number', 5, TypeError],
  ['text', 'abc', TypeError],
  ['undefined inside', [undefined], TypeError],
  ['an object', [{}], TypeError],
  ['an array', [[1]], TypeError],
  ['a function', [() => {}], TypeError],
  ['a symbol', [Symbol('x')], TypeError],
  ['another typed array', [new Int32Array(1)], TypeError],
  ['a bigint of more than 64 bits', [2n ** 63n], RangeError],
  ['half a character', ['\ud800'], TypeError],
])('refuses %s, as a sequence or an element', (_, sequence, expected) => {
  expect(() => make(sequence as never)).toThrow(expected);
  if (!Array.isArray(sequence)) return;
  const list = make(['a']);
  expect(() => list.set(0, sequence[0])).toThrow(expected);
  expect([list.at(0), list.length]).toEqual(['a', 1]);
});

test('closed, every use says so', () => {
  const list = new ShareableList([1]);
  list.set(0, 2);
  list.close();
  list.close();
  for (const use of [() => list.at(0), () => list.set(0, 1), () => list.length, () => [...list]])
    expect(use).toThrow(code('ERR_MP_CLOSED'));
});

test('names of another kind, truncated and damaged files are refused', () => {
  const name = freshName();
  const value = new Value('i32', 0, { name });
  expect(() => make(undefined, { name })).toThrow(/it is a Value made by/);
  value.unlink();
  make(['a', 'b'], { name }).close();
  const whole = readFileSync(pathOf(name));
  for (const at of [1408, 1472 + 4, 1472 + 8, 1472 + 16 + 4]) {
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, at, at + 4);
    writeFileSync(pathOf(name), damaged);
    expect(() => make(undefined, { name }), `damaged at ${at}`).toThrow(code('ERR_MP_MISMATCH'));
  }
  // A type that does not exist, in the half of element 0.
  const damaged = Buffer.from(whole);
  damaged.writeInt32LE(99, 1472 + 32);
  writeFileSync(pathOf(name), damaged);
  expect(() => make(undefined, { name }).at(0)).toThrow(code('ERR_MP_MISMATCH'));
  for (const list of opened.splice(0)) list.close();
  writeFileSync(pathOf(name), whole);
  truncateSync(pathOf(name), 1480);
  expect(() => make(undefined, { name })).toThrow(code('ERR_MP_MISMATCH'));
  writeFileSync(pathOf(name), whole);
  expect(make(undefined, { name }).unlink()).toBe(true);
});

test('a reader sees whole elements while others write', async () => {
  const name = freshName();
  const list = make(['x'.repeat(64), 0], { name });
  const peers = [0, 1].map(() => spawnFixture(PEER, { args: [name, '60000'] }));
  const ends = Promise.all(peers.map(({ exited }) => exited));
  let over = false;
  void ends.then(() => {
    over = true;
  });
  const seen = new Set<ListItem>();
  while (!over) {
    for (let read = 0; read < 2000; read++) {
      const text = list.at(0) as string;
      if (!/^(.)\1*$/.test(text)) throw new Error(`a torn element: ${text}`);
      seen.add(text);
    }
    await new Promise(setImmediate);
  }
  for (const [index, { code: exit }] of (await ends).entries()) expect(exit, peers[index].stderr).toBe(0);
  expect(seen.size).toBeGreaterThan(10);
  list.unlink();
});

test('a writer killed after any store leaves the old element or the new one, and the next one writes on', async () => {
  const name = freshName();
  const list = make(['old', 0], { name });
  const seen = new Set<ListItem>();
  const stores = await cutAtEveryStore(
    PEER,
    () => {
      list.set(0, 'old');
      return [name, '0'];
    },
    ({ completed }) => {
      const found = list.at(0);
      expect(['old', 'new']).toContain(found);
      if (completed) expect(found).toBe('new');
      seen.add(found);
      list.set(0, 'again');
      expect(list.at(0)).toBe('again');
    },
  );
  expect(stores).toBeGreaterThan(4);
  expect(seen.size).toBe(2);
  sweep();
  list.unlink();
});
