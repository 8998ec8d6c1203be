import { connectRedis, type LocalPool, type Site, serveTasks, type TaskServer } from '@mp/redis';
import {
  type CutPoint,
  CutProxy,
  describeNeeding,
  eventually,
  freshName,
  leakCheck,
  RedisServer,
  sampled,
} from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

leakCheck();

type Task = (x: number) => number;
const { square: once, squareAgain: again } = (await import(
  new URL('./fixtures/site-pool/tasks.mjs', import.meta.url).href
)) as { square: Task; squareAgain: Task };

/** No user here has more commands, with those of its connections. */
const MOST_COMMANDS = 40;
/** So many cases at a time. */
const TOGETHER = 4;
const TASKS = [once, again];

/** Does a call at once, and remembers which. */
function counting(done: number[]): LocalPool {
  return {
    apply(fn, [x]) {
      if (fn === once) done.push(x as number);
      return Object.assign(Promise.resolve((x as number) ** 2), { cancel: () => false });
    },
  };
}

/* The commands of all connections of the one that dies are counted together, as they come. */
describeNeeding(RedisServer.missing, 'a user of a pool over Redis that dies at each of its commands', () => {
  const namespace = freshName();
  let server: RedisServer;
  let giver: Site;
  let machine: Site;
  beforeAll(async () => {
    server = await RedisServer.start();
    giver = await connectRedis(server.url, { namespace });
    machine = await connectRedis(server.url, { namespace });
  });
  afterAll(async () => {
    for (const site of [giver, machine]) await site.close();
    await server.stop();
  });

  /** Runs a case for each command until one comes to its end alive. */
  async function atEach(
    moment: CutPoint['moment'],
    one: (point: CutPoint) => Promise<boolean>,
  ): Promise<void> {
    let cuts = 0;
    for (let first = 1, isOver = false; !isOver; first += TOGETHER) {
      expect(first).toBeLessThan(MOST_COMMANDS);
      const points = Array.from({ length: TOGETHER }, (_, i) => ({ command: first + i, moment }));
      const wasCut = await Promise.all(points.map(one));
      cuts += wasCut.filter(Boolean).length;
      isOver = !wasCut.some(Boolean);
    }
    expect(cuts).toBeGreaterThanOrEqual(5);
  }

  async function untilCut(proxy: CutProxy): Promise<void> {
    while (!proxy.isCut) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  describe.each(sampled(['before', 'unanswered'] as const, (moment) => moment))('%s it is run', (moment) => {
    test('a machine: each call ends once, by its kind', async () => {
      await atEach(moment, async (point) => {
        const name = freshName();
        const proxy = await CutProxy.before(server.port, point);
        const done: number[] = [];
        let doomed: Site | undefined;
        try {
          doomed = await connectRedis(proxy.url, { namespace });
          serveTasks(doomed, name, { pool: counting(done), tasks: TASKS, visibility: 1_000 });
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
        }
        const pool = giver.pool(name);
        const numbers = [1, 2, 3];
        const calls = {
          once: numbers.map((n) => pool.apply(once, [n])),
          again: numbers.map((n) => pool.apply(again, [n])),
        };
        const all = Promise.allSettled([...calls.once, ...calls.again]);
        // It has done all, or has died with some.
        await Promise.race([all, untilCut(proxy)]);
        const serving = serveTasks(machine, name, {
          pool: counting(done),
          tasks: TASKS,
          visibility: 1_000,
        });
        await all;
        for (const [index, call] of calls.again.entries()) expect(await call).toBe(numbers[index] ** 2);
        for (const [index, call] of calls.once.entries()) {
          const value = await call.catch((error: unknown) => (error as { code?: string }).code);
          expect(value).toBeOneOf([numbers[index] ** 2, 'ERR_MP_WORKER_DIED']);
        }
        // None of them was done twice.
        expect(done.length).toBe(new Set(done).size);
        const { wasCut } = proxy;
        await doomed?.close();
        await serving.close();
        await proxy.close();
        return wasCut;
      });
    });

    test('a giver: its calls are whole, and it stands in nobody’s way', async () => {
      await atEach(moment, async (point) => {
        const name = freshName();
        const proxy = await CutProxy.before(server.port, point);
        const done: number[] = [];
        const serving: TaskServer = serveTasks(machine, name, { pool: counting(done), tasks: TASKS });
        const results: number[] = [];
        let doomed: Site | undefined;
        try {
          doomed = await connectRedis(proxy.url, { namespace });
          const pool = doomed.pool(name);
          const running = (async () => {
            for (const n of [1, 2, 3]) results.push(await pool.apply(once, [n]));
          })();
          running.catch(() => {});
          await Promise.race([running, untilCut(proxy)]);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
        }
        expect(await giver.pool(name).apply(once, [7])).toBe(49);
        await eventually(
          'nothing is left to do',
          async () => {
            return (await server.command('HLEN', `${namespace}:{pool:${name}}:calls`)) === ':0';
          },
          { within: 60_000 },
        );
        expect(done.length).toBe(new Set(done).size);
        // What it was told was done.
        expect(results.filter((value) => !done.includes(Math.sqrt(value)))).toEqual([]);
        const { wasCut } = proxy;
        await doomed?.close();
        await serving.close();
        await proxy.close();
        return wasCut;
      });
    });
  });
});

describeNeeding(RedisServer.missing, 'a pool over a Redis that is killed and started again', () => {
  test('each call is done once and answered', async () => {
    const server = await RedisServer.start({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const namespace = freshName();
    const [giver, machine] = await Promise.all([1, 2].map(() => connectRedis(server.url, { namespace })));
    const done: number[] = [];
    const serving = serveTasks(machine, 'work', { pool: counting(done), tasks: [once] });
    const pool = giver.pool('work');
    let [given, isOver] = [0, false];
    const give = async () => {
      while (!isOver) {
        const n = given++;
        expect(await pool.apply(once, [n])).toBe(n ** 2);
      }
    };
    const all = Promise.all(Array.from({ length: 8 }, give));
    for (let restart = 0; restart < 3; restart++) {
      const before = done.length;
      await eventually('it flows', () => done.length > before + 100, { within: 60_000 });
      await server.kill();
      await server.run();
    }
    isOver = true;
    await all;
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: given }, (_, n) => n));
    await serving.close();
    for (const site of [giver, machine]) await site.close();
    await server.stop();
  });
});
