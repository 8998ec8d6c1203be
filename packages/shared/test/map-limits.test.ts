import { type MapKey, SharedMap, type SharedMapOptions } from '@mp/shared';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, expect, test, vi } from 'vitest';

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

test('an entry with a ttl is absent when that is over, and its memory is used again', async () => {
  const map = make();
  map.set('stays', 0);
  map.set('short', 1, { ttl: 5 });
  map.set('long', 2, { ttl: 600_000 });
  // Not made anew if it has expired meanwhile.
  map.update('short', (value) => value && 3);
  await eventually('it has expired', () => !map.has('short'));
  expect([map.get('short'), map.delete('short'), map.get('long')]).toEqual([undefined, false, 2]);
  expect(new Map(map)).toEqual(
    new Map([
      ['stays', 0],
      ['long', 2],
    ]),
  );
  for (let i = 0; i < 1000; i++) map.set(i, i, { ttl: 1 });
  await eventually('all have expired', () => !map.has(999) && !map.has(500));
  for (let i = 0; i < 1000; i++) map.set('stays', i);
  expect(map.size).toBeLessThan(10);
  // A new value without a ttl stays.
  map.set('long', 5);
  expect(map.getOrInsert('short', () => 9)).toBe(9);
});

test('a full map refuses more with the figures and stays what it was; what is replaced makes room', () => {
  const map = make<number, string>({ maxBytes: 20_000 });
  let count = 0;
  expect(() => {
    for (; ; count++) map.set(count, 'v'.repeat(100));
  }).toThrow(/entries take \d+ of at most 20000/);
  expect(count).toBeGreaterThan(100);
  const bytes = map.bytes;
  expect(bytes).toBeLessThanOrEqual(20_000);
  for (let i = 0; i < 5; i++) expect(() => map.set(-1, 'v'.repeat(100))).toThrow(code('ERR_MP_NO_SPACE'));
  expect(() =>
    map.setMany([
      [0, 'x'],
      [-1, 'v'.repeat(100)],
      [-2, 'v'.repeat(100)],
    ]),
  ).toThrow(code('ERR_MP_NO_SPACE'));
  expect([map.size, map.bytes, map.get(0)]).toEqual([count, bytes, 'v'.repeat(100)]);
  map.set(0, 'w'.repeat(100));
  map.delete(1);
  map.set(-1, 'v'.repeat(100));
  expect([map.size, map.get(0), map.get(-1)]).toEqual([count, 'w'.repeat(100), 'v'.repeat(100)]);
});

test("evict: 'lru' deletes what was used longest ago", () => {
  const map = make<number, string>({ maxBytes: 20_000, evict: 'lru' });
  for (let key = 0; key < 3000; key++) {
    map.set(key, 'v'.repeat(100));
    expect(map.get(0)).toBe('v'.repeat(100));
    expect(map.bytes).toBeLessThanOrEqual(20_000);
  }
  expect(map.has(2999)).toBe(true);
  const kept = [...map.keys()].filter((key) => key !== 0);
  expect(kept.length).toBeGreaterThan(100);
  expect(Math.min(...kept)).toBeGreaterThan(2400);
  expect(() => map.set(1, 'v'.repeat(30_000))).toThrow(code('ERR_MP_NO_SPACE'));
  expect(map.size).toBe(kept.length + 1);
});

test('setMany that does not fit changes nothing, nor evicts for it', () => {
  const map = make<string | number, string>({ maxBytes: 20_000, evict: 'lru' });
  for (let key = 0; map.bytes < 19_800; key++) map.set(key, 'v'.repeat(100));
  const [before, bytes] = [new Map(map), map.bytes];
  const many = Array.from({ length: 200 }, (_, key): [string, string] => [`new ${key}`, 'n'.repeat(100)]);
  expect(() => map.setMany(many)).toThrow(/entries take \d+ of at most 20000/);
  // Some of them replace entries.
  expect(() => map.setMany([...many, [0, 'w'.repeat(100)], [1, 'w']])).toThrow(code('ERR_MP_NO_SPACE'));
  expect([new Map(map), map.bytes]).toEqual([before, bytes]);
  map.setMany(many.slice(0, 100));
  expect(map.getMany(many.slice(0, 100).map(([key]) => key))).toEqual(
    many.slice(0, 100).map(([, value]) => value),
  );
  expect(map.bytes).toBeLessThanOrEqual(20_000);
});

test('what setMany replaces makes room for it, and of one key the last value counts', () => {
  const map = make<number, string>({ maxBytes: 20_000 });
  const entries = Array.from({ length: 100 }, (_, key): [number, string] => [key, 'v'.repeat(100)]);
  map.setMany(entries);
  const { bytes } = map;
  const full = make<number, string>({ maxBytes: bytes }).setMany(entries);
  full.setMany(entries.map(([key, value]) => [key, value.replaceAll('v', 'w')]));
  expect(full.getMany([0, 99])).toEqual(['w'.repeat(100), 'w'.repeat(100)]);
  full.setMany([
    [5, 'x'.repeat(100)],
    [5, 'y'.repeat(100)],
    [5, 'z'.repeat(100)],
  ]);
  expect([full.get(5), full.size, full.bytes]).toEqual(['z'.repeat(100), 100, bytes]);
  expect(() =>
    full.setMany([
      [5, 'x'.repeat(100)],
      [100, 'v'],
    ]),
  ).toThrow(code('ERR_MP_NO_SPACE'));
  expect(full.get(5)).toBe('z'.repeat(100));
});

test('what has expired is not counted as room twice', async () => {
  const map = make<number, string>({ maxBytes: 5_000 });
  while (map.bytes < 4_700) map.set(map.size + 1, 'v'.repeat(100));
  map.delete(1);
  map.set(1, 'v'.repeat(100), { ttl: 1 });
  await eventually('it has expired', () => !map.has(1));
  // The search for room frees the expired one; it was to make room as the one that is replaced as well.
  expect(() => map.set(1, 'w'.repeat(450))).toThrow(code('ERR_MP_NO_SPACE'));
  expect(map.bytes).toBeLessThanOrEqual(5_000);
});

test('an update that lasts longer than its entry leaves one that has expired', async () => {
  const map = make<string, number>();
  map.set('a', 1, { ttl: 20 });
  map.update('a', (value) => {
    const start = Date.now();
    while (Date.now() - start < 40);
    return value;
  });
  expect([map.get('a'), map.has('a'), map.delete('a')]).toEqual([undefined, false, false]);
});

test('a full map that evicts looks at a few entries for each change, also at those with an expiry', () => {
  const map = make<number, string>({ maxBytes: 300_000, evict: 'lru' });
  let key = 0;
  const change = () => map.set(key++, 'v'.repeat(100), { ttl: 600_000 });
  // Once around, so that entries that were not used again are there to be evicted.
  while (key < 2 * map.size || map.bytes < 299_000) change();
  const clock = vi.spyOn(Date, 'now');
  for (let i = 0; i < 1000; i++) change();
  const looks = clock.mock.calls.length;
  clock.mockRestore();
  expect(map.size).toBeGreaterThan(1500);
  // One for the expiry of the new entry, eight for what has expired, some for the hand.
  expect(looks / 1000).toBeLessThan(30);
});

test("evict: 'lru' takes what has expired whether it was read or not", async () => {
  const map = make<number, string>({ maxBytes: 20_000, evict: 'lru' });
  map.setMany(
    Array.from({ length: 50 }, (_, key): [number, string] => [key, 'v'.repeat(100)]),
    { ttl: 1 },
  );
  await eventually('they have expired', () => !map.has(0) && !map.has(49));
  for (let key = 100; key < 163; key++) map.set(key, 'v'.repeat(100));
  const kept = Array.from({ length: 63 }, (_, at) => 100 + at);
  for (let key = 200; key < 250; key++) {
    map.getMany(kept);
    map.set(key, 'v'.repeat(100));
  }
  expect(map.getMany(kept).filter((value) => value === undefined)).toEqual([]);
});
