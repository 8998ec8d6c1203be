import { ClosedError, Condition, Event, Lock, NotOwnerError, RLock } from '@mp/lock';
import { eventually, freshName, leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';

leakCheck();

const LOCKS: [string, () => Lock | RLock | undefined][] = [
  ['an RLock of its own', () => undefined],
  ['a Lock', () => new Lock()],
  ['an RLock', () => new RLock()],
];

describe.each(LOCKS)('a Condition of one thread, with %s', (_, makeLock) => {
  const make = () => {
    const cond = new Condition(makeLock());
    return {
      cond,
      /** Begins waits that note their number when they are over. */
      async waiters(count: number, woken: number[]) {
        const before = cond.waiting;
        const waits = Array.from({ length: count }, (_, number) =>
          cond.with(async () => {
            const notified = await cond.wait({ timeout: 20_000 });
            woken.push(number);
            return notified;
          }),
        );
        await eventually('all wait', () => cond.waiting === before + count);
        return waits;
      },
      end() {
        cond.close();
        cond.lock.close();
      },
    };
  };

  test('waits that time out answer false, hold the lock, and leave nothing for a later notify', async () => {
    const { cond, waiters, end } = make();
    const woken: number[] = [];
    for (const timeout of [0, -1, 30]) {
      const start = performance.now();
      const answer = cond.with(async () => {
        const notified = await cond.wait({ timeout });
        expect(cond.lock.locked).toBe(true);
        return notified;
      });
      expect(await answer).toBe(false);
      expect(performance.now() - start).toBeGreaterThanOrEqual(timeout - 1);
      const guard = cond.acquireSync();
      expect(cond.waitSync({ timeout })).toBe(false);
      expect(cond.lock.locked).toBe(true);
      guard.release();
    }
    // The first may have given up before the last one waits.
    const late = Array.from({ length: 6 }, () => cond.with(() => cond.wait({ timeout: 50 })));
    expect(await Promise.all(late)).toEqual(Array(6).fill(false));
    // Nobody waits: this does nothing.
    await cond.with(() => cond.notifyAll());
    const waits = await waiters(6, woken);
    await cond.with(() => cond.notify(6));
    expect(await Promise.all(waits)).toEqual(Array(6).fill(true));
    end();
  });

  test('the guard goes on over a wait: it has the token of the present acquisition, and ends it', async () => {
    const { cond, end } = make();
    let before = 0;
    const waiting = cond.with(async (guard) => {
      before = guard.token;
      await cond.wait();
      await cond.wait();
      expect(guard.token).toBeGreaterThan(before + 2);
      expect([guard.recovered, cond.lock.locked]).toEqual([false, true]);
      guard.release();
      expect(cond.lock.locked).toBe(false);
    });
    for (let round = 0; round < 2; round++) {
      await eventually('it waits', () => cond.waiting === 1);
      await cond.with(() => cond.notify());
    }
    await waiting;
    const guard = cond.acquireSync();
    const first = guard.token;
    cond.waitSync({ timeout: 0 });
    expect(guard.token).toBeGreaterThan(first);
    guard.release();
    expect(cond.lock.locked).toBe(false);
    expect(await cond.with(() => cond.wait({ timeout: 0 }))).toBe(false);
    end();
  });

  test('waitFor answers what the predicate answered last', async () => {
    const { cond, end } = make();
    let value = 0;
    const waiting = cond.with(() => cond.waitFor(() => value === 4 && 'four'));
    for (let step = 1; step <= 4; step++) {
      await cond.with(() => {
        value = step;
        cond.notify();
      });
    }
    expect(await waiting).toBe('four');
    expect(await cond.with(() => cond.waitFor(async () => 'at once', { timeout: 0 }))).toBe('at once');
    const guard = cond.acquireSync();
    expect(cond.waitForSync(() => value)).toBe(4);
    expect(cond.waitForSync(() => 0, { timeout: 20 })).toBe(0);
    guard.release();
    const start = performance.now();
    const late = cond.with(() => cond.waitFor(() => false, { timeout: 100 }));
    for (let count = 0; count < 3; count++) await cond.with(() => cond.notify());
    expect(await late).toBe(false);
    expect(performance.now() - start).toBeGreaterThan(95);
    const failing = cond.with(() =>
      cond.waitFor(() => {
        throw new Error('in the predicate');
      }),
    );
    await expect(failing).rejects.toThrow('in the predicate');
    expect([cond.lock.locked, cond.rescued]).toEqual([false, 0]);
    end();
  });

  test('wait and notify are for who holds the lock', async () => {
    const { cond, end } = make();
    await expect(cond.wait()).rejects.toBeInstanceOf(NotOwnerError);
    await expect(cond.waitFor(() => true)).rejects.toThrow(/nobody holds it/);
    for (const use of [
      () => cond.waitSync(),
      () => cond.waitForSync(() => true),
      () => cond.notify(),
      () => cond.notifyAll(),
      () => cond.release(),
    ])
      expect(use).toThrow(NotOwnerError);
    end();
  });
});

test('all levels of an RLock are given up, and had again', async () => {
  using cond = new Condition();
  const { lock } = cond;
  const waiting = cond.with(() =>
    cond.with(async () => {
      const bare = await lock.acquire();
      const third = lock.acquireSync();
      expect(await cond.wait()).toBe(true);
      for (const level of [bare, third]) level.release();
      expect(lock.locked).toBe(true);
    }),
  );
  await eventually('it waits', () => cond.waiting === 1);
  expect(lock.locked).toBe(false);
  await cond.with(() => cond.notify());
  await waiting;
  expect(lock.locked).toBe(false);
});

test('whose RLock is it? That of the scope, of the thread that acquired synchronously, or of who shows its guard', async () => {
  using cond = new Condition();
  const guard = await cond.acquire();
  await expect(cond.wait({ timeout: 0 })).rejects.toThrow(
    /this task is not known as its owner.*within: guard/,
  );
  expect(await cond.wait({ timeout: 0, within: guard })).toBe(false);
  expect(cond.waitSync({ timeout: 0, within: guard })).toBe(false);
  expect(await cond.waitFor(() => 1, { within: guard })).toBe(1);
  guard.release();
  await expect(cond.wait({ within: guard })).rejects.toBeInstanceOf(NotOwnerError);
  const sync = cond.acquireSync();
  expect(await cond.wait({ timeout: 0 })).toBe(false);
  sync.release();
  expect(cond.lock.locked).toBe(false);
});

test('several conditions may have one lock', async () => {
  using lock = new Lock();
  using full = new Condition(lock);
  using empty = new Condition(lock);
  const buffer: number[] = [];
  const got: number[] = [];
  const consumer = async () => {
    for (let count = 0; count < 20; count++) {
      await lock.with(async () => {
        await full.waitFor(() => buffer.length > 0);
        got.push(buffer.shift() as number);
        empty.notify();
      });
    }
  };
  const producer = async () => {
    for (let count = 0; count < 20; count++) {
      await lock.with(async () => {
        await empty.waitFor(() => buffer.length < 2);
        buffer.push(count);
        full.notify();
      });
    }
  };
  await Promise.all([consumer(), producer()]);
  expect(got).toEqual(Array.from({ length: 20 }, (_, number) => number));
  expect([full.rescued, empty.rescued]).toEqual([0, 0]);
});

describe('names', () => {
  test('the same name is the same condition, and finds the lock that it was made with', async () => {
    for (const lock of [undefined, new Lock(), new RLock({ name: freshName() })]) {
      const name = freshName();
      const cond = new Condition(lock, { name });
      const same = new Condition(undefined, { name });
      expect([cond.created, same.created, same.lock.constructor]).toEqual([
        true,
        false,
        cond.lock.constructor,
      ]);
      const waiting = cond.with(() => cond.wait());
      await eventually('it waits', () => same.waiting === 1);
      await same.with(() => same.notify());
      expect(await waiting).toBe(true);
      using other = new Lock();
      expect(() => new Condition(other, { name })).toThrow(/its lock is \S+.*, not s-/);
      expect(() => new Event({ name })).toThrow(/as an Event: it is a Condition made by pid/);
      same.close();
      expect(cond.unlink()).toBe(true);
      if (lock?.name) lock.unlink();
      lock?.close();
    }
  });

  test.each([
    [null, {}],
    [{ name: 'x' }, {}],
    [new Map(), {}],
    [undefined, null],
    [undefined, { name: 'a/b' }],
    [undefined, { name: 'a\0b' }],
    [undefined, { name: 'x'.repeat(101) }],
  ])('new Condition(%o, %o) is refused', (lock, options) => {
    expect(() => new Condition(lock as never, options as never)).toThrow(
      /must be a Lock or RLock|options must be|name must be/,
    );
  });

  test.each([[-1], [1.5], [Number.NaN], ['1'], [null]])('notify(%o) is refused', (count) => {
    using cond = new Condition();
    using _guard = cond.acquireSync();
    expect(() => cond.notify(count as never)).toThrow(RangeError);
  });
});

test('a notification in the moment in which its wait is given up goes to the next one', async () => {
  const lock = new Lock();
  const name = freshName();
  const [closing, other] = [new Condition(lock, { name }), new Condition(lock, { name })];
  const waiting = async (count: number, wait: () => Promise<boolean>) => {
    const answer = lock.with(wait);
    answer.catch(() => {});
    await eventually('it waits', () => other.waiting === count);
    return { answer };
  };
  const first = await waiting(1, () => closing.wait());
  const second = await waiting(2, () => other.wait({ timeout: 5_000 }));
  const guard = lock.acquireSync();
  const { exchange, compareExchange } = Atomics;
  // As another process would, which holds the lock: just before the ticket is freed.
  const notify = () => {
    Object.assign(Atomics, { exchange, compareExchange });
    other.notify();
  };
  Object.assign(Atomics, {
    exchange(...args: Parameters<typeof exchange>) {
      notify();
      return exchange(...args);
    },
    compareExchange(...args: Parameters<typeof compareExchange>) {
      notify();
      return compareExchange(...args);
    },
  });
  closing.close();
  expect(Atomics.exchange).toBe(exchange);
  guard.release();
  await expect(first.answer).rejects.toBeInstanceOf(ClosedError);
  expect(await second.answer).toBe(true);
  other.unlink();
  lock.close();
});
