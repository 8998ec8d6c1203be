import { Queue } from '@mp/queue';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/*
 * What a process that ends owes to what it put: nothing once it is in the queue; it waits with a put that waits for
 * space, unless that was cancelled.
 */
const PROGRAM = new URL('./fixtures/exit-with-puts.mjs', import.meta.url);

test('what is in the queue keeps nobody alive: no consumer is needed', async () => {
  const queue = new Queue({ name: `exit-${process.pid}-free` });
  const fixture = spawnFixture(PROGRAM, { args: [queue.name as string, 'stay'] });
  expect((await fixture.exited).code).toBe(0);
  expect(await fixture.rest()).toEqual(['a', 'b', 'c', 'turned']);
  expect(await queue.getMany(9)).toEqual(['a', 'b', 'c']);
  queue.unlink();
});

test('a put that waits for space keeps the process alive until there is some, in order', async () => {
  const queue = new Queue({ name: `exit-${process.pid}-full`, maxSize: 1 });
  const fixture = spawnFixture(PROGRAM, { args: [queue.name as string, 'stay'] });
  expect([await fixture.line(), await fixture.line()]).toEqual(['a', 'turned']);
  expect(await queue.get()).toBe('a');
  expect(await fixture.line()).toBe('b');
  expect([await queue.get(), await queue.get()]).toEqual(['b', 'c']);
  expect((await fixture.exited).code).toBe(0);
  expect([await fixture.rest(), queue.rescued]).toEqual([['c'], 0]);
  queue.unlink();
});

test('cancelJoinThread() lets the process end, and what waited is lost', async () => {
  const queue = new Queue({ name: `exit-${process.pid}-cancelled`, maxSize: 1 });
  const fixture = spawnFixture(PROGRAM, { args: [queue.name as string, 'cancel'] });
  expect((await fixture.exited).code).toBe(0);
  expect(await fixture.rest()).toEqual(['a', 'turned']);
  expect(await queue.get()).toBe('a');
  await eventually('nobody waits any more', () => queue.tryGet() === undefined);
  queue.unlink();
});
