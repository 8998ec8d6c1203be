import { Barrier, Condition, Event, Lock, RLock, RWLock, Semaphore } from '@mp/lock';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { bytesOf, me, PAGE, read } from './documented-layout.ts';

leakCheck();

test('a Lock: owner, token, and when it was first seen held', () => {
  const lock = new Lock({ name: 'layout-lock' });
  const at = PAGE.Lock;
  const free = read('n-layout-lock', 2, 1);
  expect(free.readInt32LE(at.LOCK)).toBe(0);
  const held = lock.acquireSync();
  const { since } = lock.holder!;
  const bytes = bytesOf('n-layout-lock');
  expect(bytes.readInt32LE(at.LOCK)).toBe(me());
  expect(bytes.readDoubleLE(at.TOKEN)).toBe(held.token);
  expect(bytes.readDoubleLE(at.SINCE_TOKEN)).toBe(held.token);
  expect(bytes.readDoubleLE(at.SINCE)).toBe(since.getTime());
  held.release();
  expect(bytesOf('n-layout-lock').readInt32LE(at.LOCK)).toBe(0);
  lock.unlink();
});

test('a waiter table: its waiters, under which ticket', async () => {
  const lock = new Lock({ name: 'layout-waiters' });
  const held = lock.acquireSync();
  const waiting = lock.acquire();
  const bytes = bytesOf('n-layout-waiters');
  const table = PAGE.Lock.WAITER_TABLE;
  expect(bytes.readInt32LE(PAGE.Lock.LOCK) >>> 31).toBe(1);
  expect(bytes.readInt32LE(table + PAGE['Waiter table'].TICKET)).toBe(1);
  expect(bytes.readInt32LE(table + PAGE['Waiter table'].SPAN)).toBe(1);
  expect(bytes.readInt32LE(table + PAGE['Waiter table'].ENTRIES)).toBe(me());
  held.release();
  expect(bytesOf('n-layout-waiters').readInt32LE(table + PAGE['Waiter table'].ENTRIES)).toBe(
    (me() | (1 << 30)) >> 0,
  );
  (await waiting).release();
  expect(bytesOf('n-layout-waiters').readInt32LE(table + PAGE['Waiter table'].ENTRIES)).toBe(0);
  expect(bytesOf('n-layout-waiters').readInt32LE(table + PAGE['Waiter table'].RESCUED)).toBe(0);
  lock.unlink();
});

test('an RLock is a Lock of another kind', () => {
  const lock = new RLock({ name: 'layout-rlock' });
  lock.acquireSync();
  lock.acquireSync();
  const bytes = read('n-layout-rlock', 3, 1);
  expect([bytes.length, bytes.readInt32LE(PAGE.Lock.LOCK)]).toEqual([PAGE.Value.GIVEN_LOCK, me()]);
  lock.unlink();
});

test('an RWLock: a slot for each reader, and whether it is being written', async () => {
  const rw = new RWLock({ name: 'layout-rwlock' });
  const at = PAGE.RWLock;
  const reads = [rw.readSync(), rw.readSync()];
  const bytes = read('n-layout-rwlock', 4, 1);
  expect([bytes.readInt32LE(at.LOCK), bytes.readInt32LE(at.WRITING), bytes.readInt32LE(at.SPAN)]).toEqual([
    0, 0, 1,
  ]);
  expect([bytes.readInt32LE(at.SLOTS), bytes.readInt32LE(at.SLOTS + 4)]).toEqual([me(), 2]);
  expect(bytes.length).toBe(at.SLOTS + 64 * 64);
  const writing = rw.write();
  const table = bytesOf('n-layout-rwlock').subarray(at.DRAIN);
  expect([
    table.readInt32LE(PAGE['Waiter table'].ANNOUNCED),
    table.readInt32LE(PAGE['Waiter table'].ENTRIES),
  ]).toEqual([1, me()]);
  for (const each of reads) each.release();
  const write = await writing;
  expect(bytesOf('n-layout-rwlock').readInt32LE(at.LOCK) & ~(3 << 30)).toBe(me());
  expect(bytesOf('n-layout-rwlock').readInt32LE(at.WRITING)).toBe(1);
  write.release();
  rw.unlink();
});

test('a Semaphore: a count, or a place for each permit', () => {
  const plain = new Semaphore(3, { name: 'layout-semaphore' });
  plain.acquireSync();
  const at = PAGE.Semaphore;
  const bytes = read('n-layout-semaphore', 5, 1);
  expect(['COUNT', 'INITIAL', 'FLAGS', 'PLACES'].map((field) => bytes.readInt32LE(at[field]))).toEqual([
    2, 3, 0, 0,
  ]);
  plain.unlink();
  const recovering = new Semaphore(3, { name: 'layout-semaphore', recover: true });
  recovering.acquireSync();
  const places = read('n-layout-semaphore', 5, 1);
  expect(['COUNT', 'INITIAL', 'FLAGS', 'PLACES'].map((field) => places.readInt32LE(at[field]))).toEqual([
    0, 3, 2, 3,
  ]);
  expect([0, 4, 8].map((offset) => places.readInt32LE(at.TABLE + offset))).toEqual([me(), 1, 0]);
  recovering.unlink();
});

test('a Condition: its lock, or where that is, and its tickets', async () => {
  const at = PAGE.Condition;
  const cond = new Condition(undefined, { name: 'layout-condition' });
  const notified = cond.with(() => cond.wait());
  await new Promise(setImmediate);
  const bytes = read('n-layout-condition', 6, 1);
  expect([at.LOCK, at.LOCK_CLASS, at.NEXT].map((offset) => bytes.readInt32LE(offset))).toEqual([0, 0, 1]);
  expect([0, 4].map((offset) => bytes.readInt32LE(at.TICKETS + offset))).toEqual([me(), 0]);
  expect(bytes.readInt32LE(at.WAITER_TABLE + PAGE['Waiter table'].ENTRIES)).toBe(me());
  expect(bytes.length).toBe(at.TICKETS + 64 * 16);
  const guard = cond.acquireSync();
  cond.notify();
  const after = bytesOf('n-layout-condition');
  expect(after.readInt32LE(at.LOCK)).toBe(me());
  expect([0, 8].map((offset) => after.readInt32LE(at.TICKETS + offset))).toEqual([me() | (1 << 30), 1]);
  guard.release();
  expect(await notified).toBe(true);

  const waits = Array.from({ length: 65 }, () => cond.with(() => cond.wait()));
  await new Promise(setImmediate);
  expect(bytesOf('n-layout-condition').readInt32LE(at.EXTRA)).toBe(1);
  const table = read('n-layout-condition+1', 9, 0);
  expect([0, 4].map((offset) => table.readInt32LE(256 + offset))).toEqual([me(), 65]);
  expect(table.length).toBe(256 + 256 * 16);
  await cond.with(() => cond.notifyAll());
  await Promise.all(waits);
  cond.unlink();

  const lock = new Lock({ name: 'layout-of-condition' });
  const other = new Condition(lock, { name: 'layout-condition' });
  const given = read('n-layout-condition', 6, 1);
  expect([at.LOCK_CLASS, at.LOCK_HOST, at.LOCK_VERSION].map((offset) => given.readInt32LE(offset))).toEqual([
    2, 2, 1,
  ]);
  expect(given.toString('latin1', at.LOCK_FILE, given.indexOf(0, at.LOCK_FILE))).toBe(
    'n-layout-of-condition',
  );
  other.unlink();
  lock.unlink();
});

test('an Event: how often it was set', () => {
  const event = new Event({ name: 'layout-event' });
  event.set();
  event.clear();
  event.set();
  expect(read('n-layout-event', 7, 1).readInt32LE(PAGE.Event.STATE)).toBe(5);
  event.unlink();
});

test('a Barrier: its generation, and the parties that have come', async () => {
  const barrier = new Barrier(2, { name: 'layout-barrier' });
  await Promise.all([barrier.wait(), barrier.wait()]);
  const waiting = barrier.wait();
  const at = PAGE.Barrier;
  const bytes = read('n-layout-barrier', 8, 1);
  expect([at.PHASE, at.PARTIES, at.BROKEN_GENERATIONS].map((offset) => bytes.readInt32LE(offset))).toEqual([
    4, 2, 0,
  ]);
  expect([0, 4, 8, 12].map((offset) => bytes.readInt32LE(at.SLOTS + offset))).toEqual([me(), 1, 0, 1]);
  expect(bytes.length).toBe(at.SLOTS + 16);
  await barrier.wait();
  await waiting;
  barrier.unlink();
});

test('an agent that waits for an owner says so, and in words', async () => {
  const lock = new Lock({ name: 'layout-waits-for' });
  const guard = lock.acquireSync();
  const mine = me();
  const waiter = spawnFixture(new URL('fixtures/wait-for-lock.mjs', import.meta.url), { args: [lock.name!] });
  const id = await waiter.line();
  const page = () => bytesOf(`a-${id}`);
  await eventually('it waits', () => page().readInt32LE(PAGE.Agent.WAITS_FOR) === mine);
  await eventually('it looks', () => page().readInt32LE(PAGE.Agent.LOOKS) > 1);
  const bytes = page();
  const title = bytes.toString('latin1', PAGE.Agent.TITLE, bytes.indexOf(0, PAGE.Agent.TITLE));
  expect([title, bytes.readInt32LE(PAGE.Agent.STAYS), bytes.readInt32LE(PAGE.Agent.WAIT)]).toEqual([
    'Lock "layout-waits-for"',
    0,
    1,
  ]);
  guard.release();
  expect(await waiter.line()).toBe('got');
  expect([page().readInt32LE(PAGE.Agent.WAITS_FOR), page().readInt32LE(PAGE.Agent.WAIT)]).toEqual([0, 2]);
  await waiter.kill();
  lock.unlink();
});
