import { encode } from '@mp/serde/internal';
import { describe, expect, test } from 'vitest';
import { NO_CARRIER, travel } from './carrier.ts';

const EDGES = [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32];
const NUMBERS = [
  ...EDGES,
  ...EDGES.map((edge) => -edge - 1),
  -32,
  -33,
  -129,
  -32_769,
  0.5,
  Number.NaN,
  1e300,
];

describe('a small message', () => {
  test.each(NUMBERS)('of the number %d, alone, in a list and in an object', (number) => {
    expect(travel(number)).toBe(number);
    expect(travel([number, -0, number])).toEqual([number, -0, number]);
    expect(travel([number, true])).toEqual([number, true]);
    expect(travel({ number, list: [number] })).toEqual({ number, list: [number] });
  });

  test('of text of any length', () => {
    for (let length = 0; length < 300; length++) expect(travel('x'.repeat(length))).toHaveLength(length);
    expect(travel(['', 'a', 'é', '\ufeff', '\ud800'])).toEqual(['', 'a', 'é', '\ufeff', '\ud800']);
  });

  test('keeps the order of its keys, and those with a meaning elsewhere', () => {
    const value = { z: 1, a: { constructor: 2 }, 1: null, __proto__: Object.prototype };
    expect(Object.keys(travel(value))).toEqual(Object.keys(value));
    expect(travel(value)).toEqual(value);
    const named = JSON.parse('{"__proto__": [1]}');
    expect(Object.keys(travel(named))).toEqual(['__proto__']);
  });

  test('grows out of what is small at any byte, whatever comes last', () => {
    for (const last of [1, true, null, 1.5, 'text', [], {}, [true, true, [null]]]) {
      for (let length = 440; length < 530; length++) {
        const filler = ['x'.repeat(120), 'x'.repeat(120), 'x'.repeat(120), 'x'.repeat(length - 360)];
        const value = [filler, last, last === null, [[[true, false, true]]]];
        expect(travel(value)).toEqual(value);
      }
    }
  });

  test('has an object that is in it twice once, and one in a ring', () => {
    const once = { a: 1 };
    const [first, second] = travel([once, once]);
    expect(first).toBe(second);
    const ring: unknown[] = [];
    ring.push(ring);
    const back = travel(ring);
    expect(back[0]).toBe(back);
  });

  test('is whole when a getter of it encodes something', () => {
    const value = {
      before: 'before',
      get inside() {
        return encode(['something', 'else'], NO_CARRIER).length;
      },
      after: [1, 2, 3],
    };
    expect(travel(value)).toEqual({ before: 'before', inside: 16, after: [1, 2, 3] });
  });

  test('leaves out no hole, and no undefined', () => {
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    expect(1 in travel([0, , 2])).toBe(false);
    expect(travel({ a: undefined })).toStrictEqual({ a: undefined });
    expect(travel([undefined])).toStrictEqual([undefined]);
  });
});
