import { within } from '@mp/manager';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { errorOf, handedOn, serveHere } from './here.ts';
import { run } from './program.ts';

leakCheck();

const here = serveHere();

test('an object of one started manager lies in an object of another one, and works there', async () => {
  expect(await run('two-managers.mjs', '')).toMatchObject({
    name: 'RemoteList',
    items: ['first', 'by the server', 'by its proxy'],
    code: 0,
  });
});

test('waits on one condition by two proxies of one process do not disturb each other', async () => {
  const lock = await here.manager.lock();
  const first = await here.manager.condition(lock);
  const second = await handedOn(first);
  const wait = (condition: typeof first) => condition.with(() => condition.wait());
  const waits = [wait(first), wait(second)];
  while ((await first.waiting) < 2);
  await first.with(() => first.notifyAll());
  expect(await Promise.all(waits)).toEqual([true, true]);
  for (const each of [first, second, lock]) each.close();
});

test('a proxy of a queue that is closed ends its own waits and leases only', async () => {
  const first = await here.manager.queue<number>();
  const second = await handedOn(first);
  await first.putMany([1, 2, 3]);
  const kept = await first.lease();
  const given = await second.lease();
  const [mine, theirs] = [first.getMany(9), errorOf(first.size.then(() => second.getMany(9)))];
  expect(await mine).toEqual([3]);
  const get = first.get();
  await second.size;
  second.close();
  expect((await theirs).code).toBe('ERR_MP_CLOSED');
  expect(await get).toBe(given.value);
  await kept.ack();
  expect((await errorOf(given.ack())).code).toBe('ERR_MP_CLOSED');
  expect((await errorOf(second.get())).code).toBe('ERR_MP_CLOSED');
  expect(await first.size).toBe(0);
  first.close();
});

test('what was put before a queue was closed is put, and what was got by a proxy of a JoinableQueue comes back', async () => {
  const first = await here.manager.joinableQueue<number>();
  const second = await handedOn(first);
  const put = second.put(1);
  await first.put(2);
  const got = [await first.get(), await second.get()];
  second.close();
  await put;
  expect(await first.get()).toBe(got[1]);
  await first.taskDone();
  await first.taskDone();
  await first.join({ timeout: 10_000 });
  first.close();
});

test('a proxy of a JoinableQueue that is closed gives back what it got itself', async () => {
  const first = await here.manager.joinableQueue<number>();
  const second = await handedOn(first);
  await first.putMany([1, 2, 3, 4, 5]);
  const theirs = [await second.get(), ...(await second.getMany(1))];
  const mine = [await first.get(), ...(await first.tryGetMany(1))];
  second.close();
  expect([theirs, mine, await first.size]).toEqual([[1, 2], [3, 4], 3]);
  // What is left are its own.
  await first.taskDone();
  await first.taskDone();
  expect(await errorOf(first.taskDone())).toBeInstanceOf(RangeError);
  expect(await first.getMany(9)).toEqual([1, 2, 5]);
  for (let left = 3; left > 0; left--) await first.taskDone();
  await first.join({ timeout: 10_000 });
  first.close();
});

test('taskDone() of a proxy of a JoinableQueue ends its own gets first, then those of others', async () => {
  const first = await here.manager.joinableQueue<number>();
  const second = await handedOn(first);
  await first.putMany([1, 2]);
  const theirs = await second.get();
  expect([theirs, await first.get()]).toEqual([1, 2]);
  await first.taskDone();
  second.close();
  // It has not been done by the first one.
  expect(await first.get()).toBe(theirs);
  const third = await handedOn(first);
  await third.taskDone();
  await first.join({ timeout: 10_000 });
  for (const each of [first, third]) each.close();
});

test('within() is not for the types of this package', async () => {
  const dict = await here.manager.dict();
  expect(() => within(dict, { timeout: 5 })).toThrow(/take timeout and signal themselves/);
  dict.close();
});
