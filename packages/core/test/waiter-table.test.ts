import { Segment, thisAgent, WaiterTable, WaitLine, waiterTableWords } from '@mp/core/internal';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('a waiter that was rung and waits again is not rung a second time by the same wake', () => {
  const capacity = 4;
  const segment = Segment.create({ kind: 'lock', version: 1, size: 4096 });
  const base = 64;
  expect(base + waiterTableWords(capacity)).toBeLessThan(segment.words.length);
  const table = new WaiterTable(segment.words, base, capacity);
  const agent = thisAgent();
  const before = agent.onSelfRing;
  let rings = 0;
  agent.onSelfRing = () => {
    rings++;
    table.enter(1);
  };
  table.enter(1);
  expect([table.notify(capacity), rings, table.size]).toEqual([1, 1, 2]);
  expect([table.notify(capacity), rings, table.size]).toEqual([1, 2, 3]);
  agent.onSelfRing = before;
  segment.close();
});

test('a chosen wait whose attempt closes its line changes nothing outside of the table', async () => {
  const capacity = 4;
  const segment = Segment.create({ kind: 'lock', version: 1, size: 4096 });
  const base = 64;
  const table = new WaiterTable(segment.words, base, capacity);
  const line = new WaitLine(table);
  let isChosen = false;
  const wait = line.wait<boolean>(() => {
    if (isChosen) line.failAll(new Error('closed'));
    return undefined;
  }, Infinity);
  const header = [...segment.words.subarray(0, base)];
  isChosen = true;
  expect(table.notify(1)).toBe(1);
  line.serve(false);
  await expect(wait).rejects.toThrow('closed');
  expect([...segment.words.subarray(0, base)]).toEqual(header);
  expect(table.size).toBe(0);
  segment.close();
});
