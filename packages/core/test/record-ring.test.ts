import { BODY, RecordRing, RING_WORDS, Segment } from '@mp/core/internal';
import { leakCheck } from '@mp/testing';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const SEED = Number(process.env.FC_SEED ?? 20_261_124);
const FIRST_RING = BODY + RING_WORDS;

let segment: Segment | undefined;
let ends: RecordRing[] = [];

/** Two sides, each with its own view, as two processes have them. */
function makeEnds(ringBytes: number): { writer: RecordRing; reader: RecordRing } {
  segment = Segment.create({ kind: 'queue', version: 1, size: FIRST_RING * 4 + ringBytes });
  const end = () => new RecordRing(segment as Segment, BODY, FIRST_RING, ringBytes);
  ends = [end(), end()];
  return { writer: ends[0], reader: ends[1] };
}

function close(): void {
  for (const end of ends.splice(0)) end.close();
  segment?.close();
  segment = undefined;
}

afterEach(close);

function payload(length: number, mark: number): Uint8Array {
  return new Uint8Array(length).fill(mark & 0xff);
}

interface Expected {
  length: number;
  mark: number;
  flags: number;
}

function takeOne(reader: RecordRing): Expected | undefined {
  const record = reader.peek();
  if (record === undefined) return undefined;
  const bytes = record.source.subarray(record.start, record.end);
  const mark = bytes.length === 0 ? 0 : bytes[0];
  expect(bytes.every((byte) => byte === mark)).toBe(true);
  const taken = { length: bytes.length, mark, flags: record.flags };
  reader.take(record);
  return taken;
}

/** What a program does to a ring: lay and commit, lay and forget, take. */
const lengths = fc.oneof(
  { weight: 6, arbitrary: fc.nat(60) },
  { weight: 3, arbitrary: fc.nat(3_000) },
  { weight: 1, arbitrary: fc.nat(40_000) },
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ put: fc.array(lengths, { minLength: 1, maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ forget: fc.array(lengths, { minLength: 1, maxLength: 4 }) }) },
  { weight: 5, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 8 }) }) },
);

test('whatever is done to it, a ring is a list with a beginning and an end', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      fc.constantFrom(256, 1_024, 8_192),
      (steps, ringBytes) => {
        const { writer, reader } = makeEnds(ringBytes);
        const list: Expected[] = [];
        let mark = 0;
        try {
          for (const each of steps) {
            if ('take' in each) {
              for (let turn = 0; turn < each.take; turn++) expect(takeOne(reader)).toEqual(list.shift());
            } else {
              for (const length of 'put' in each ? each.put : each.forget) {
                mark++;
                writer.append(payload(length, mark), mark);
                if ('put' in each) list.push({ length, mark: length === 0 ? 0 : mark & 0xff, flags: mark });
              }
              if ('put' in each) writer.commit();
              else writer.abandon();
            }
            expect([writer.size, reader.size, reader.isEmpty]).toEqual([
              list.length,
              list.length,
              list.length === 0,
            ]);
            expect(writer.bytes).toBe(list.reduce((sum, { length }) => sum + length, 0));
          }
          while (list.length > 0) expect(takeOne(reader)).toEqual(list.shift());
          expect(takeOne(reader)).toBeUndefined();
        } finally {
          close();
        }
      },
    ),
    { seed: SEED, numRuns: 300, endOnFailure: true },
  );
});

test('what is laid is seen by nobody before it is committed, then all at once', () => {
  const { writer, reader } = makeEnds(1_024);
  writer.append(payload(10, 1), 0);
  writer.append(payload(2_000, 2), 0);
  expect([reader.size, reader.peek()]).toEqual([0, undefined]);
  writer.commit();
  expect(reader.size).toBe(2);
});

test('a record that is looked at and not taken is there for the next one', () => {
  const { writer, reader } = makeEnds(1_024);
  writer.append(payload(10, 7), 3);
  writer.commit();
  expect(reader.peek()?.flags).toBe(3);
  expect(ends[0].peek()?.flags).toBe(3);
  expect(takeOne(reader)).toEqual({ length: 10, mark: 7, flags: 3 });
});

test('several writers and readers in turn, as under a latch, see one list', () => {
  const { writer, reader } = makeEnds(512);
  const other = new RecordRing(segment as Segment, BODY, FIRST_RING, 512);
  ends.push(other);
  const sides = [writer, reader, other];
  let next = 0;
  let expected = 0;
  for (let turn = 0; turn < 3_000; turn++) {
    const side = sides[(turn * 7) % 3];
    if (turn % 5 < 3) {
      side.append(payload(turn % 90, 1), next++ & 0xffff);
      side.commit();
    } else {
      const record = side.peek();
      if (record === undefined) continue;
      expect(record.flags).toBe(expected++ & 0xffff);
      side.take(record);
    }
  }
  expect(writer.size).toBe(next - expected);
});

test('writers and readers that die at any moment leave one list', () => {
  makeEnds(512).writer.close();
  const side = () => new RecordRing(segment as Segment, BODY, FIRST_RING, 512);
  const dies = (index: number) => {
    ends[index].close();
    ends[index] = side();
  };
  ends = [side(), side(), side(), side(), side()];
  let put: number[] = [];
  let number = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(4), fc.nat(60)), { maxLength: 80 }), (turns) => {
      for (const [what, index, length] of turns) {
        const end = ends[index];
        if (what < 5) {
          const laid = [length, what === 0 ? 10 * length : length].map((bytes) => {
            end.append(payload(bytes, 1), ++number);
            return number;
          });
          if (what === 1) dies(index);
          else {
            end.commit();
            put.push(...laid);
          }
        } else {
          const record = end.peek();
          expect(record?.flags).toBe(put[0]);
          if (record === undefined) continue;
          if (what === 5) dies(index);
          else {
            end.take(record);
            put = put.slice(1);
          }
        }
      }
    }),
    { seed: SEED, numRuns: 300, endOnFailure: true },
  );
});

test('large records have a segment of their own, which goes with them', () => {
  const { writer, reader } = makeEnds(1_024);
  const large = 5 << 20;
  for (const mark of [1, 2]) writer.append(payload(large, mark), mark);
  writer.commit();
  expect([writer.size, writer.bytes]).toEqual([2, 2 * large]);
  expect(takeOne(reader)).toEqual({ length: large, mark: 1, flags: 1 });
  expect(takeOne(reader)).toEqual({ length: large, mark: 2, flags: 2 });
  writer.append(payload(large, 3), 3);
  writer.abandon();
  expect(reader.peek()).toBeUndefined();
});
