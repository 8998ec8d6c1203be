import { Manager, type ManagerServer, RemoteLock, RemoteRLock } from '@mp/manager';
import { eventually, leakCheck } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LINKS, serveAt } from './links.ts';
import { run } from './program.ts';

leakCheck();

describe('in other processes', () => {
  test('a child uses an object of each type; what it leaves locked can be released once', async () => {
    expect(await run('locks.mjs', 'everyType')).toMatchObject({
      exitCode: 0,
      isSet: true,
      locked: true,
      first: 'done',
      second: 'ERR_MP_NOT_OWNER',
      code: 0,
    });
  });

  test('a child releases the lock that its parent holds; the guard of that frees nothing more', async () => {
    expect(await run('locks.mjs', 'releasedByChild')).toMatchObject({
      exitCode: 0,
      items: ['done', 'ERR_MP_NOT_OWNER'],
      recovered: false,
      locked: true,
      code: 0,
    });
  });

  test('children exclude each other', async () => {
    expect(await run('locks.mjs', 'counting')).toMatchObject({ done: true, code: 0 });
  });
});

test('a client does not keep what its conditions have done with locks that it released', async () => {
  const { grown, renewed } = await run('locks.mjs', 'forgotten', { execArgv: ['--expose-gc'] });
  // An entry for each would be some 200 bytes.
  expect(Math.min(...grown)).toBeLessThan(100);
  expect(renewed).toBe(true);
});

describe('in one process', () => {
  const [link] = LINKS;
  let server: ManagerServer;
  let manager: Manager;
  let other: Manager;
  beforeAll(async () => {
    server = await serveAt(link);
    manager = await Manager.connect(server.address, { authKey: link.authKey });
    other = await Manager.connect(server.address, { authKey: link.authKey });
  });
  afterAll(async () => {
    await manager.close();
    await other.close();
    await server.shutdown();
  });

  /** A call as none of our proxies makes it. */
  function forged(object: object, method: string, ...args: unknown[]): Promise<unknown> {
    const ref = (object as Record<symbol, Forged>)[Symbol.for('@mp/manager/ref')];
    return ref.client.call(ref, method, args).promise;
  }

  test('several conditions of one lock, of whatever connection; each gives that lock', async () => {
    const lock = await manager.lock({ name: 'common' });
    const theirs = await other.lock({ name: 'common' });
    const full = await manager.condition(lock);
    const empty = await manager.condition(theirs);
    expect(await full.lock).toBe(lock);
    expect(await empty.lock).toBe(lock);
    const buffer: number[] = [];
    const got: number[] = [];
    const consumer = async () => {
      for (let count = 0; count < 20; count++)
        await lock.with(async () => {
          await full.waitFor(() => buffer.length > 0);
          got.push(buffer.shift() as number);
          await empty.notify();
        });
    };
    const producer = async () => {
      for (let count = 0; count < 20; count++)
        await lock.with(async () => {
          await empty.waitFor(() => buffer.length < 2);
          buffer.push(count);
          await full.notify();
        });
    };
    await Promise.all([consumer(), producer()]);
    expect(got).toEqual(Array.from({ length: 20 }, (_, number) => number));
    await manager.unlink('common');
  });

  test('MGR-9: a condition without a lock has an rlock of its own, which is no lock', async () => {
    const cond = await manager.condition();
    const lock = await cond.lock;
    expect(lock).toBeInstanceOf(RemoteRLock);
    expect(lock).not.toBeInstanceOf(RemoteLock);
    expect(await (await manager.condition()).lock).not.toBe(lock);
  });

  test.each([[{}], [1], ['lock'], [[]]])('condition(%o) is refused', async (lock) => {
    await expect(manager.condition(lock as never)).rejects.toThrow(/must be a lock or an rlock/);
  });

  test('a condition of what is no lock is refused', async () => {
    const event = await manager.event();
    await expect(manager.condition(event as never)).rejects.toThrow(TypeError);
  });

  test.each([
    [-1, {}, RangeError],
    [1.5, {}, RangeError],
    [2 ** 31, {}, RangeError],
    ['2', {}, TypeError],
    [null, {}, TypeError],
    [1, { recover: 1 }, TypeError],
    [1, { recovers: true }, TypeError],
    [1, null, TypeError],
  ])('semaphore(%o, %o) is refused', async (value, options, kind) => {
    await expect(manager.semaphore(value as never, options as never)).rejects.toThrow(kind);
  });

  test.each([
    [0, {}, RangeError],
    [1.5, {}, RangeError],
    [10_001, {}, RangeError],
    ['2', {}, TypeError],
    [2, null, TypeError],
    [2, { action: 1 }, TypeError],
    [2, { waitTimeout: '1' }, TypeError],
    [2, { party: 1 }, TypeError],
  ])('barrier(%o, %o) is refused', async (parties, options, kind) => {
    await expect(manager.barrier(parties as never, options as never)).rejects.toThrow(kind);
  });

  test('a client cannot end what another one has acquired, by whatever number', async () => {
    const lock = await manager.rlock({ name: 'forged' });
    const permits = await manager.semaphore(1, { name: 'forged-permits', recover: true });
    const guard = await lock.acquire();
    const permit = await permits.acquire();
    const theirLock = await other.rlock({ name: 'forged' });
    const theirPermits = await other.semaphore(1, { name: 'forged-permits' });
    for (const level of [guard.token, -guard.token, 0, Number.NaN, 'x', null])
      await forged(theirLock, 'end', level);
    for (let number = guard.token; number < guard.token + 10; number++)
      await forged(theirPermits, 'end', number);
    expect([await lock.locked, await permits.value]).toEqual([true, 0]);
    await expect(forged(theirLock, 'acquire', guard.token)).rejects.toMatchObject({
      code: 'ERR_MP_NOT_OWNER',
    });
    expect(await forged(theirLock, 'tryAcquire', null, guard.token)).toBeNull();
    await guard.release();
    await permit.release();
    expect([await lock.locked, await permits.value]).toEqual([false, 1]);
    for (const name of ['forged', 'forged-permits']) await manager.unlink(name);
  });

  test('calls that make no sense are errors of those calls, and harm nothing', async () => {
    const cond = await manager.condition(await manager.lock());
    const barrier = await manager.barrier(2);
    const semaphore = await manager.boundedSemaphore(1);
    await cond.with(async () => {
      for (const id of [undefined, 'x', {}])
        await expect(forged(cond, 'wait', id)).rejects.toThrow(TypeError);
      for (const count of ['1', -1, 0.5])
        await expect(forged(cond, 'notify', count)).rejects.toThrow(RangeError);
      await forged(cond, 'endWait', 99);
    });
    await expect(forged(barrier, 'pass', 1)).rejects.toMatchObject({ code: 'ERR_MP_BROKEN_BARRIER' });
    await forged(barrier, 'fail', 1);
    for (const count of ['1', 0, {}])
      await expect(forged(semaphore, 'release', count)).rejects.toThrow(RangeError);
    await expect(forged(semaphore, 'end', 0)).rejects.toThrow(RangeError);
    for (const method of ['free', 'constructor', 'take', 'endLevel', 'suspend'])
      await expect(forged(await cond.lock, method)).rejects.toMatchObject({ code: 'ERR_MP_NOT_FOUND' });
    expect([await barrier.broken, await semaphore.value, await (await cond.lock).locked]).toEqual([
      false,
      1,
      false,
    ]);
  });

  test('messages say who holds a lock, and the way out', async () => {
    const lock = await manager.lock();
    await expect(lock.release()).rejects.toThrow('Cannot release the Lock: no client holds it');
    const guard = await lock.acquire();
    const { client } = (await lock.holder) ?? {};
    await expect(lock.acquire({ timeout: 0 })).rejects.toThrow(
      `Cannot acquire the Lock at once: it is held by client ${client}`,
    );
    await guard.release();
  });

  test('what is closed is let go of when its guards are released', async () => {
    await using own = await serveAt(link);
    await using client = await Manager.connect(own.address, { authKey: link.authKey });
    const lock = await client.lock();
    const cond = await client.condition();
    await cond.lock;
    const guard = await lock.acquire();
    expect(own.objects).toBe(3);
    lock.close();
    cond.close();
    await eventually('all but the lock is let go of', () => own.objects === 1);
    await client.stats();
    expect(own.objects).toBe(1);
    await guard.release();
    await eventually('all is let go of', () => own.objects === 0);
  });
});

interface Forged {
  readonly client: {
    call(ref: Forged, method: string, args: readonly unknown[]): { readonly promise: Promise<unknown> };
  };
}
