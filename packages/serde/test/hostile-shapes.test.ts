import type { Shapes } from '@mp/core/internal';
import { SerializationError } from '@mp/serde';
import { decode, readingAtMost, withKeys } from '@mp/serde/internal';
import { leakCheck } from '@mp/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_CARRIER } from './carrier.ts';
import { type Memory, memory, sent, TABLE_BYTES, user } from './shape-users.ts';

leakCheck();

const SEED = Number(process.env.FC_SEED ?? 20_261_124);

describe('a hostile peer', () => {
  /** A table with `{ a, b }` and `{ c }`. */
  function known(): Memory {
    const views = memory();
    const sender = user(views);
    for (let time = 0; time < 2; time++) sent([{ a: 1, b: 2 }, { c: 3 }], sender);
    expect(views.words[1]).toBe(5 + 3);
    return views;
  }

  test.each([
    ['a shape that is not there', [0xc1, 2, 1]],
    ['half a head', [0xc1]],
    ['a message of nothing', [0xc1, 0xff]],
    ['a value too few', [0xc1, 0, 1]],
    ['a value too many', [0xc1, 0, 1, 2, 3]],
    ['a handle in it', [0xc1, 1, 0xd4, 0x6d, 0, 0x95, 12, 1, 2, 3, 4]],
    ['an array of 65,535 items', [0xc1, 1, 0xdc, 0xff, 0xff]],
    ['text that ends too late', [0xc1, 1, 0xa5, 0x61]],
    ['long text that ends too late', [0xc1, 1, 0xda, 0xff, 0xff, 0x61]],
    ['a key that is no text', [0xc1, 0xff, 0x81, 1, 1]],
    ['a key that is a prototype', [0xc1, 0xff, 0x81, 0xa9, ...Buffer.from('__proto__'), 0x80]],
    ['too many levels', [0xc1, 0xff, ...Array(200).fill(0x91), 1]],
    ['a thing of msgpackr', [0xc1, 1, 0xc7, 1, 0x42, 1]],
  ])('whose message has %s gets an error', (_, bytes) => {
    const receiver = user(known());
    expect(() => decode(Buffer.from(bytes), receiver)).toThrow(SerializationError);
  });

  test.each([
    ['is no key', [1, 9, ...Buffer.from('__proto__')]],
    ['is no key of a shape', [1, 11, ...Buffer.from('constructor')]],
    ['is there twice', [2, 1, 0x61, 1, 0x61]],
    ['has no keys', [0]],
    ['is not whole', [2, 1, 0x61]],
    ['is longer than the table', [1, 200, 0x61]],
  ])('who writes an entry that %s reaches nothing', (_, entry) => {
    const views = known();
    views.bytes.set(entry, 8 + 8);
    views.words[1] += entry.length;
    const receiver = user(views);
    expect(() => decode(Buffer.from([0xc1, 2, 0x80]), receiver)).toThrow(SerializationError);
    // What was there before is still of use, and what is sent now travels with its keys.
    expect(decode(Buffer.from([0xc1, 1, 7]), receiver)).toEqual({ c: 7 });
    for (let time = 0; time < 3; time++)
      expect(decode(sent({ d: time }, receiver), user(views))).toEqual({ d: time });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each([-1, 4, TABLE_BYTES, 2 ** 31 - 1])(
    'who writes that the table ends at %d reaches nothing',
    (end) => {
      const views = known();
      const before = user(views);
      decode(Buffer.from([0xc1, 1, 7]), before);
      views.words[1] = end;
      for (const receiver of [before, user(views)]) {
        expect(() => decode(Buffer.from([0xc1, 5, 7]), receiver)).toThrow(SerializationError);
        for (let time = 0; time < 3; time++)
          expect(decode(sent({ e: time }, receiver), receiver)).toEqual({ e: time });
      }
    },
  );

  test('cannot make a reader take more values than it allows', () => {
    const receiver = user(known());
    const bytes = Buffer.from([0xc1, 0xff, 0x94, 0xc1, 0, 1, 2, 0xc1, 0, 1, 2, 0xc1, 0, 1, 2, 0xc1, 1, 2]);
    expect(readingAtMost(12, () => decode(bytes, receiver))).toHaveLength(4);
    expect(() => readingAtMost(11, () => decode(bytes, receiver))).toThrow(/more than 11 values/);
  });

  test('cannot send a message with shapes that nobody would write', () => {
    const receiver = user(known());
    const list = (bytes: number) => [
      0xc1,
      0xff,
      0xdc,
      (bytes - 5) >> 8,
      (bytes - 5) & 255,
      ...Array(bytes - 5).fill(7),
    ];
    expect(decode(Buffer.from(list(5141)), receiver)).toHaveLength(5136);
    expect(() => decode(Buffer.from(list(5142)), receiver)).toThrow(/5142 bytes/);
  });

  test('cannot make keys of a message that is too long with them', () => {
    const views = memory();
    views.bytes.set([1, 250, ...Buffer.alloc(250, 'k')], 8);
    views.words[1] = 252;
    const { shapes } = user(views);
    let asked = 0;
    const byId = (id: number) => {
      asked++;
      return shapes?.byId(id);
    };
    const receiver = { ...NO_CARRIER, shapes: { byId } as unknown as Shapes };
    const records = Array.from({ length: 1000 }, () => [0xc1, 0, 7]).flat();
    const message = Buffer.from([0xc1, 0xff, 0xdc, 1000 >> 8, 1000 & 255, ...records]);
    expect(withKeys(message, receiver, 2_530)).toBeUndefined();
    expect(asked).toBe(11);
    expect(withKeys(message, receiver)?.length).toBe(3 + 1000 * (1 + 2 + 250 + 1));
  });

  test('who changes a message on the way makes a value or an error of it', () => {
    const views = known();
    const sender = user(views);
    const message = sent([{ a: 'text', b: [1, 2, { c: 1.5 }] }, { c: 'é' }, { other: null }], sender);
    const edits = fc.array(fc.tuple(fc.nat(message.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.nat(message.length), (changes, cut) => {
        for (const end of [message.length, cut]) {
          const bytes = Buffer.from(message);
          for (const [at, byte] of changes) bytes[at] = byte;
          try {
            decode(bytes, sender, end);
          } catch (error) {
            expect(error).toBeInstanceOf(SerializationError);
          }
        }
      }),
      { seed: SEED, numRuns: 3_000 },
    );
  });
});
