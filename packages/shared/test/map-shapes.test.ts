import { SharedMap } from '@mp/shared';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const row = (id: number) => ({
  identification: id,
  aNameThatIsLong: `row ${id}`,
  'größe in Metern': 1.5,
  address: { thoroughfare: 'Straße', 'house number': id },
});

test('rows of one shape do not store their keys, and each is what it was', () => {
  const [rows, keyless] = [new SharedMap<number>(), new SharedMap<number>()];
  const values = ({ address, ...rest }: ReturnType<typeof row>) => [
    ...Object.values(rest),
    Object.values(address),
  ];
  for (let id = 0; id < 2_000; id++) {
    rows.set(id, row(id));
    keyless.set(id, values(row(id)));
  }
  // Each of the two objects of a row has one byte more than a list, and sizes of cells are some bytes apart.
  expect(rows.bytes / keyless.bytes).toBeLessThan(1.15);
  for (let id = 0; id < 2_000; id++) expect(rows.get(id)).toEqual(row(id));
  expect(
    [...rows.values()].map((each) => (each as { identification: number }).identification).sort(),
  ).toEqual(Array.from({ length: 2_000 }, (_, id) => id).sort());
  rows.close();
  keyless.close();
});

test('shapes are known to a thread that opens the map later, and to one that had it open', () => {
  const name = `shapes-${process.pid}`;
  const [writer, early] = [new SharedMap<number>({ name }), new SharedMap<number>({ name })];
  for (let id = 0; id < 3; id++) writer.set(id, row(id));
  const late = new SharedMap<number>({ name });
  for (let id = 3; id < 6; id++) late.set(id, { ...row(id), late: true });
  for (const map of [writer, early, late]) {
    for (let id = 0; id < 3; id++) expect(map.get(id)).toEqual(row(id));
    for (let id = 3; id < 6; id++) expect(map.get(id)).toEqual({ ...row(id), late: true });
  }
  for (const map of [writer, early]) map.close();
  late.unlink();
});

test('update and getOrInsert have shapes too, and values of one shape in several lists', () => {
  const map = new SharedMap<string, unknown[]>();
  for (let id = 0; id < 5; id++) {
    map.getOrInsert(`list ${id}`, () => [row(0), row(1)]);
    map.update(`list ${id}`, (list) => [...(list as unknown[]), row(id), id]);
  }
  for (let id = 0; id < 5; id++) expect(map.get(`list ${id}`)).toEqual([row(0), row(1), row(id), id]);
  map.close();
});
