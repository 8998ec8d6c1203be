import { type Carrier, messageCopy } from '@mp/core/internal';
import { registerClass } from '@mp/serde';
import { decode, encode, encodeParts } from '@mp/serde/internal';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/* Large bytes inside of a value are no part of the encoder's buffer: they follow from where they are. */
const LARGE = 64 << 10;

const CARRIER = {
  local: false,
  pin() {
    throw new Error('nothing is shared here');
  },
  unpin() {},
} as unknown as Carrier;

/** The value that arrives; the sender's memory is gone by then. */
function travel(value: unknown, own = false): unknown {
  const { bytes, more } = encodeParts(value, CARRIER);
  const message = messageCopy(bytes, more);
  return decode(message, CARRIER, message.length, own);
}

/** Twice the size: also a part of it is large. */
const VIEWS = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array],
].map((View) => new View(2 * LARGE));

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength);

test.each([...VIEWS, Buffer.alloc(2 * LARGE)].map((view) => [view.constructor.name, view] as const))(
  'a large %s in an object arrives whole, and is not copied by the encoder',
  (_, view) => {
    bytesOf(view).forEach((_byte, index, bytes) => {
      bytes[index] = index % 251;
    });
    const part = view.subarray(5);
    const value = { before: 'text', view, behind: [1, { part }], small: Buffer.from('few') };
    const { more } = encodeParts(value, CARRIER);
    expect(more.filter((piece) => piece.buffer === view.buffer)).toHaveLength(2);
    expect(encode(value, CARRIER).more).toEqual([]);
    for (const own of [false, true]) {
      const came = travel(value, own) as typeof value;
      const [one, { part: cut }] = came.behind as [number, { part: typeof part }];
      expect([came.before, one, came.small]).toEqual(['text', 1, value.small]);
      for (const [given, got] of [
        [view, came.view],
        [part, cut],
      ]) {
        expect(Object.getPrototypeOf(got)).toBe(Object.getPrototypeOf(given));
        expect(bytesOf(got).equals(bytesOf(given))).toBe(true);
      }
    }
  },
);

test('a list of many numbers is large bytes, too', () => {
  const numbers = Array.from({ length: LARGE }, (_, index) => index - 5);
  expect(encodeParts(numbers, CARRIER).more).toHaveLength(1);
  const came = travel(numbers) as number[];
  expect(came.length === numbers.length && came.every((each, index) => each === numbers[index])).toBe(true);
});

test('what is not plain is copied as before', () => {
  class Picture {
    pixels = Buffer.alloc(LARGE, 7);
  }
  registerClass(Picture);
  const value = new Map([['picture', new Picture()]]);
  expect(encodeParts(value, CARRIER).more).toEqual([]);
  expect(travel(value)).toEqual(value);
  const shared = Buffer.alloc(LARGE, 8);
  expect(travel([shared, shared])).toEqual([shared, shared]);
});

test('a getter that sends a message itself harms neither', () => {
  const inner: unknown[] = [];
  const large = Buffer.alloc(LARGE, 1);
  const value = {
    large,
    get sends() {
      inner.push(travel({ large: Buffer.alloc(LARGE, 2), text: 'inner' }));
      return 'sent';
    },
    last: Buffer.alloc(LARGE, 3),
  };
  expect(travel(value)).toEqual({ large, sends: 'sent', last: Buffer.alloc(LARGE, 3) });
  expect(inner.length).toBeGreaterThan(0);
  for (const each of inner) expect(each).toEqual({ large: Buffer.alloc(LARGE, 2), text: 'inner' });
});

test('memory that goes while its message is made is an error, not a message that is cut', () => {
  const memory = new ArrayBuffer(LARGE);
  let reads = 0;
  const value = {
    bytes: Buffer.from(memory),
    get last() {
      // Not at the first look, which finds out what it is.
      if (++reads === 2) structuredClone(memory, { transfer: [memory] });
      return 1;
    },
  };
  expect(() => travel(value)).toThrow(expect.objectContaining({ code: 'ERR_MP_SERIALIZATION' }));
});
