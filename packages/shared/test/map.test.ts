import { Lock } from '@mp/lock';
import { type MapKey, SharedMap, type SharedMapOptions } from '@mp/shared';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const open = new Set<{ close(): void }>();

function make<K extends MapKey = MapKey, V = unknown>(options?: SharedMapOptions): SharedMap<K, V> {
  const map = new SharedMap<K, V>(options);
  open.add(map);
  return map;
}

afterEach(() => {
  for (const map of open) map.close();
  open.clear();
});

const code = (name: string) => expect.objectContaining({ code: name });

test('set, get, has, delete, size, clear', () => {
  const map = make();
  expect([map.size, map.get('a'), map.has('a'), map.delete('a')]).toEqual([0, undefined, false, false]);
  expect(map.set('a', { deep: [1, null, 'x'] })).toBe(map);
  expect([map.get('a'), map.has('a'), map.size]).toEqual([{ deep: [1, null, 'x'] }, true, 1]);
  map.set('a', -1);
  expect([map.get('a'), map.size, map.delete('a'), map.delete('a'), map.size]).toEqual([
    -1,
    1,
    true,
    false,
    0,
  ]);
  map.set('b', 1).set('c', 2).clear();
  expect([map.size, map.bytes, map.get('b'), [...map]]).toEqual([0, 0, undefined, []]);
  map.set('b', 3);
  expect([...map]).toEqual([['b', 3]]);
});

test('keys are equal as in a Map, and bytes by their content', () => {
  const map = make();
  const keys: MapKey[] = ['1', 1, 1n, -1n, true, false, '', 'ü', '\ud800', 'true', 0.5, Number.NaN, Infinity];
  keys.push(2n ** 200n, 'x'.repeat(5000), 'é'.repeat(3000), Buffer.from('1'), new Uint8Array(0));
  for (const [index, key] of keys.entries()) map.set(key, index);
  expect(keys.map((key) => map.get(key))).toEqual(keys.map((_, index) => index));
  const written = (key: MapKey) => `${typeof key} ${key}`;
  expect([...map.keys()].map(written).sort()).toEqual(keys.map(written).sort());
  map.set(-0, 'zero');
  expect([map.get(0), map.get(new Uint8Array([0x31])), map.get(Number.NaN)]).toEqual(['zero', 16, 11]);
  expect(
    Object.is(
      [...map.keys()].find((key) => key === 0),
      0,
    ),
  ).toBe(true);
});

test('a loop that closes the map is told so, whatever is left of it', () => {
  const loops = [
    (map: SharedMap) => map.keys(),
    (map: SharedMap) => map.values(),
    (map: SharedMap) => map.entries(),
  ];
  for (const loop of loops) {
    const name = `left-map-${process.pid}`;
    const [writer, reader] = [make({ name }), make({ name })];
    for (let id = 0; id < 2000; id++) writer.set(id, id === 0 ? 0 : { id, name: `row ${id}` });
    const left = loop(reader);
    expect(left.next().done).toBe(false);
    reader.close();
    expect(() => left.next()).toThrow(code('ERR_MP_CLOSED'));
    expect(left.next().done).toBe(true);
    writer.unlink();
  }
});

test('a key or value that cannot be one is refused, and the map is what it was', () => {
  const map = make().set('a', 1);
  const bytes = map.bytes;
  for (const key of [null, undefined, {}, [], Symbol('x'), () => 1]) {
    for (const use of [
      () => map.get(key as never),
      () => map.set(key as never, 1),
      () => map.delete(key as never),
    ])
      expect(use).toThrow(TypeError);
  }
  expect(() => map.set('a', { x: [() => 1] })).toThrow(expect.objectContaining({ path: 'value.x[0]' }));
  expect(() => map.set('a', undefined)).toThrow(code('ERR_MP_SERIALIZATION'));
  expect(() =>
    map.setMany([
      ['b', 1],
      ['c', [Symbol('no')]],
    ]),
  ).toThrow(expect.objectContaining({ code: 'ERR_MP_SERIALIZATION', path: 'entries[1].value[0]' }));
  expect(() =>
    map.setMany([
      ['b', 1],
      [{} as never, 1],
    ]),
  ).toThrow(TypeError);
  for (const entries of [null, 5, ['ab'], [5], [null]])
    expect(() => map.setMany(entries as never), JSON.stringify(entries)).toThrow(TypeError);
  expect(() => map.setMany([['d', 1], 'ef' as never])).toThrow(
    /^entries\[1\] must be \[key, value\], not string/,
  );
  expect(() => map.getMany(5 as never)).toThrow(TypeError);
  for (const change of [undefined, null, 5]) {
    expect(() => map.update('a', change as never)).toThrow(/^change must be a function/);
    expect(() => map.getOrInsert('a', change as never)).toThrow(/^make must be a function/);
  }
  expect(() => map.update('a', async () => 5 as unknown)).toThrow(/Promise/);
  const lock = new Lock();
  expect(() => map.set('a', { lock })).toThrow(/value\.lock is a lock .*cannot be a value of a SharedMap/);
  lock.close();
  expect([[...map], map.bytes]).toEqual([[['a', 1]], bytes]);
});

test('bad options', () => {
  for (const options of [{ maxBytes: 0 }, { maxBytes: -1 }, { maxBytes: 1.5 }, { maxBytes: Number.NaN }])
    expect(() => make(options)).toThrow(RangeError);
  for (const options of [{ maxBytes: '1' }, { evict: 'lru' }, { evict: 'fifo' }, { persist: 1 }, { name: 5 }])
    expect(() => make(options as never)).toThrow(TypeError);
  const map = make();
  for (const ttl of [0, -1, Number.NaN, Infinity]) expect(() => map.set('a', 1, { ttl })).toThrow(RangeError);
  expect(() => map.set('a', 1, { ttl: '5' as never })).toThrow(TypeError);
  expect(() => map.set('a', 1, 5 as never)).toThrow(TypeError);
  expect(map.size).toBe(0);
});

test('a named map is one for all who know its name; its options must agree', () => {
  const name = `map-${process.pid}`;
  const map = make({ name, maxBytes: 10_000, evict: 'lru' });
  const again = make({ name });
  expect([map.created, again.created, again.maxBytes]).toEqual([true, false, 10_000]);
  map.set('a', 1);
  expect(again.get('a')).toBe(1);
  expect(() => make({ name, maxBytes: 5_000 })).toThrow(code('ERR_MP_MISMATCH'));
  expect(() => make({ name, evict: 'none' })).toThrow(code('ERR_MP_MISMATCH'));
  again.close();
  expect(map.unlink()).toBe(true);
});

test('a named map goes with its last user, or with persist when it is unlinked', () => {
  const name = `map-life-${process.pid}`;
  make({ name }).set('a', 1).close();
  const lasting = make({ name, persist: true }).set('b', 2);
  expect([lasting.created, lasting.get('a')]).toEqual([true, undefined]);
  lasting.close();
  expect(() => make({ name, persist: false })).toThrow(code('ERR_MP_MISMATCH'));
  const again = make({ name });
  expect([again.created, [...again]]).toEqual([false, [['b', 2]]]);
  const other = make({ name });
  expect(again.unlink()).toBe(false);
  expect(other.get('b')).toBe(2);
  other.close();
  const anew = make({ name });
  expect(anew.created).toBe(true);
  expect(() => make({ persist: true })).toThrow(TypeError);
});

test('after close() every use is refused', () => {
  const map = make().set('a', 1);
  const walk = map.entries();
  map[Symbol.dispose]();
  map.close();
  const uses = [
    () => map.get('a'),
    () => map.has('a'),
    () => map.bytes,
    () => map.maxBytes,
    () => map.getMany(['a']),
    () => map.setMany([['a', 1]]),
    () => [...map.keys()],
    () => [...map.values()],
    () => map.set('a', 1),
    () => map.delete('a'),
    () => map.size,
    () => map.clear(),
    () => walk.next(),
    () => map.update('a', () => 1),
    () => map.getOrInsert('a', () => 1),
  ];
  for (const use of uses) expect(use, String(use)).toThrow(code('ERR_MP_CLOSED'));
  const named = make({ name: `closed-map-${process.pid}` }).set('a', 1);
  expect(named.unlink()).toBe(true);
  expect(named.unlink()).toBe(true);
  expect(() => named.get('a')).toThrow(/Cannot use the SharedMap "closed-map-\d+": it was closed/);
});

test('getOrInsert and update run their function under the lock', () => {
  const map = make<string, number>();
  expect(map.getOrInsert('a', () => 1)).toBe(1);
  expect(map.getOrInsert('a', () => 2)).toBe(1);
  expect(map.update('a', (n = 0) => n + 1)).toBe(2);
  expect(map.update('b', (n) => n)).toBe(undefined);
  // It may read, and use other keys meanwhile.
  expect(map.update('a', (n = 0) => n + (map.get('a') as number) + (map.has('b') ? 100 : 0))).toBe(4);
  expect(() => map.update('a', () => map.set('b', 1).size)).toThrow(code('ERR_MP_DEADLOCK'));
  expect(() =>
    map.update('a', () => {
      throw new Error('mine');
    }),
  ).toThrow('mine');
  expect([...map]).toEqual([['a', 4]]);
  expect(map.update('a', () => undefined)).toBe(undefined);
  expect(map.size).toBe(0);
  expect(() =>
    map.update('a', () => {
      map.close();
      return 1;
    }),
  ).toThrow(code('ERR_MP_CLOSED'));
});

test('keys, values and entries go together', () => {
  const map = make<string, number>();
  for (let i = 0; i < 100; i++) map.set(`key ${i}`, i);
  map.set('short', -1, { ttl: 600_000 });
  const [keys, values, entries] = [[...map.keys()], [...map.values()], [...map.entries()]];
  expect(entries).toEqual(keys.map((key, at) => [key, values[at]]));
  expect(new Map([...map])).toEqual(new Map(entries));
  expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, i) => i - 1));
});

test('setMany takes a key as it is when it is yielded, also one whose bytes are used again', () => {
  const map = make<Uint8Array, number>();
  const key = Buffer.alloc(4);
  map.setMany(
    (function* () {
      for (let i = 0; i < 50; i++) {
        key.writeInt32LE(i);
        yield [key, i] as const;
      }
    })(),
  );
  expect(map.size).toBe(50);
  for (const [each, value] of map) expect(Buffer.from(each).readInt32LE()).toBe(value);
});

test('setMany and getMany', () => {
  const map = make().setMany(
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  );
  map.setMany([
    ['b', 3],
    ['c', Buffer.from('tail')],
    ['b', 4],
  ]);
  expect(map.getMany(['c', 'b', 'x', 'a'])).toEqual([Buffer.from('tail'), 4, undefined, 1]);
  expect(map.size).toBe(3);
});

test('values of every size come back, also when they change size', () => {
  const map = make<number, Buffer>();
  const sizes = [0, 1, 60, 70, 4000, 5000, 70_000, 1 << 20, (5 << 20) + 1];
  for (const shift of [0, 4, 7]) {
    sizes.forEach((_, key) => {
      const size = sizes[(key + shift) % sizes.length];
      map.set(key, Buffer.alloc(size, key + shift));
    });
    sizes.forEach((_, key) => {
      const size = sizes[(key + shift) % sizes.length];
      expect(map.get(key)?.equals(Buffer.alloc(size, key + shift))).toBe(true);
    });
  }
});

test('random operations do what those of a Map do', () => {
  const seed = Number(process.env.MP_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const map = make();
  const model = new Map<MapKey, unknown>();
  const check = (what: string, found: unknown, expected: unknown) =>
    expect(found, `${what}, seed ${seed}`).toEqual(expected);
  for (let turn = 0; turn < 20_000; turn++) {
    const key = random(2) === 0 ? random(400) : `key ${random(400)}`;
    const what = random(100);
    if (what < 45) {
      const value = { turn, pad: 'p'.repeat(random(300)) };
      map.set(key, value);
      model.set(key, value);
    } else if (what < 75) check('delete', map.delete(key), model.delete(key));
    else if (what < 98) check('get', map.get(key), model.get(key));
    else if (what < 99 && random(20) === 0) {
      map.clear();
      model.clear();
    } else check('entries', new Map(map), model);
    check('size', map.size, model.size);
  }
});

test('an iteration yields what is there all the time exactly once, while the map grows and shrinks', () => {
  const map = make<number, number>();
  for (let key = 0; key < 500; key++) map.set(key, key);
  const seen: number[] = [];
  let extra = 1000;
  for (const [key, value] of map) {
    expect(Math.abs(value)).toBe(key);
    if (key >= 500) continue;
    seen.push(key);
    // Replaced, tables that grow, and a smaller one again.
    for (let i = 0; i < 20; i++) map.set(extra, extra++);
    map.set((key * 7) % 500, -((key * 7) % 500));
    if (seen.length % 100 === 0) for (let old = 1000; old < extra; old++) map.delete(old);
  }
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, key) => key));
});

test('what update and getOrInsert make of an entry that has expired is a new one, which stays', async () => {
  const map = make<number, string>();
  map.setMany(
    Array.from({ length: 24 }, (_, key): [number, string] => [key, 'old']),
    { ttl: 1 },
  );
  await eventually('all have expired', () => ![...map.keys()].length);
  for (let key = 0; key < 24; key++) {
    if (key % 2 === 0) map.update(key, (value = 'none') => `new ${value}`);
    else map.getOrInsert(key, () => 'new none');
  }
  expect(map.getMany(Array(24).keys())).toEqual(Array(24).fill('new none'));
});

test('setMany() stores what a buffer had when it was yielded', () => {
  const map = make<string, Buffer>();
  const reused = Buffer.alloc(1024);
  function* entries(): Generator<[string, Buffer]> {
    for (const [index, key] of ['a', 'b'].entries()) yield [key, reused.fill(index + 1)];
  }
  map.setMany(entries());
  expect(map.get('a')).toEqual(Buffer.alloc(1024, 1));
  expect(map.get('b')).toEqual(Buffer.alloc(1024, 2));
});
