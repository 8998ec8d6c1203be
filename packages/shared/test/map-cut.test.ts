import { closeSync, copyFileSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { sweep } from '@mp/core/internal';
import { SharedMap, type SharedMapOptions } from '@mp/shared';
import { type Cut, cutAtEveryStore, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/*
 * Sequences of changes, killed after each of their stores. Whatever the moment, a reader finds the changes that came before
 * it, whole, at once and without a repair; the next writer finds counts and memory in order.
 */
const PROGRAM = new URL('./fixtures/cut-map.mjs', import.meta.url);

type Content = [string, unknown][];

/** A value as it is compared: of large ones, what is in them and how long they are. */
const plain = (value: unknown): unknown =>
  Buffer.isBuffer(value) && value.equals(Buffer.alloc(value.length, value[0]))
    ? `${value[0]} × ${value.length}`
    : value;

const sorted = (content: Iterable<[string, unknown]>): Content =>
  [...content]
    .map(([key, value]): [string, unknown] => [key, plain(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** How many cells and tables its files hold. */
const satellites = (map: SharedMap) =>
  readdirSync(process.env.MP_DIR as string).filter((file) => file.startsWith(`n-${map.name}+`)).length;

let count = 0;

async function cut(
  what: string,
  options: SharedMapOptions,
  prepare: (map: SharedMap<string>) => void | Promise<void>,
  check: (map: SharedMap<string>, content: Content, cut: Cut) => void,
): Promise<void> {
  let map = new SharedMap<string>();
  map.close();
  const stores = await cutAtEveryStore(
    PROGRAM,
    async () => {
      map = new SharedMap({ ...options, name: `cut-map-${process.pid}-${count++}` });
      await prepare(map);
      return [map.name as string, what];
    },
    (moment) => {
      // A reader repairs nothing, and has what the size says only after the counts were made again.
      const content = sorted(map);
      for (const [key, value] of content) expect(plain(map.get(key))).toEqual(value);
      check(map, content, moment);
      if (what !== 'expiring') expect(map.size).toBe(content.length);
      map.set('after', 'it').delete('after');
      expect(sorted(map)).toEqual(content);
      const { bytes } = map;
      // Counted anew, entry by entry: nothing is counted twice, and no cell is lost.
      for (const [key] of content) map.delete(key);
      if (what !== 'expiring')
        expect([map.size, map.bytes, bytes > 0 || content.length === 0]).toEqual([0, 0, true]);
      map.clear();
      expect(satellites(map)).toBe(0);
      map.unlink();
      sweep();
    },
  );
  expect(stores).toBeGreaterThan(10);
}

/** One of the contents that the map has after each of the changes. */
function expectOneOf(content: Content, states: Record<string, unknown>[]): void {
  const written = states.map((state) => JSON.stringify(sorted(Object.entries(state))));
  expect(written).toContain(JSON.stringify(content));
}

test('replace, insert while the table grows, update, delete', () => {
  const before: Record<string, string> = {};
  for (let i = 0; i < 24; i++) before[`old ${i}`] = 'old';
  const states = [before, { ...before, 'old 1': 'new' }];
  states.push({ ...states[1], first: 'new' }, { ...states[1], first: 'new', second: 'new' });
  states.push({ ...states[3], 'old 2': 'older' });
  const { 'old 3': _, ...last } = states[4];
  states.push(last);
  return cut(
    'growing',
    {},
    (map) => void map.setMany(Object.entries(before)),
    (_map, content, { completed }) => expectOneOf(content, completed ? [last] : states),
  );
});

test('replace and insert into a full map that evicts', () =>
  cut(
    'evicting',
    { maxBytes: 2_000, evict: 'lru' },
    (map) => {
      for (let i = 0; i < 10; i++) map.set(`old ${i}`, 'o'.repeat(100));
    },
    (map, content, { completed }) => {
      for (const [key, value] of content)
        expect([`o${key}`, `n${key}`]).toContain(`${(value as string)[0]}${key}`);
      for (const [, value] of content) expect(value).toMatch(/^(o{100}|n{100})$/);
      // What is replaced is not evicted for that.
      const first = map.get('first');
      if (first === undefined) expect(map.has('old 1')).toBe(true);
      else expect(first).toBe('n'.repeat(100));
      expect(content.length).toBeGreaterThan(6);
      if (completed) expect(first).toBe('n'.repeat(100));
    },
  ));

test('changes that free what has expired', () =>
  cut(
    'expiring',
    {},
    async (map) => {
      for (let i = 0; i < 8; i++) map.set(`gone ${i}`, 'old', { ttl: 1 });
      map.set('old 1', 'old').set('old 2', 'old');
      while (map.has('gone 0') || map.has('gone 7')) await new Promise((resolve) => setTimeout(resolve, 1));
    },
    (_map, content, { completed }) => {
      const states = [
        { 'old 1': 'old', 'old 2': 'old' },
        { 'old 1': 'new', 'old 2': 'old' },
        { 'old 1': 'new' },
      ];
      expectOneOf(content, completed ? states.slice(2) : states);
    },
  ));

test('large values, which have memory of their own', () =>
  cut(
    'large',
    {},
    (map) => void map.set('old 1', Buffer.alloc(1_200_000, 1)).set('old 2', Buffer.alloc(1_200_000, 1)),
    (_map, content, { completed }) => {
      const states = [
        { 'old 1': '1 × 1200000', 'old 2': '1 × 1200000' },
        { 'old 1': '2 × 1500000', 'old 2': '1 × 1200000' },
        { 'old 1': '2 × 1500000' },
      ];
      expectOneOf(content, completed ? states.slice(2) : states);
    },
  ));

test('objects of one shape, which the map has not met before', () => {
  const row = (id: number) => ({ id, name: 'n' });
  const states: Record<string, unknown>[] = [{ 'old 1': 'old' }, { 'old 1': 'old', first: row(1) }];
  states.push({ ...states[1], 'old 1': row(2) });
  states.push({ ...states[2], second: row(3) });
  return cut(
    'shaped',
    {},
    (map) => void map.set('old 1', 'old'),
    (map, content, { completed }) => {
      expectOneOf(content, completed ? states.slice(3) : states);
      // The next writer, and a reader that comes later, use the shape whether it is there or not.
      for (const id of [4, 5]) map.set('mine', row(id));
      const other = new SharedMap<string>({ name: map.name as string });
      expect(other.get('mine')).toEqual(row(5));
      other.close();
      map.delete('mine');
    },
  );
});

test('setMany, clear', () => {
  const before = { 'old 1': 'old', 'old 2': 'old', 'old 3': 'old' };
  const some = { ...before, 'old 1': 'new' };
  const states = [
    before,
    some,
    { ...some, first: 'new' },
    { ...some, first: 'new', 'old 2': 'new' },
    {},
    { first: 'last' },
  ];
  return cut(
    'clearing',
    {},
    (map) => void map.setMany(Object.entries(before)),
    (_map, content, { completed }) => expectOneOf(content, completed ? states.slice(5) : states),
  );
});

/** How many slots of its table are in use or were: of more than 24 of 32, the next insertion makes a new one. */
function usedSlots(map: SharedMap): number {
  const head = readFileSync(`${process.env.MP_DIR}/n-${map.name}`);
  const [COUNT, TOMBS] = [1484, 1488];
  return head.readInt32LE(COUNT) + head.readInt32LE(TOMBS);
}

test('getOrInsert into a table that is made anew, update that deletes, cells in place of others', () => {
  const before: Record<string, string> = {};
  for (let i = 0; i < 8; i++) before[`old ${i}`] = 'old';
  const { 'old 1': _, ...without } = before;
  const states = [before, { ...before, first: 'new' }, { ...without, first: 'new' }];
  states.push({ ...states[2], second: 'n'.repeat(5000) });
  return cut(
    'reusing',
    {},
    (map) => {
      map.setMany(Object.entries(before));
      // A chunk of which all cells are free: it goes when another one is made.
      map.set('large', 'x'.repeat(3000)).delete('large');
      for (let key = 0; usedSlots(map) < 24; key++) map.set(`gone ${key}`, 'x').delete(`gone ${key}`);
    },
    (map, content, { completed }) => {
      expectOneOf(content, completed ? states.slice(3) : states);
      if (completed) expect(usedSlots(map)).toBeLessThan(24);
    },
  );
});

/** What a writer leaves that dies at the worst moment: everything that is derived is wrong, and a file has no name yet. */
function leaveHalfDone(map: SharedMap): void {
  const path = `${process.env.MP_DIR}/n-${map.name}`;
  const file = openSync(path, 'r+');
  const put = (at: number, ...words: number[]) =>
    writeSync(file, Buffer.from(Int32Array.from(words).buffer), 0, words.length * 4, at);
  const number = readFileSync(path).readUInt32LE(40) + 1;
  copyFileSync(`${path}+1`, `${path}+${number}`);
  put(40, number);
  const [DIRTY, PENDING, COUNT, BYTES, CURRENT, CHUNKS] = [1472, 1476, 1484, 1504, 1536, 2048];
  put(COUNT, 77, 5, 3);
  put(BYTES, 12345, 67890);
  put(CURRENT, 3, 1, 2, 3, 1);
  put(CHUNKS + 16, 1, 99);
  put(PENDING, number);
  put(DIRTY, 1);
  closeSync(file);
}

test('a repair that is killed is begun anew', () => {
  const before: Record<string, string> = {};
  for (let i = 0; i < 8; i++) before[`old ${i}`] = 'old';
  return cut(
    'repairing',
    {},
    (map) => {
      map.setMany(Object.entries(before));
      map.set('gone', 1).delete('gone');
      leaveHalfDone(map);
    },
    (_map, content, { completed }) => {
      const states = [before, { ...before, 'old 1': 'new' }];
      expectOneOf(content, completed ? states.slice(1) : states);
    },
  );
});
