import { Manager, type ManagerServer, type RemoteLock, type RemoteSemaphore } from '@mp/manager';
import { eventually, leakCheck } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LINKS, serveAt } from './links.ts';

leakCheck();

/** Numbers from 0 to 1 that are the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ROUNDS = 150;
const CLIENTS = 3;
const TASKS = 4;

describe.each(LINKS)('giving up while a grant is on its way: $title', (link) => {
  let server: ManagerServer;
  let clients: Manager[];
  beforeAll(async () => {
    server = await serveAt(link);
    const connect = () => Manager.connect(server.address, { authKey: link.authKey });
    clients = await Promise.all(Array.from({ length: CLIENTS }, connect));
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await server.shutdown();
  });

  /** All tasks of all clients, each with what it needs of chance. */
  async function everywhere<T>(
    objects: readonly T[],
    seed: number,
    task: (object: T, chance: () => number) => Promise<void>,
  ): Promise<void> {
    const tasks = objects.flatMap((object, client) =>
      Array.from({ length: TASKS }, (_, number) => task(object, random(seed + client * TASKS + number))),
    );
    await Promise.all(tasks);
  }

  /** Gives up after a random time, by a timeout or a signal, or not at all. */
  function limits(chance: () => number): { timeout?: number; signal?: AbortSignal } {
    const kind = chance();
    if (kind < 0.4) return { timeout: chance() * 3 };
    if (kind > 0.8) return {};
    const abort = new AbortController();
    if (chance() < 0.5) setImmediate(() => abort.abort(GAVE_UP));
    else setTimeout(() => abort.abort(GAVE_UP), chance() * 3);
    return { signal: abort.signal };
  }

  const GAVE_UP = new Error('gave up');

  function expectGivenUp(error: unknown): void {
    if (error !== GAVE_UP) expect(error).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
  }

  test('of a lock there are never two holders, and it is free in the end', async () => {
    const locks: RemoteLock[] = [];
    for (const client of clients) locks.push(await client.lock({ name: 'raced' }));
    let inside = 0;
    let [got, lost] = [0, 0];
    let last = 0;
    await everywhere(locks, 1, async (lock, chance) => {
      for (let round = 0; round < ROUNDS / TASKS; round++) {
        try {
          const guard = await lock.acquire(limits(chance));
          expect(++inside).toBe(1);
          expect(guard.token).toBeGreaterThan(last);
          last = guard.token;
          expect(guard.recovered).toBe(false);
          if (chance() < 0.5) await new Promise(setImmediate);
          inside--;
          await guard.release();
          got++;
        } catch (error) {
          expectGivenUp(error);
          lost++;
        }
      }
    });
    // All that was given up has reached the server when later calls of each client are answered.
    for (const lock of locks) await lock.locked;
    expect(await locks[0].locked).toBe(false);
    expect(got).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
  });

  test.each([[false], [true]])('no permit is lost or made, recover: %o', async (recover) => {
    const semaphores: RemoteSemaphore[] = [];
    for (const client of clients)
      semaphores.push(await client.boundedSemaphore(2, { name: `raced-${recover}`, recover }));
    let inside = 0;
    await everywhere(semaphores, 1_000, async (semaphore, chance) => {
      for (let round = 0; round < ROUNDS / TASKS; round++) {
        try {
          const permit = await semaphore.acquire(limits(chance));
          expect(++inside).toBeLessThanOrEqual(2);
          if (chance() < 0.5) await new Promise(setImmediate);
          inside--;
          await permit.release();
        } catch (error) {
          expectGivenUp(error);
        }
      }
    });
    for (const semaphore of semaphores) await semaphore.value;
    expect(await semaphores[0].value).toBe(2);
  });

  test('waits on a condition that end early lose no notification, and have the lock', async () => {
    const [cond, other] = [
      await clients[0].condition(undefined, { name: 'raced-news' }),
      await clients[1].condition(undefined, { name: 'raced-news' }),
    ];
    const chance = random(7);
    let inside = 0;
    for (let round = 0; round < 40; round++) {
      const waits = Array.from({ length: 3 }, () =>
        cond.with(async () => {
          const result = await cond.wait(limits(chance)).catch((error) => {
            expectGivenUp(error);
            return false;
          });
          expect(++inside).toBe(1);
          await new Promise(setImmediate);
          inside--;
          return result;
        }),
      );
      let notified = 0;
      let isOver = false;
      const all = Promise.all(waits).then((results) => {
        isOver = true;
        return results;
      });
      while (!isOver) {
        await other.with(async () => {
          if ((await other.waiting) === 0) return;
          await other.notify();
          notified++;
        });
      }
      expect((await all).filter((result) => result).length).toBeLessThanOrEqual(notified);
    }
    expect([await cond.waiting, await (await cond.lock).locked]).toEqual([0, false]);
  });

  test('an answer that the client gave up before it read it is taken back', async () => {
    const lock = await clients[0].lock();
    const semaphore = await clients[0].semaphore(1);
    const rlock = await clients[0].rlock();
    const first = await rlock.acquire();
    for (let round = 0; round < 50; round++) {
      // Each is granted at once, and given up in the turn in which it was sent.
      const abort = new AbortController();
      const { signal } = abort;
      const calls = [
        lock.acquire({ signal }),
        semaphore.acquire({ signal }),
        rlock.acquire({ signal, within: first }),
      ];
      const given = calls.map((call) => expect(call).rejects.toBe(GAVE_UP));
      await new Promise<void>((resolve) => process.nextTick(resolve));
      abort.abort(GAVE_UP);
      await Promise.all(given);
      expect([await lock.locked, await semaphore.value]).toEqual([false, 1]);
    }
    await first.release();
    expect(await rlock.locked).toBe(false);
  });

  test('a connection that is closed while its client holds a lock leaves it abandoned', async () => {
    const leaving = await Manager.connect(server.address, { authKey: link.authKey });
    const theirs = await leaving.lock({ name: 'left' });
    const ours = await clients[0].lock({ name: 'left' });
    const guard = await theirs.acquire();
    await leaving.close();
    await eventually('it is abandoned', async () => (await ours.holder)?.alive === false);
    expect(await ours.locked).toBe(true);
    await expect(guard.release()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    const next = await ours.acquire();
    expect(next.recovered).toBe(true);
    await next.release();
  });
});
