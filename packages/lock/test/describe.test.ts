import { Segment, thisAgent } from '@mp/core/internal';
import { Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, RWLock, Semaphore } from '@mp/lock';
import { describers, freeFromOutside } from '@mp/lock/internal';
import { described, leakCheck } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const NAME = 'described';
const say = () => described(describers, `n-${NAME}`);
const me = () => thisAgent().id;
const made: { unlink(): boolean }[] = [];

function make<T extends { unlink(): boolean }>(object: T): T {
  made.push(object);
  return object;
}

afterEach(() => {
  for (const object of made.splice(0)) expect(object.unlink()).toBe(true);
});

test.each([
  ['Lock', Lock],
  ['RLock', RLock],
])('a %s: its owner, since when, its waiters and tokens', async (_, LockClass) => {
  const lock = make(new LockClass({ name: NAME }));
  expect(say()).toMatchObject({ state: 'free', holders: [], waiters: [] });
  const guard = lock.acquireSync();
  expect(say()).toMatchObject({
    state: 'held',
    holders: [{ agent: me(), role: 'owner', count: 1, since: undefined }],
    measures: { token: guard.token },
    details: { dirty: false },
  });
  const waiting = lock.acquire();
  const { waiters, holders, counters } = say();
  expect(waiters).toEqual([{ agent: me(), for: 'acquire', chosen: false }]);
  expect(Math.abs((holders[0].since as number) - Date.now())).toBeLessThan(60_000);
  guard.release();
  (await waiting).release();
  expect(say().counters).toEqual({ acquisitions: counters.acquisitions + 1, rescued: 0 });
});

test('an RWLock: readers, the writer, and who waits for what', async () => {
  const lock = make(new RWLock({ name: NAME }));
  const [one, two] = [lock.readSync(), lock.readSync()];
  expect(say()).toMatchObject({
    state: 'reading',
    holders: [{ agent: me(), role: 'reader', count: 2 }],
    measures: { readers: 2 },
  });
  const writing = lock.write();
  const reading = lock.read();
  expect(say().holders).toMatchObject([{ role: 'next writer' }, { role: 'reader' }]);
  expect(say().waiters).toMatchObject([{ for: 'read' }, { for: 'write, when readers have left' }]);
  one.release();
  two.release();
  const guard = await writing;
  expect(say()).toMatchObject({ state: 'writing', holders: [{ role: 'writer' }], measures: { readers: 0 } });
  guard.release();
  (await reading).release();
  expect(say().details).toMatchObject({ writerDied: false });
});

test('semaphores: permits, and who has them when they have places', () => {
  const plain = make(new Semaphore(2, { name: NAME }));
  const permit = plain.acquireSync();
  expect(say()).toMatchObject({
    state: 'free',
    holders: [],
    measures: { permits: 1, initialPermits: 2 },
    details: { bounded: false, recover: false },
  });
  permit.release();
  made.pop()?.unlink();
  const placed = make(new BoundedSemaphore(2, { name: NAME, recover: true }));
  const permits = [placed.acquireSync(), placed.acquireSync()];
  expect(say()).toMatchObject({
    state: 'held',
    holders: [{ agent: me(), role: 'permit', count: 2 }],
    measures: { permits: 0 },
    counters: { acquisitions: 2 },
    details: { bounded: true, recover: true },
  });
  for (const each of permits) each.release();
});

test('a Condition: its waits, in their order, also those in further tables', async () => {
  const condition = make(new Condition(undefined, { name: NAME }));
  const waits = Array.from({ length: 70 }, () => condition.with(() => condition.wait()));
  while (say().measures.waiting < 70) await new Promise(setImmediate);
  expect(say().waiters.filter(({ for: what }) => what === 'notify')).toHaveLength(70);
  const guard = condition.acquireSync();
  condition.notify(3);
  expect(say()).toMatchObject({ state: 'held', measures: { waiting: 67 }, details: { lock: 'its own' } });
  expect(say().waiters.filter(({ chosen }) => chosen).length).toBeGreaterThanOrEqual(3);
  condition.notifyAll();
  guard.release();
  await Promise.all(waits);
});

test('a Condition with a given lock names it', () => {
  const lock = new Lock({ name: 'given' });
  make(new Condition(lock, { name: NAME }));
  expect(say()).toMatchObject({ givenLock: 'n-given', details: { lock: 'given' } });
  made.pop()?.unlink();
  expect(lock.unlink()).toBe(true);
});

test('an Event and a Barrier', async () => {
  const event = make(new Event({ name: NAME }));
  const waiting = event.wait();
  expect(say()).toMatchObject({ state: 'not set', waiters: [{ for: 'set' }], counters: { sets: 0 } });
  event.set();
  await waiting;
  expect(say()).toMatchObject({ state: 'set', counters: { sets: 1 } });
  made.pop()?.unlink();
  const barrier = make(new Barrier(2, { name: NAME }));
  const first = barrier.wait();
  expect(say()).toMatchObject({
    state: 'filling',
    holders: [{ agent: me(), role: 'party', count: 1 }],
    measures: { parties: 2, arrived: 1 },
    counters: { generations: 0 },
  });
  await Promise.all([first, barrier.wait()]);
  expect(say()).toMatchObject({ measures: { arrived: 0 }, counters: { generations: 1 } });
  barrier.abort();
  expect(say().state).toBe('broken');
});

test('freed from outside: not what the living hold, unless by force', () => {
  const lock = make(new Lock({ name: NAME }));
  const segment = Segment.findNamed(NAME, 'lock', 1);
  expect(freeFromOutside(segment)).toBe('it was free');
  const guard = lock.acquireSync();
  expect(freeFromOutside(segment)).toBe('held by a living thread');
  expect(freeFromOutside(segment, me() ^ 1)).toBe('held by another thread');
  expect(lock.locked).toBe(true);
  expect(freeFromOutside(segment, me())).toBe('freed');
  expect(lock.locked).toBe(false);
  const later = lock.acquireSync();
  guard.release();
  expect(lock.locked).toBe(true);
  later.release();
  segment.close();
});
