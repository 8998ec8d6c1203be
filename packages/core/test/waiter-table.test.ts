import { CHOSEN, Segment, thisAgent, WaiterTable, WaitLine, waiterTableWords } from '@mp/core/internal';
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

test('a wait that its own attempt ends leaves the words of the segment as they were', async () => {
  const segment = Segment.create({ kind: 'event', version: 1, size: 1024 });
  const base = segment.words.length - waiterTableWords(4);
  const table = new WaiterTable(segment.words, base, 4);
  const line = new WaitLine(table);
  const end = new Error('ended');
  const wait = line.wait((reason) => {
    if (reason === CHOSEN) line.failAll(end);
    return undefined;
  }, Infinity);
  const header = [...segment.words.subarray(0, 16)];
  expect(table.notify(1)).toBe(1);
  await expect(wait).rejects.toBe(end);
  expect([...segment.words.subarray(0, 16)]).toEqual(header);
  segment.close();
});
