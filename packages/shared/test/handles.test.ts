import type { Carrier, HandleRecord } from '@mp/core/internal';
import { HANDLE, messageLength } from '@mp/core/internal';
import { encodeParts } from '@mp/serde/internal';
import { ShareableList, SharedArray, SharedMap, SharedMemory, SharedStruct, Value } from '@mp/shared';
import { leakCheck } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const open = new Set<{ close(): void }>();

const kept = <T extends { close(): void }>(object: T): T => {
  open.add(object);
  return object;
};

afterEach(() => {
  for (const object of open) object.close();
  open.clear();
});

/** A channel that only counts. */
const pinned: string[] = [];
const carrier = {
  local: true,
  pin(file: string) {
    pinned.push(file);
    return undefined as never;
  },
  unpin() {},
} as unknown as Carrier;

/** Bytes of the message with one object, or one view, in it. */
function messageBytes(content: unknown): number {
  const { length, more } = encodeParts(content, carrier, 'message');
  return messageLength(length, more);
}

test('SHM-7: the message with an object has the same length, however large that is', () => {
  const sizes: [string, (size: number) => unknown][] = [
    ['SharedMemory', (size) => kept(SharedMemory.create({ size, reserve: false }))],
    ['view', (size) => new Uint8Array(kept(SharedMemory.create({ size, reserve: false })).buffer, 0, 9)],
    ['SharedArray', (size) => kept(new SharedArray('u8', size))],
    ['ShareableList', (size) => kept(new ShareableList(Array(size / 1000).fill(0)))],
    ['SharedStruct', (size) => kept(new SharedStruct({ bytes: ['u8', size] }))],
    [
      'SharedMap',
      (size) => {
        const map = kept(new SharedMap());
        for (let key = 0; key < size / 10_000; key++) map.set(key, 'x'.repeat(100));
        return map;
      },
    ],
    ['Value', (size) => kept(new Value('i32', size))],
  ];
  for (const [title, make] of sizes) {
    const [small, large] = [make(1000), make(10_000_000)];
    expect(messageBytes(large), title).toBe(messageBytes(small));
    expect(messageBytes(large), title).toBeLessThan(200);
  }
  expect(pinned.length).toBeGreaterThan(sizes.length);
});

test('a closed object cannot be sent', () => {
  const objects = [
    SharedMemory.create({ size: 1 }),
    new SharedArray('u8', 1),
    new ShareableList([1]),
    new SharedStruct({ n: 'i32' }),
    new SharedMap(),
    new Value('i32'),
  ];
  for (const object of objects) {
    object.close();
    const send = () => (object as unknown as { [HANDLE](): HandleRecord })[HANDLE]();
    expect(send, object.constructor.name).toThrow(expect.objectContaining({ code: 'ERR_MP_CLOSED' }));
  }
});

type Maker = (options: { name?: string }) => { close(): void };

const MAKERS: Record<string, Maker> = {
  Value: (options) => new Value('i32', 0, options),
  SharedArray: (options) => new SharedArray('i32', 1, options),
  SharedStruct: (options) => new SharedStruct({ n: 'i32' }, options),
  SharedMemory: (options) => SharedMemory.create({ size: 8, ...options }),
  ShareableList: (options) => new ShareableList([1], options),
  SharedMap: (options) => new SharedMap(options),
};

test.each(Object.entries(MAKERS))(
  '%s refuses names that are none, and options that it has not',
  (_, make) => {
    for (const name of ['', 'a/b', '../up', 'a b', 'a\0b', 'ä', 'x'.repeat(101)])
      expect(() => kept(make({ name })), JSON.stringify(name)).toThrow(RangeError);
    for (const name of [5, null, {}, ['a'], Symbol('a'), true])
      expect(() => kept(make({ name: name as never })), String(typeof name)).toThrow(TypeError);
    expect(() => kept(make({ nmae: 'x' } as never))).toThrow(TypeError);
    for (const name of ['x'.repeat(100), 'A-z_0.9']) {
      const object = make({ name }) as { close(): void; unlink(): boolean };
      expect(object.unlink(), name).toBe(true);
    }
  },
);
