import { BoundedSemaphore, Semaphore } from '@mp/lock';
import { eventually, freshName, leakCheck, type PeerKind } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { startPeer } from './start-peer.ts';

leakCheck();

describe.each([[{}], [{ recover: true }]])('a Semaphore in one thread, %o', (options) => {
  test('counts down and up, and beyond its first value', async () => {
    using semaphore = new Semaphore(2, options);
    const values = [semaphore.value];
    const one = await semaphore.acquire();
    values.push(semaphore.value);
    const two = semaphore.acquireSync();
    values.push(semaphore.value);
    expect(semaphore.tryAcquire()).toBeUndefined();
    for (const permit of [one, two, one]) {
      permit.release();
      values.push(semaphore.value);
    }
    semaphore.release();
    semaphore.release(3);
    expect([...values, semaphore.value]).toEqual([2, 1, 0, 1, 2, 2, 6]);
    expect(one.recovered).toBe(false);
  });

  test('gives up at the timeout, at the abort, and when it is closed', async () => {
    const semaphore = new Semaphore(0, options);
    for (const timeout of [0, 20]) {
      await expect(semaphore.acquire({ timeout })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
      expect(() => semaphore.acquireSync({ timeout })).toThrow(/Semaphore within \d+ ms: no permit is free/);
    }
    await expect(semaphore.acquire({ signal: AbortSignal.abort(7) })).rejects.toBe(7);
    const waiting = semaphore.acquire();
    semaphore.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  });

  test('a permit is given back also when the semaphore was closed meanwhile', async () => {
    const semaphore = new Semaphore(1, { ...options, name: freshName() });
    const other = new Semaphore(undefined, { name: semaphore.name as string });
    const permit = semaphore.acquireSync();
    semaphore.close();
    expect(other.value).toBe(0);
    permit.release();
    expect(other.value).toBe(1);
    other.unlink();
  });

  test('bounded, it refuses more permits than at first', () => {
    using bounded = new BoundedSemaphore(2, options);
    bounded.acquireSync();
    bounded.acquireSync();
    bounded.release();
    bounded.release();
    expect(bounded.value).toBe(2);
    expect(() => bounded.release()).toThrow(RangeError);
    expect(() => bounded.release()).toThrow(/it has all of its permits/);
    expect(bounded.value).toBe(2);
  });
});

test.each([
  [-1, {}, RangeError],
  [1.5, {}, RangeError],
  [2 ** 31, {}, RangeError],
  [1025, { recover: true }, RangeError],
  ['2', {}, TypeError],
  [null, {}, TypeError],
  [1, { recover: 1 }, TypeError],
  [1, null, TypeError],
])('a Semaphore(%o, %o) is refused', (value, options, kind) => {
  expect(() => new Semaphore(value as never, options as never)).toThrow(kind);
});

test.each([[0], [-1], [1.5], [NaN]])('release(%o) is refused', (count) => {
  using semaphore = new Semaphore(1);
  expect(() => semaphore.release(count)).toThrow(/count must be a whole number from 1/);
});

test('a named Semaphore is opened by who knows its parameters, or leaves them out', () => {
  const name = freshName();
  const semaphore = new Semaphore(3, { name });
  using same = new Semaphore(undefined, { name });
  expect([semaphore.created, same.created, same.value]).toEqual([true, false, 3]);
  expect(() => new Semaphore(2, { name })).toThrow(/its first value is 3, not 2/);
  expect(() => new Semaphore(3, { name, recover: true })).toThrow(/its recover is false, not true/);
  expect(() => new BoundedSemaphore(3, { name })).toThrow(/its bound is none, not its first value/);
  same.close();
  semaphore.unlink();
});

describe.each<PeerKind>(['process', 'thread'])('a Semaphore between peers (%s)', (kind) => {
  test('never lets in more than it has permits, and wakes who waits', async () => {
    const semaphore = new Semaphore(2, { name: freshName() });
    const others = await Promise.all(
      [1, 2, 3].map(() => startPeer(kind, 'Semaphore', 2, { name: semaphore.name })),
    );
    for (const how of ['acquireSync', 'acquire']) {
      const [first, second, third] = others;
      const one = await first.call(how);
      const two = await second.call(how);
      expect(semaphore.value).toBe(0);
      expect(await third.call(how, { timeout: 30 })).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
      await third.begin(how, { timeout: 20_000 });
      await first.release(one.held);
      const three = await third.answer();
      expect(three.held).toBeDefined();
      await second.release(two.held);
      await third.release(three.held);
      expect(semaphore.value).toBe(2);
    }
    expect(semaphore.rescued).toBe(0);
    await Promise.all(others.map((peer) => peer.end()));
    expect(semaphore.unlink()).toBe(true);
  });

  test.each(['acquireSync', 'acquire', 'tryAcquire'])(
    'with { recover }, the permits of the dead come back (%s)',
    async (how) => {
      const name = freshName();
      const semaphore = new Semaphore(2, { name, recover: true });
      const [doomed, other] = await Promise.all(
        [1, 2].map(() => startPeer(kind, 'Semaphore', 2, { name, recover: true })),
      );
      await doomed.call('acquireSync');
      await doomed.call('acquire');
      if (how === 'tryAcquire') await doomed.kill();
      else await other.begin(how);
      if (how !== 'tryAcquire') await doomed.kill();
      const got = how === 'tryAcquire' ? await other.call(how) : await other.answer();
      expect(got.recovered).toBe(true);
      expect((await other.call('acquire', { timeout: 20_000 })).recovered).toBe(true);
      expect(await other.call('tryAcquire')).toMatchObject({ value: null });
      await other.release(0);
      expect(semaphore.acquireSync().recovered).toBe(false);
      await other.end();
      expect(semaphore.unlink()).toBe(true);
    },
  );

  test.each(['acquireSync', 'acquire'])('a killed waiter swallows no permit (%s)', async (how) => {
    const semaphore = new Semaphore(1, { name: freshName() });
    const [doomed, other] = await Promise.all(
      [1, 2].map(() => startPeer(kind, 'Semaphore', null, { name: semaphore.name })),
    );
    const permit = semaphore.acquireSync();
    await doomed.begin(how);
    expect(await other.call(how, { timeout: 50 })).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    await other.begin(how);
    await doomed.kill();
    permit.release();
    expect((await other.answer()).held).toBe(0);
    await other.release(0);
    expect(semaphore.value).toBe(1);
    await other.end();
    await eventually('the name is free', () => semaphore.unlink());
  });

  test('without { recover }, the permits of the dead are gone, as in Python', async () => {
    const semaphore = new Semaphore(2, { name: freshName() });
    const doomed = await startPeer(kind, 'Semaphore', null, { name: semaphore.name });
    await doomed.call('acquire');
    await doomed.kill();
    semaphore.acquireSync();
    expect(() => semaphore.acquireSync({ timeout: 60 })).toThrow(/no permit is free/);
    semaphore.release(2);
    expect(semaphore.value).toBe(2);
    await eventually('the name is free', () => semaphore.unlink());
  });
});
