import { BODY, Segment, Shapes, ShapeTable } from '@mp/core/internal';
import { cutAtEveryStore, leakCheck, runsAll, spawnFixture } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const ADD = new URL('./fixtures/add-shape.mjs', import.meta.url);
const TABLE_BYTES = 1024;
const WRITER = BODY;
const END = BODY + 1;

let segment: Segment;

function makeSegment(): Segment {
  segment = Segment.create({ kind: 'queue', version: 1, size: BODY * 4 + TABLE_BYTES });
  return segment;
}

afterEach(() => segment.close());

function entryOf(...keys: string[]): Buffer {
  return Buffer.concat([
    Buffer.of(keys.length),
    ...keys.map((key) => Buffer.concat([Buffer.of(key.length), Buffer.from(key)])),
  ]);
}

const table = () => new ShapeTable(segment, BODY, TABLE_BYTES);
const keysOf = (id: number) => new Shapes(table()).byId(id)?.keys;

test('entries are added one behind the other, until there is no place', () => {
  makeSegment();
  const [one, other] = [table(), table()];
  const entry = entryOf('id', 'name');
  let added = 0;
  while (one.add(entry, other.end)) added++;
  expect(added).toBe(Math.floor((TABLE_BYTES - 8) / entry.length));
  expect([one.isFullFor(entry.length), one.end]).toEqual([true, added * entry.length]);
  expect(other.read(0, one.end)).toEqual(Buffer.concat(Array(added).fill(entry)));
  expect(keysOf(added - 1)).toEqual(['id', 'name']);
  expect(keysOf(added)).toBeUndefined();
});

test('an entry is not added by a writer that does not know those before', () => {
  makeSegment();
  const [one, other] = [table(), table()];
  const { end } = one;
  expect(other.add(entryOf('a'), end)).toBe(true);
  expect(one.add(entryOf('a'), end)).toBe(false);
  expect(one.end).toBe(3);
  expect(segment.words[WRITER]).toBe(0);
});

test('nobody waits for a writer: one that lives is left alone, one that is dead has a successor', async () => {
  makeSegment();
  const writer = spawnFixture(new URL('./fixtures/agent.mjs', import.meta.url));
  const id = Number(await writer.line());
  segment.words[WRITER] = id;
  expect(table().add(entryOf('a'), 0)).toBe(false);
  expect([segment.words[WRITER], segment.words[END]]).toEqual([id, 0]);
  await writer.kill();
  expect(table().add(entryOf('a'), 0)).toBe(true);
  expect([segment.words[WRITER], segment.words[END]]).toEqual([0, 3]);
});

test('a writer killed after any store: its shape is there or not, and the next writer goes on', async () => {
  const first = entryOf('first');
  const second = entryOf('id', 'name', 'text');
  let there = 0;
  let lost = 0;
  const stores = await cutAtEveryStore(
    ADD,
    () => {
      makeSegment();
      expect(table().add(first, 0)).toBe(true);
      return [segment.file, second.toString('hex')];
    },
    ({ completed, lines }) => {
      const { end } = table();
      expect([first.length, first.length + second.length]).toContain(end);
      const isThere = end > first.length;
      if (isThere) there++;
      else lost++;
      if (completed) expect([isThere, lines]).toEqual([true, ['true']]);
      expect(keysOf(1)).toEqual(isThere ? ['id', 'name', 'text'] : undefined);
      // Shorter than what the dead one may have begun.
      expect(table().add(entryOf('x'), end)).toBe(true);
      expect([keysOf(0), keysOf(isThere ? 2 : 1)]).toEqual([['first'], ['x']]);
      expect(segment.words[WRITER]).toBe(0);
      segment.close();
    },
  );
  expect(stores).toBeGreaterThanOrEqual(4);
  expect([there > (runsAll ? 1 : 0), lost > 1]).toEqual([true, true]);
});
