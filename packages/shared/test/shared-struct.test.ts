import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { Lock, SharedStruct, Value } from '@mp/shared';
import { leakCheck } from '@mp/testing';
import { expect, expectTypeOf, test } from 'vitest';

leakCheck();

const LAYOUT = {
  flag: 'u8',
  x: 'f64',
  hits: 'u32',
  total: 'i64',
  pos: { x: 'f32', id: 'u16' },
  counts: ['i32', 3],
  players: [{ score: 'i16', name: ['c', 5] }, 2],
} as const;

let count = 0;
const freshName = () => `struct-${process.pid}-${count++}`;
const pathOf = (name: string) => `${process.env.MP_DIR}/n-${name}`;
const code = (expected: string) => expect.objectContaining({ code: expected });

test('fields of all types, nested structs and arrays, with their types in TypeScript', () => {
  const struct = new SharedStruct(LAYOUT);
  const { fields } = struct;
  expectTypeOf(fields.x).toEqualTypeOf<number>();
  expectTypeOf(fields.total).toEqualTypeOf<bigint>();
  expectTypeOf(fields.pos.id).toEqualTypeOf<number>();
  expectTypeOf(fields.counts).toEqualTypeOf<Int32Array>();
  expectTypeOf(fields.players[0].score).toEqualTypeOf<number>();
  expectTypeOf(struct.add('total', 1n)).toEqualTypeOf<bigint>();
  expect([fields.flag, fields.x, fields.hits, fields.total]).toEqual([0, 0, 0, 1n]);
  fields.flag = 255;
  fields.x = 0.1;
  fields.hits = 2 ** 32 - 1;
  fields.total = -(2n ** 63n);
  fields.pos.x = 1.5;
  fields.pos.id = 7;
  fields.counts.set([1, 2, 3]);
  fields.players[0].score = -1;
  fields.players[1].score = 2;
  fields.players[1].name.set(Buffer.from('ada'));
  expect([fields.flag, fields.x, fields.hits, fields.total, fields.pos.x, fields.pos.id]).toEqual([
    255,
    0.1,
    2 ** 32 - 1,
    -(2n ** 63n),
    1.5,
    7,
  ]);
  expect([...fields.counts, fields.players[0].score, fields.players[1].score]).toEqual([1, 2, 3, -1, 2]);
  expect(Buffer.from(fields.players[1].name).toString()).toBe('ada\0\0');
  expect(Object.keys(fields)).toEqual(Object.keys(LAYOUT));
  struct.close();
});

test('single values change atomically, by their path', () => {
  const struct = new SharedStruct(LAYOUT);
  expect([struct.add('hits', 3), struct.sub('hits', 1), struct.fields.hits]).toEqual([0, 3, 2]);
  expect([struct.or('hits', 5), struct.and('hits', -2), struct.xor('hits', 1), struct.fields.hits]).toEqual([
    2, 7, 6, 7,
  ]);
  expect([
    struct.exchange('pos.x', 2.5),
    struct.compareExchange('pos.x', 2.5, 4),
    struct.fields.pos.x,
  ]).toEqual([0, 2.5, 4]);
  expect([struct.add('counts.2', 9), struct.fields.counts[2]]).toEqual([0, 9]);
  expect([struct.add('players.1.score', 5), struct.fields.players[1].score]).toEqual([0, 5]);
  expect(struct.exchange('players.1.name.0', 'A')).toBe('\0');
  expect([struct.add('total', 1n), struct.fields.total]).toEqual([0n, 1n]);
  struct.sub('flag', 1);
  expect(struct.fields.flag).toBe(255);
  for (const path of [
    'none',
    'pos',
    'pos.none',
    'counts',
    'counts.3',
    'counts.-1',
    'counts.x',
    'hits.0',
    'players.0',
    'players.2.score',
    '',
  ])
    expect(() => struct.add(path as 'hits', 1), path).toThrow(RangeError);
  expect(() => struct.add(5 as never, 1 as never)).toThrow(TypeError);
  expect(() => struct.add('hits', '1' as never)).toThrow(TypeError);
  expect(() => struct.exchange('flag', 256)).toThrow(RangeError);
  expect(() => struct.and('x', 1)).toThrow(/bits of an f64/);
  struct.close();
});

test('a wrong value or name is an error, and changes nothing', () => {
  const struct = new SharedStruct({ n: 'i32', list: ['f64', 2] });
  const fields = struct.fields as Record<string, unknown>;
  for (const [name, value] of [
    ['n', 0.5],
    ['n', 2 ** 31],
    ['n', '1'],
    ['list', 1],
    ['other', 1],
  ] as const)
    expect(() => {
      fields[name] = value;
    }, name).toThrow();
  expect([struct.fields.n, ...struct.fields.list]).toEqual([0, 0, 0]);
  struct.close();
});

test('update() and updateSync() change several fields under the lock, its own, a given one, or none', async () => {
  const lock = new Lock();
  const struct = new SharedStruct({ a: 'i32', b: 'i32' }, { lock });
  expect(struct.lock).toBe(lock);
  expect(
    await struct.update((fields, guard) => {
      fields.a = 1;
      fields.b = fields.a + 1;
      return [guard.recovered, lock.locked];
    }),
  ).toEqual([false, true]);
  struct.updateSync((fields) => {
    fields.b *= 10;
  });
  expect([struct.fields.a, struct.fields.b, lock.locked]).toEqual([1, 20, false]);
  expect(() => struct.updateSync(async () => {})).toThrow(/must not be async/);
  const raw = new SharedStruct({ a: 'i32' }, { lock: false });
  expect(() => raw.lock).toThrow(/lock: false/);
  for (const each of [struct, raw, lock]) each.close();
});

test.each<[string, unknown, RegExp]>([
  ['another name', { a: 'i32', c: 'f64' }, /its field 2 is b: f64, not c: f64/],
  ['another type', { a: 'i32', b: 'f32' }, /its field 2 is b: f64, not b: f32/],
  ['another order', { b: 'f64', a: 'i32' }, /its field 1 is a: i32, not b: f64/],
  ['an array', { a: ['i32', 2], b: 'f64' }, /its field 1 is a: i32, not a: i32\[2\]/],
  ['one more', { a: 'i32', b: 'f64', c: 'u8' }, /its field 3 is nothing, not c: u8/],
  ['one less', { a: 'i32' }, /its field 2 is b: f64, not nothing/],
])('a named one of another layout is a mismatch that names the first field: %s', (_, layout, message) => {
  const name = freshName();
  const struct = new SharedStruct({ a: 'i32', b: 'f64' }, { name });
  expect(() => new SharedStruct(layout as { a: 'i32' }, { name })).toThrow(message);
  expect(() => new SharedStruct(layout as { a: 'i32' }, { name })).toThrow(code('ERR_MP_MISMATCH'));
  // The same by Python's codes.
  const same = new SharedStruct({ a: 'i', b: 'd' }, { name });
  struct.fields.b = 2.5;
  expect([same.created, same.fields.b]).toEqual([false, 2.5]);
  same.close();
  struct.unlink();
});

test.each<[string, unknown, typeof Error]>([
  ['nothing', undefined, TypeError],
  ['null', null, TypeError],
  ['an array', ['f64'], TypeError],
  ['text', 'f64', TypeError],
  ['no field', {}, RangeError],
  ['no field inside', { a: {} }, RangeError],
  ['an unknown type', { a: 'f16' }, TypeError],
  ['null as a type', { a: null }, TypeError],
  ['a number as a type', { a: 5 }, TypeError],
  ['an array without length', { a: ['f64'] }, TypeError],
  ['a length of 0', { a: ['f64', 0] }, RangeError],
  ['a negative length', { a: ['f64', -1] }, RangeError],
  ['a fraction as its length', { a: ['f64', 1.5] }, RangeError],
  ['NaN as its length', { a: ['f64', Number.NaN] }, RangeError],
  ['text as its length', { a: ['f64', '2'] }, RangeError],
  ['an array of arrays', { a: [['f64', 2], 2] }, TypeError],
  ['more than memory has', { a: ['f64', 2 ** 31] }, RangeError],
  ['more structs than a program wants', { a: [{ b: 'u8' }, 1e6] }, RangeError],
  ['a point in a name', { 'a.b': 'f64' }, RangeError],
  ['an empty name', { '': 'f64' }, RangeError],
])('refuses %s as its layout', (_, layout, expected) => {
  expect(() => new SharedStruct(layout as never)).toThrow(expected);
});

test('a layout that refers to itself is refused', () => {
  const layout: Record<string, unknown> = { a: 'f64' };
  layout.self = layout;
  expect(() => new SharedStruct(layout as never)).toThrow(/nested at most 32 levels/);
});

test('any name can be that of a field', () => {
  const struct = new SharedStruct({ constructor: 'i32', toString: 'i32', ['__proto__']: 'i32', 0: 'u8' });
  const names = ['constructor', '__proto__', '0'];
  names.forEach((name, at) => {
    Reflect.set(struct.fields, name, at + 3);
  });
  expect(names.map((name) => Reflect.get(struct.fields, name))).toEqual([3, 4, 5]);
  expect(struct.add('toString', 1)).toBe(0);
  struct.close();
});

test('closed, every use says so, and arrays are empty', () => {
  const struct = new SharedStruct({ n: 'i32', list: ['f64', 2], in: { n: 'i32' } });
  const { fields } = struct;
  const inner = fields.in;
  struct.close();
  for (const use of [
    () => struct.fields,
    () => fields.n,
    () => inner.n,
    () => struct.add('n', 1),
    () => struct.lock,
  ])
    expect(use).toThrow(code('ERR_MP_CLOSED'));
  expect(() => {
    fields.n = 1;
  }).toThrow(code('ERR_MP_CLOSED'));
  expect(fields.list.length).toBe(0);
});

test('names of another kind, truncated and damaged files are refused', () => {
  const name = freshName();
  const value = new Value('i32', 0, { name });
  expect(() => new SharedStruct({ n: 'i32' }, { name })).toThrow(/it is a Value made by/);
  value.unlink();
  new SharedStruct({ n: 'i32' }, { name }).close();
  const whole = readFileSync(pathOf(name));
  for (const at of [1600, 1604, 1664]) {
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, at, at + 4);
    writeFileSync(pathOf(name), damaged);
    expect(() => new SharedStruct({ n: 'i32' }, { name }), `damaged at ${at}`).toThrow(/layout is damaged/);
  }
  writeFileSync(pathOf(name), whole);
  truncateSync(pathOf(name), whole.length - 1);
  expect(() => new SharedStruct({ n: 'i32' }, { name })).toThrow(/was cut to/);
  writeFileSync(pathOf(name), whole);
  expect(new SharedStruct({ n: 'i32' }, { name }).unlink()).toBe(true);
});
