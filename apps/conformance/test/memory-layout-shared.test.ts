import { readdirSync } from 'node:fs';
import { Lock } from '@mp/lock';
import { ShareableList, SharedArray, SharedMap, SharedMemory, SharedStruct, Value } from '@mp/shared';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { bytesOf, me, PAGE, read } from './documented-layout.ts';

leakCheck();

const TYPES = ['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'f32', 'f64', 'c', 'u'] as const;

test('types have the numbers of the page, in a Value and a SharedArray', () => {
  for (const [index, type] of TYPES.entries()) {
    const value = new Value(type, undefined, { name: 'layout-type' });
    const array = new SharedArray(type, 3, { name: 'layout-types' });
    expect(bytesOf('n-layout-type').readUInt32LE(PAGE.Value.TYPE), type).toBe(index + 1);
    expect(bytesOf('n-layout-types').readUInt32LE(PAGE.SharedArray.TYPE), type).toBe(index + 1);
    value.unlink();
    array.unlink();
  }
});

test('a SharedArray: its type, length and elements, and which lock it has', () => {
  const array = new SharedArray('i16', [1, -2, 3], { name: 'layout-array' });
  const page = PAGE.SharedArray;
  const bytes = read('n-layout-array', 17, 1);
  expect(bytes.readDoubleLE(page.LENGTH)).toBe(3);
  expect([0, 2, 4].map((at) => bytes.readInt16LE(page.ELEMENTS + at))).toEqual([1, -2, 3]);
  expect(bytes.length).toBe(page.ELEMENTS + 6);
  expect(bytes.readInt32LE(page.GIVEN_LOCK)).toBe(0);
  const held = array.lock.acquireSync();
  expect(bytesOf('n-layout-array').readInt32LE(page.LOCK)).toBe(me());
  held.release();
  array.unlink();
  const raw = new SharedArray('u8', 1, { name: 'layout-array', lock: false });
  expect(bytesOf('n-layout-array').readInt32LE(page.GIVEN_LOCK)).toBe(-1);
  raw.unlink();
  const lock = new Lock({ name: 'layout-array-lock' });
  const other = new SharedArray('u8', 1, { name: 'layout-array', lock });
  const given = bytesOf('n-layout-array').subarray(page.GIVEN_LOCK, page.TYPE);
  expect(given.toString('latin1')).toContain('n-layout-array-lock');
  other.unlink();
  lock.unlink();
});

test('a SharedStruct: its layout as JSON, and each field where the page puts it', () => {
  const layout = { a: 'u8', b: 'f64', c: { d: 'u8', e: 'i16' }, f: ['i32', 2], g: 'u8' } as const;
  const struct = new SharedStruct(layout, { name: 'layout-struct' });
  const { fields } = struct;
  fields.a = 200;
  fields.b = 1.5;
  fields.c.d = 3;
  fields.c.e = -4;
  fields.f.set([5, -6]);
  fields.g = 7;
  const page = PAGE.SharedStruct;
  const bytes = read('n-layout-struct', 18, 1);
  const length = bytes.readInt32LE(page.LAYOUT_BYTES);
  expect(JSON.parse(bytes.toString('utf8', page.LAYOUT, page.LAYOUT + length))).toEqual(layout);
  const start = bytes.readInt32LE(page.FIELDS_AT);
  expect(start % 64).toBe(0);
  const at = bytes.subarray(start);
  const found = [
    at[0],
    at.readDoubleLE(8),
    at[16],
    at.readInt16LE(18),
    at.readInt32LE(20),
    at.readInt32LE(24),
  ];
  expect([...found, at[28], at.length]).toEqual([200, 1.5, 3, -4, 5, -6, 7, 32]);
  struct.unlink();
});

test("a SharedMemory: the user's bytes begin at its second page", () => {
  const memory = SharedMemory.create({ name: 'layout-memory', size: 10, persist: true });
  new Uint8Array(memory.buffer).set([1, 2, 3], 7);
  const bytes = read('n-layout-memory', 19, 1);
  const start = bytes.readInt32LE(PAGE.SharedMemory.PAGE);
  expect(start).toBeGreaterThanOrEqual(4096);
  expect(bytes.readDoubleLE(PAGE.SharedMemory.LENGTH)).toBe(10);
  expect([...bytes.subarray(start)]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
  memory.unlink();
  const passing = SharedMemory.create({ name: 'layout-memory', size: 10 });
  // Bit 1 of FLAGS: it goes with its last user.
  read('n-layout-memory', 19, 3);
  passing.close();
});

test('a ShareableList: its elements, before and after one is replaced', () => {
  const items = [null, false, true, 1.5, -3n, 'ä', Buffer.from([1, 2])];
  const list = new ShareableList(items, { name: 'layout-list' });
  list.set(3, 'long');
  list.set(3, 2.5);
  list.set(5, '\0');
  const page = PAGE.ShareableList;
  const bytes = read('n-layout-list', 20, 1);
  expect(bytes.readInt32LE(page.LENGTH)).toBe(items.length);
  const found = items.map((_, index) => {
    const slot = page.SLOTS + index * 16;
    const [head, room, at] = [
      bytes.readInt32LE(slot),
      bytes.readInt32LE(slot + 4),
      bytes.readDoubleLE(slot + 8),
    ];
    const half = at + (head & 1) * (8 + room);
    const content = bytes.subarray(half + 8, half + 8 + bytes.readInt32LE(half + 4));
    const type = bytes.readInt32LE(half);
    if (type === 3) return [head, content.readDoubleLE(0)];
    if (type === 4) return [head, content.readBigInt64LE(0)];
    if (type === 5) return [head, content.toString()];
    return [head, type === 6 ? content : [null, false, true][type]];
  });
  expect(found).toEqual([
    [0, null],
    [0, false],
    [0, true],
    [2, 2.5],
    [0, -3n],
    [1, '\0'],
    [0, Buffer.from([1, 2])],
  ]);
  list.unlink();
});

/** A second reader of maps, made of nothing but the page. */
class PageMap {
  readonly #file: string;
  readonly #page = PAGE.SharedMap;
  readonly head: Buffer;

  constructor(file: string) {
    this.#file = file;
    this.head = read(file, 21, 3, 2);
  }

  /** The cell of a key, `undefined` when there is none. */
  cellOf(key: Buffer): Buffer | undefined {
    const table = this.#satellite(this.head.readUInt32LE(this.#page.TABLE), 56);
    const bits = table.readUInt32LE(256);
    const hash = this.#hash(key);
    for (let slot = hash >>> (32 - bits); ; slot = (slot + 1) % 2 ** bits) {
      const link = table.readInt32LE(320 + 8 * slot + 4);
      if (link === 0) return undefined;
      if (link === 1 || table.readUInt32LE(320 + 8 * slot) !== hash) continue;
      const cell = this.#cell(link - 2);
      const length = cell.readInt32LE(this.#page.KEY_LENGTH);
      if (cell.subarray(this.#page.KEY, this.#page.KEY + length).equals(key)) return cell;
    }
  }

  #cell(cell: number): Buffer {
    const entry = this.#page.CHUNKS + (cell >>> 18) * 32;
    const chunk = this.#satellite(this.head.readUInt32LE(entry), 57);
    const size = this.head.readInt32LE(entry + 4);
    expect(chunk.readInt32LE(256)).toBe(size);
    const at = 320 + (cell & 0x3ffff) * size;
    return chunk.subarray(at, at + size);
  }

  #satellite(number: number, kind: number): Buffer {
    const bytes = bytesOf(`${this.#file}+${number}`);
    expect([bytes.readUInt32LE(PAGE.Header.KIND), bytes.readDoubleLE(PAGE.Header.SIZE)]).toEqual([
      kind,
      bytes.length,
    ]);
    return bytes;
  }

  #hash(key: Buffer): number {
    let hash = this.head.readInt32LE(this.#page.SEED);
    for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

test('a SharedMap: every entry is found by what the page says, and each word of its head', () => {
  const map = new SharedMap({ name: 'layout-map', maxBytes: 50_000, evict: 'lru' });
  const f64 = (value: number) => {
    const bytes = Buffer.alloc(9, 3);
    bytes.writeDoubleLE(value, 1);
    return bytes;
  };
  const keys = new Map<string | number | bigint | boolean | Uint8Array, Buffer>([
    ['plain', Buffer.from('\x01plain')],
    ['ünï', Buffer.concat([Buffer.from([2]), Buffer.from('ünï', 'utf16le')])],
    [-1.5, f64(-1.5)],
    [-0, f64(0)],
    [-255n, Buffer.from('\x04-ff')],
    [false, Buffer.from([5])],
    [true, Buffer.from([6])],
    [Uint8Array.of(9, 8), Buffer.from([7, 9, 8])],
  ]);
  for (let i = 0; i < 60; i++) map.set(`other ${i}`, i);
  for (let i = 0; i < 60; i += 3) map.delete(`other ${i}`);
  const before = Date.now();
  for (const key of keys.keys()) map.set(key, 'v'.repeat(50), { ttl: 600_000 });
  const found = new PageMap('n-layout-map');
  const page = PAGE.SharedMap;
  for (const bytes of keys.values()) {
    const cell = found.cellOf(bytes) as Buffer;
    expect(cell.readInt32LE(page.KEY_LENGTH)).toBe(bytes.length);
    expect(cell.readUInt32LE(page.VERSION)).toBeGreaterThan(0);
    const expiry = cell.readDoubleLE(page.EXPIRY) - before;
    expect(expiry >= 600_000 && expiry < 660_000).toBe(true);
    const value = page.KEY + bytes.length;
    expect(cell.toString('latin1', value, value + cell.readInt32LE(page.VALUE_LENGTH))).toContain(
      'v'.repeat(50),
    );
  }
  expect(found.cellOf(Buffer.from('\x01none'))).toBe(undefined);
  expect(found.cellOf(Buffer.from('\x01other 3'))).toBe(undefined);
  expect(found.cellOf(Buffer.from('\x01other 4'))?.readDoubleLE(page.EXPIRY)).toBe(0);
  const word = (field: string) => found.head.readInt32LE(page[field]);
  expect(['EVICT', 'DIRTY', 'PENDING', 'DOOMED', 'COUNT', 'TIMED'].map(word)).toEqual([1, 0, 0, 0, 48, 8]);
  expect(found.head.readDoubleLE(page.MAX_BYTES)).toBe(50_000);
  expect(found.head.readDoubleLE(page.BYTES)).toBe(map.bytes);
  expect([page.SHAPES, found.head.length]).toEqual([page.CHUNKS + 2048 * 32, page.SHAPES + 8192]);
  for (const id of [1, 2]) map.set('row', { id });
  const shaped = new PageMap('n-layout-map');
  const entry = page.SHAPES + PAGE.Shapes.ENTRIES;
  expect(shaped.head.subarray(entry, entry + 4)).toEqual(Buffer.from([1, 2, 0x69, 0x64]));
  const row = shaped.cellOf(Buffer.from('\x01row')) as Buffer;
  const start = page.KEY + row.readInt32LE(page.KEY_LENGTH);
  expect(row.subarray(start, start + row.readInt32LE(page.VALUE_LENGTH))).toEqual(Buffer.from([0xc1, 0, 2]));
  map.close();
  expect(readdirSync(process.env.MP_DIR as string).filter((file) => file.includes('layout-map'))).toEqual([]);
});
