import { Shapes, ShapeTable } from '@mp/core/internal';
import { SerializationError } from '@mp/serde';
import { decode, withKeys } from '@mp/serde/internal';
import { leakCheck } from '@mp/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_CARRIER } from './carrier.ts';
import { memory, sent, TABLE_BYTES, user } from './shape-users.ts';

leakCheck();

const SEED = Number(process.env.FC_SEED ?? 20_261_124);

/** How long the message of a value is once its shapes are known. */
function lengthOnceKnown(value: unknown): number {
  const sender = user(memory());
  for (let time = 0; time < 3; time++) sent(value, sender);
  return sent(value, sender).length;
}

const isShaped = (message: Buffer) => message[0] === 0xc1;

describe('objects of one shape', () => {
  test('travel without their keys from the second on', () => {
    const views = memory();
    const [sender, receiver] = [user(views), user(views)];
    const items = [1, 2, 3, 4].map((id) => ({ id, name: `item ${id}`, tags: { kind: 'a', id } }));
    const messages = items.map((item) => sent(item, sender));
    expect(messages.map(isShaped)).toEqual([false, true, true, true]);
    // The shape's mark and number, 1 for the id, 7 for the name; the same for the tags, whose text takes 2.
    expect(messages[2].length).toBe(2 + 1 + 7 + 2 + 2 + 1);
    expect(messages.map((message) => decode(message, receiver))).toEqual(items);
    const order = JSON.stringify(items[3]);
    expect(JSON.stringify(decode(messages[3], receiver))).toBe(order);
  });

  test('are not added while something stands on Object.prototype that is met in all of them', () => {
    const views = memory();
    const sender = user(views);
    const foreign = { value: 1, enumerable: true, configurable: true, writable: true };
    const messages: Buffer[] = [];
    Object.defineProperty(Object.prototype, 'foreign', foreign);
    try {
      for (let time = 0; time < 50; time++) messages.push(sent({ id: time, text: '' }, sender));
    } finally {
      delete (Object.prototype as { foreign?: number }).foreign;
    }
    expect(messages.some(isShaped)).toBe(false);
    expect(new ShapeTable(views, 0, TABLE_BYTES).end).toBe(0);
    const another = user(views);
    for (let time = 0; time < 3; time++) sent({ id: time, text: '' }, another);
    expect(isShaped(sent({ id: 0, text: '' }, another))).toBe(true);
  });

  test('with more keys than a shape has are sent with all of them', () => {
    const views = memory();
    const sender = user(views);
    const keys = Array.from({ length: 300 }, (_, index) => [`key ${index}`, index]);
    const large = Object.fromEntries(keys);
    for (let time = 0; time < 5; time++) expect(decode(sent(large, sender), user(views))).toEqual(large);
    expect(new ShapeTable(views, 0, TABLE_BYTES).end).toBe(0);
  });

  test('are known to users that come later, and to those that were there before', () => {
    const views = memory();
    const [early, sender] = [user(views), user(views)];
    expect(decode(sent({ a: 1 }, early), sender)).toEqual({ a: 1 });
    for (const id of [1, 2, 3]) sent({ id, text: 'x' }, sender);
    const message = sent({ id: 4, text: 'y' }, sender);
    expect(isShaped(message)).toBe(true);
    for (const receiver of [early, user(views)])
      expect(decode(message, receiver)).toEqual({ id: 4, text: 'y' });
    // One that comes later has them at once.
    expect(isShaped(sent({ id: 5, text: 'z' }, user(views)))).toBe(true);
  });

  test('are added once, also when two threads meet them', () => {
    const views = memory();
    const senders = [user(views), user(views), user(views)];
    for (let time = 0; time < 5; time++) for (const sender of senders) sent({ id: time, text: '' }, sender);
    // One byte for two keys, then each with its length.
    expect(views.words[1]).toBe(1 + 3 + 5);
    expect(senders.map((sender) => isShaped(sent({ id: 0, text: '' }, sender)))).toEqual([true, true, true]);
  });

  test('in a list, beside others, and within objects that have none', () => {
    const views = memory();
    const [sender, receiver] = [user(views), user(views)];
    const row = (id: number) => ({ id, name: 'row', extra: undefined });
    const values = [
      [row(1), row(2), row(3)],
      [row(1), { other: true }, row(2), { other: false }, {}, []],
      { rows: [row(1), row(2)], other: row(3) },
      [[[row(4)]]],
    ];
    for (const value of [...values, ...values]) {
      const back = decode(sent(value, sender), receiver);
      expect(back).toStrictEqual(value);
    }
    expect(isShaped(sent(values[3], sender))).toBe(true);
  });

  test.each([
    ['whose first keys are the same', { a: 1, b: 2 }, { a: 1, b: 2, c: 3 }],
    ['whose keys stand in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['that have a number for a key', { 1: 'one', a: 2 }, { a: 2, b: 'one' }],
    ['that have an empty key', { '': 1 }, { a: 1 }],
    ['with keys and text that are not ASCII', { größe: '×', '\ufeff': '\ufeffx' }, { größe: 'x', '€': '€' }],
  ])('are not taken for others, %s', (_, one, other) => {
    const views = memory();
    const [sender, receiver] = [user(views), user(views)];
    for (const value of [one, one, other, other, one, other, [one, other, one]]) {
      const back = decode(sent(value, sender), receiver);
      expect(back).toEqual(value);
      expect(JSON.stringify(back)).toBe(JSON.stringify(value));
    }
  });

  test('are shorter than with their keys', () => {
    const plain = { id: 123, name: 'the name', v: [1, 2, 3] };
    expect(lengthOnceKnown(plain)).toBe(sent(plain, NO_CARRIER).length - 9);
  });
});

describe('a value is whole', () => {
  /** There and back, once its shapes are known. */
  function again<T extends object>(make: () => T): T {
    const views = memory();
    const [sender, receiver] = [user(views), user(views)];
    for (let time = 0; time < 3; time++) sent(make(), sender);
    return decode(sent(make(), sender), receiver) as T;
  }

  test.each<[string, () => object]>([
    ['-0', () => ({ a: -0, b: 0 })],
    ['undefined', () => ({ a: undefined, b: [undefined, 1] })],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    ['a hole', () => ({ a: [1, , 3] })],
    ['a Date', () => ({ a: new Date(0), b: { c: 1 } })],
    ['bytes', () => ({ a: Buffer.from('abc') })],
    ['half a character', () => ({ a: '\ud800', b: 'x' })],
    ['long text', () => ({ a: 'é'.repeat(1_000), b: 'x'.repeat(1_000) })],
    ['longer text', () => ({ a: 'é'.repeat(2_000), b: 'x'.repeat(5_000) })],
    ['many values', () => ({ list: Array.from({ length: 31 }, (_, id) => ({ id })) })],
    ['too many values', () => ({ list: Array.from({ length: 3_000 }, (_, id) => ({ id })) })],
    ['a key with a meaning', () => ({ a: { constructor: 1 }, b: JSON.parse('{"__proto__": 1}') })],
    ['no prototype', () => Object.assign(Object.create(null), { a: 1 })],
    ['many keys', () => Object.fromEntries(Array.from({ length: 200 }, (_, id) => [`k${id}`, id]))],
    ['long keys', () => ({ ['k'.repeat(300)]: 1, ['l'.repeat(100)]: 2 })],
  ])('with %s', (_, make) => {
    expect(again(make)).toStrictEqual(make());
  });

  test('when an object is in it twice, or in itself', () => {
    const once = { id: 1, next: undefined as unknown };
    const [first, second] = again(() => [once, once]);
    expect(first).toBe(second);
    const ring = again(() => {
      const self: { id: number; next: unknown } = { id: 1, next: undefined };
      self.next = self;
      return self;
    });
    expect(ring.next).toBe(ring);
  });

  test('when a getter of it sends something by another carrier', () => {
    const [views, others] = [memory(), memory()];
    const [sender, other] = [user(views), user(others)];
    const make = () => ({
      id: 1,
      get inside() {
        return sent({ x: { y: 1 } }, other).length;
      },
      after: { y: 1 },
    });
    for (let time = 0; time < 6; time++) {
      const { id, after } = decode(sent(make(), sender), user(views)) as ReturnType<typeof make>;
      expect([id, after]).toEqual([1, { y: 1 }]);
    }
  });

  test('when a proxy answers differently each time', () => {
    const views = memory();
    const sender = user(views);
    for (let time = 0; time < 3; time++) sent({ a: 1, b: 2 }, sender);
    let looks = 0;
    const proxy = new Proxy({ a: 1, b: 2 }, { ownKeys: () => (++looks % 2 === 0 ? ['b', 'a'] : ['a', 'b']) });
    for (let time = 0; time < 4; time++)
      expect(decode(sent({ proxy }, sender), user(views))).toEqual({ proxy: { a: 1, b: 2 } });
  });

  test('when somebody adds a key to all objects', () => {
    const views = memory();
    const sender = user(views);
    for (let time = 0; time < 3; time++) sent({ a: 1 }, sender);
    (Object.prototype as Record<string, unknown>).added = 1;
    try {
      const back = decode(sent([{ a: 2 }], sender), user(views)) as object[];
      expect(Object.keys(back[0])).toEqual(['a']);
    } finally {
      delete (Object.prototype as Record<string, unknown>).added;
    }
  });

  test('whatever was sent before it', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'id', '1', 'ü', '');
    const leaf = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.constantFrom(null, undefined),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), (values) => {
        const views = memory();
        const [sender, receiver] = [user(views), user(views)];
        for (const each of [...values, ...values, ...values.toReversed()]) {
          if (each === undefined) continue;
          const back = decode(sent(each, sender), receiver);
          expect(back).toStrictEqual(each);
          expect(JSON.stringify(back)).toBe(JSON.stringify(each));
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe('many shapes', () => {
  const different = (id: number) => ({ id, [`key${id}`]: id });

  test('fill the table to its end, and then travel with their keys', () => {
    const views = memory();
    const [sender, receiver] = [user(views), user(views)];
    let shaped = 0;
    for (let id = 0; id < 10_000; id++) {
      for (let time = 0; time < 2; time++) {
        const message = sent(different(id), sender);
        if (isShaped(message)) shaped++;
        if (time === 1 || id % 100 === 0) expect(decode(message, receiver)).toEqual(different(id));
      }
    }
    expect(shaped).toBeGreaterThan(50);
    expect(views.words[1]).toBeLessThanOrEqual(TABLE_BYTES - 8);
    // Those that are there go on to be of use, once the sender looks for shapes again.
    for (let time = 0; time < 2_000; time++) sent(different(0), sender);
    expect(isShaped(sent(different(0), sender))).toBe(true);
    expect(decode(sent(different(9_999), sender), receiver)).toEqual(different(9_999));
  });

  test('of which each comes once leave the table to those that come again', () => {
    const views = memory();
    const sender = user(views);
    for (let id = 0; id < 10_000; id++) sent(different(id), sender);
    expect(views.words[1]).toBe(0);
    // It has given up looking for a while, not for good.
    for (let time = 0; time < 3_000; time++) sent({ found: true }, sender);
    expect(isShaped(sent({ found: true }, sender))).toBe(true);
  });

  test('are numbered up to 254', () => {
    const buffer = new ArrayBuffer(64 << 10);
    const views = { words: new Int32Array(buffer), bytes: new Uint8Array(buffer) };
    const carrier = { ...NO_CARRIER, shapes: new Shapes(new ShapeTable(views, 0, 64 << 10)) };
    let shaped = 0;
    for (let id = 0; id < 400; id++)
      for (let time = 0; time < 2; time++) if (isShaped(sent(different(id), carrier))) shaped++;
    expect(shaped).toBe(255);
    expect(decode(sent(different(254), carrier), carrier)).toEqual(different(254));
    expect(decode(sent(different(255), carrier), carrier)).toEqual(different(255));
  });
});

test('a message gets its keys back for a reader that does not know its shapes', () => {
  const views = memory();
  const sender = user(views);
  for (let time = 0; time < 3; time++) sent({ id: 1, in: { a: 2 } }, sender);
  const message = sent({ id: 1, in: { a: 2 } }, sender);
  expect(() => decode(message, NO_CARRIER)).toThrow(SerializationError);
  const whole = withKeys(message, user(views)) as Buffer;
  expect(decode(whole, NO_CARRIER)).toEqual({ id: 1, in: { a: 2 } });
  expect(withKeys(message, user(views), whole.length)?.equals(whole)).toBe(true);
  expect(withKeys(message, user(views), whole.length - 1)).toBeUndefined();
});
