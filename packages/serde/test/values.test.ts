import { SerializationError } from '@mp/serde';
import { decode, encode, encodeParts } from '@mp/serde/internal';
import { describe, expect, test } from 'vitest';
import { NO_CARRIER, travel } from './carrier.ts';

class Point {
  x = 1;
  y = 2;
  #hidden = 3;
  get sum() {
    return this.x + this.y + this.#hidden;
  }
}

describe('values come back as they were', () => {
  test.each([
    ['null', null],
    ['booleans', [true, false]],
    [
      'whole numbers',
      [0, 1, -1, 127, 128, 255, 65_536, -32_769, 2 ** 31, -(2 ** 31), 2 ** 53, -(2 ** 53), 1e21],
    ],
    ['fractions', [0.1, -1.5, 1e-320, Number.MAX_VALUE, Number.MIN_VALUE]],
    ['special numbers', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['bigints', [0n, -1n, 2n ** 63n, -(2n ** 64n), 2n ** 200n, -(3n ** 500n)]],
    ['strings', ['', 'a', 'é', '日本', '😀', 'x'.repeat(70_000), '\0', '\ufeffstart']],
    ['lone surrogates', ['\ud800', 'a\udc00b']],
    ['undefined inside', { a: undefined, b: [undefined, 1] }],
    ['dates', [new Date(0), new Date(1.7e12 + 1), new Date(-1), new Date(8.64e15)]],
    ['regular expressions', [/a+/giu, /\//]],
    [
      'maps',
      new Map<unknown, unknown>([
        [1, 'a'],
        ['k', new Map()],
        [{ a: 1 }, [1]],
      ]),
    ],
    ['sets', new Set<unknown>([1, 'a', new Set([2])])],
    ['nested maps in objects', { m: new Map([['a', { b: new Set([1]) }]]) }],
    ['buffers', Buffer.from('hello')],
    ['an empty buffer', Buffer.alloc(0)],
    [
      'typed arrays',
      [new Uint8Array([1, 2]), new Int16Array([-1]), new Float64Array([0.5]), new BigInt64Array([-5n])],
    ],
    ['float arrays', [new Float32Array([1.5]), new Uint8ClampedArray([300])]],
    ['array buffers', new Uint8Array([1, 2, 3]).buffer],
    ['urls', new URL('http://example.com/a?b#c')],
    ['keys of any name', { constructor: 1, toString: 2, hasOwnProperty: 3, '': 4, 5: 6, 'a.b': 7 }],
    ['deep nesting', Array.from({ length: 300 }).reduce<unknown>((inner) => ({ inner }), 'end')],
  ])('%s', (_, value) => {
    expect(travel(value)).toStrictEqual(value);
  });

  test.each([
    ['small', Array.from({ length: 32 }, (_, i) => i - 16)],
    ['large', Array.from({ length: 1000 }, (_, i) => i * 1e9)],
    [
      'of all sorts',
      [...Array.from({ length: 40 }, (_, i) => i), Number.NaN, -0, Infinity, -1e-320, 2 ** 31],
    ],
    ['that are not only numbers', [...Array.from({ length: 40 }, (_, i) => i), '40', null]],
    ['one of which is undefined', [...Array.from({ length: 40 }, (_, i) => i), undefined]],
    ['and a bigint', [...Array.from({ length: 40 }, (_, i) => i), 40n]],
    [
      'with a hole',
      Object.assign(
        Array.from({ length: 40 }, (_, i) => i),
        { 50: 1 },
      ),
    ],
  ])('many numbers, %s', (_, numbers) => {
    expect(travel(numbers)).toStrictEqual(numbers);
    expect(travel({ numbers })).toStrictEqual({ numbers });
  });

  test('-0 and an invalid date', () => {
    expect(Object.is(travel({ n: -0 }).n, -0)).toBe(true);
    expect(Object.is(travel(-0), -0)).toBe(true);
    expect(travel([new Date(Number.NaN)])[0].getTime()).toBeNaN();
  });

  test('a data view', () => {
    const view = new DataView(new ArrayBuffer(8), 2, 4);
    view.setInt16(0, -7);
    const received = travel({ view }).view;
    expect(received).toBeInstanceOf(DataView);
    expect([received.byteLength, received.getInt16(0)]).toEqual([4, -7]);
  });

  test('a buffer stays a Buffer, an array a Uint8Array, and neither looks at the message', () => {
    const { bytes } = encode({ buffer: Buffer.from('abc'), array: new Uint8Array([1, 2, 3]) }, NO_CARRIER);
    const message = new Uint8Array(bytes);
    const received = decode(message, NO_CARRIER) as { buffer: Buffer; array: Uint8Array };
    message.fill(0);
    expect(Buffer.isBuffer(received.buffer)).toBe(true);
    expect(received.buffer.toString()).toBe('abc');
    expect([received.array.constructor, [...received.array]]).toEqual([Uint8Array, [1, 2, 3]]);
  });

  test('an array with holes keeps them', () => {
    const sparse: unknown[] = [1, 'hole', 3];
    delete sparse[1];
    expect(1 in travel(sparse)).toBe(false);
    const far: unknown[] = [];
    far[1_000_000] = 'end';
    const received = travel(far);
    expect([received.length, received[1_000_000], 5 in received]).toEqual([1_000_001, 'end', false]);
  });

  test('an object without prototype, and one with a key __proto__', () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    expect(Object.getPrototypeOf(travel(bare))).toBe(null);
    const odd = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}');
    const received = travel(odd);
    expect(Object.keys(received)).toEqual(['__proto__', 'a']);
    expect(received.polluted).toBeUndefined();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('an instance of an unregistered class is a plain object of its own fields', () => {
    const received = travel(new Point()) as unknown;
    expect(received).toStrictEqual({ x: 1, y: 2 });
  });

  test('boxed primitives are what is in them, and toJSON is not asked', () => {
    expect(travel([Object(1), Object('a'), Object(true)])).toEqual([1, 'a', true]);
    const odd = { a: 1, toJSON: undefined };
    expect(travel(odd)).toStrictEqual(odd);
  });
});

describe('identity within one message', () => {
  test('what is met twice is one object', () => {
    const shared = { n: 1 };
    const received = travel({ a: shared, b: [shared], m: new Map([[shared, shared]]) });
    expect(received.a).toBe(received.b[0]);
    expect([...received.m][0]).toEqual([received.a, received.a]);
    expect([...received.m][0][0]).toBe(received.a);
  });

  test('cycles', () => {
    const loop: { self?: unknown; list: unknown[]; map: Map<string, unknown> } = { list: [], map: new Map() };
    loop.self = loop;
    loop.list.push(loop, loop.list);
    loop.map.set('loop', loop);
    const received = travel(loop);
    expect(received.self).toBe(received);
    expect(received.list).toEqual([received, received.list]);
    expect(received.list[1]).toBe(received.list);
    expect(received.map.get('loop')).toBe(received);
  });
});

describe('what cannot travel is refused with its path and a way out', () => {
  const nested = { a: [0, { callback: () => {} }] };
  test.each([
    ['a function', () => {}, 'args', /task\(\)/],
    ['a function inside', nested, 'args.a[1].callback', /args\.a\[1\]\.callback is a function/],
    ['a symbol', { s: Symbol('x') }, 'args.s', /symbol/],
    ['undefined itself', undefined, 'args', /Send null/],
    ['a promise', { p: Promise.resolve() }, 'args.p', /Await it/],
    ['a weak map', new WeakMap(), 'args', /Send a Map/],
    ['a shared array buffer', [new SharedArrayBuffer(8)], 'args[0]', /@mp\/shared/],
    ['in a map', new Map([['key', () => {}]]), 'args.get("key")', /function/],
    ['a strange key', { 'a-b': { 'c d': Symbol.iterator } }, 'args["a-b"]["c d"]', /symbol/],
    ['a generator', [(function* () {})()], 'args[0]', /Collect/],
    ['an iterator', { i: [1].values() }, 'args.i', /is an Array Iterator. Collect/],
    ['search parameters', { q: new URLSearchParams('a=1') }, 'args.q', /is a URLSearchParams. Send its text/],
    ['headers', [new Headers({ a: 'b' })], 'args[0]', /is a Headers. Send its entries/],
    ['a blob', [new Blob(['x'])], 'args[0]', /is a Blob. Send its bytes/],
    ['a number format', new Intl.NumberFormat(), 'args', /is an Intl.NumberFormat/],
    ['a finalization registry', new FinalizationRegistry(() => {}), 'args', /belongs to this thread/],
    ['an abort signal', { signal: AbortSignal.abort() }, 'args.signal', /is an EventTarget/],
  ])('%s', (_, value, path, message) => {
    let error: unknown;
    try {
      encode(value, NO_CARRIER, 'args');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SerializationError);
    expect(error).toMatchObject({ code: 'ERR_MP_SERIALIZATION', path });
    expect(String(error)).toMatch(message);
  });

  test('a getter that throws says where, and why', () => {
    const value = {
      deep: {
        get broken(): number {
          throw new Error('not today');
        },
      },
    };
    expect(() => encode(value, NO_CARRIER)).toThrow(/reading value\.deep\.broken failed: not today/);
  });

  test.each<[string, (inner: unknown) => unknown]>([
    ['arrays', (inner) => [inner]],
    ['objects', (inner) => ({ inner })],
    ['maps', (inner) => new Map([[1, inner]])],
    ['sets', (inner) => new Set([inner])],
    ['objects without prototype', (inner) => Object.assign(Object.create(null), { inner })],
  ])('too deep a nesting of %s is an error, not a crash; what is not refused comes through', (_, wrap) => {
    const nested = (levels: number) =>
      Array.from({ length: levels }).reduce((inner: unknown) => wrap(inner), 'end');
    expect(() => encode(nested(501), NO_CARRIER)).toThrow(/nested more than 500 levels deep/);
    let error: SerializationError | undefined;
    try {
      encode(nested(200_000), NO_CARRIER);
    } catch (caught) {
      error = caught as SerializationError;
    }
    expect(error?.message).toMatch(/levels deep/);
    expect([error?.path?.length, error?.message.length].map((length) => Number(length) < 600)).toEqual([
      true,
      true,
    ]);
    let inner = travel(nested(500));
    for (let level = 0; level < 500; level++) inner = insideOf(inner);
    expect(inner).toBe('end');
  });

  test.each([1, 5, 200, 4096, 70_000])(
    '%i bytes that stay where they are: a message like any other',
    (length) => {
      const value = Buffer.from(Uint8Array.from({ length }, (_, index) => index));
      const { bytes, more } = encodeParts(value, NO_CARRIER, 'item', 1);
      expect(more).toHaveLength(1);
      expect(more[0]).toBe(value);
      const message = Buffer.concat([bytes, value]);
      expect(decode(Buffer.from(message), NO_CARRIER, message.length, true)).toStrictEqual(value);
      for (const wrong of [message.subarray(0, -1), Buffer.concat([message, value])])
        expect(() => decode(wrong, NO_CARRIER)).toThrow(SerializationError);
      const received = decode(message, NO_CARRIER);
      message.fill(0);
      expect(received).toStrictEqual(value);
    },
  );

  test('proxies that throw at every question are an error with its place', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [proxy, { a: proxy }]) {
      expect(() => encodeParts(value, NO_CARRIER, 'item')).toThrow(SerializationError);
      expect(() => encodeParts(value, NO_CARRIER, 'item')).toThrow(/reading item.* has been revoked/);
    }
  });

  test('after a refusal the next message is whole', () => {
    expect(() => encode({ a: 1, f() {} }, NO_CARRIER)).toThrow(SerializationError);
    expect(travel({ a: 1 })).toEqual({ a: 1 });
  });
});

/** The only thing in a container. */
function insideOf(container: unknown): unknown {
  if (container instanceof Map) return container.get(1);
  return container instanceof Set ? [...container][0] : Object.values(container as object)[0];
}
