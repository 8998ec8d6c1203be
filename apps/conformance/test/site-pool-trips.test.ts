import { connectRedis, type LocalPool, type Site, serveTasks, type TaskServer } from '@mp/redis';
import { describeNeeding, freshName, leakCheck, RedisServer } from '@mp/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

leakCheck();

const { square } = (await import(new URL('./fixtures/site-pool/tasks.mjs', import.meta.url).href)) as {
  square: (x: number) => number;
};

/** It has done a call as soon as it has it, so that nothing but the way there and back is counted. */
const INSTANT: LocalPool = {
  apply: (_, [x]) => Object.assign(Promise.resolve((x as number) ** 2), { cancel: () => false }),
};

describeNeeding(RedisServer.missing, 'round trips of a pool over Redis', () => {
  let server: RedisServer;
  let giver: Site;
  let machine: Site;
  let serving: TaskServer;

  beforeEach(async () => {
    server = await RedisServer.start();
    const namespace = freshName();
    giver = await connectRedis(server.url, { namespace });
    machine = await connectRedis(server.url, { namespace });
    serving = serveTasks(machine, 'work', { pool: INSTANT, tasks: [square], concurrency: 1_000 });
  });
  afterEach(async () => {
    await serving.close();
    for (const site of [giver, machine]) await site.close();
    await server.stop();
  });

  async function count(): Promise<number> {
    const { eval: first = 0, evalsha = 0 } = await server.calls();
    return first + evalsha;
  }

  test('four for one call: it is given, taken, answered and collected', async () => {
    const pool = giver.pool('work');
    await pool.apply(square, [1]);
    const before = await count();
    for (let call = 0; call < 20; call++) expect(await pool.apply(square, [call])).toBe(call ** 2);
    const trips = (await count()) - before;
    expect(trips).toBeGreaterThanOrEqual(80);
    // A machine that is busy may have a giver look once more after 100 ms.
    expect(trips).toBeLessThanOrEqual(100);
  });

  test('a few for a thousand calls of one turn', async () => {
    const pool = giver.pool('work');
    await pool.apply(square, [1]);
    const before = await count();
    const numbers = Array.from({ length: 1_000 }, (_, index) => index);
    expect(await pool.map(square, numbers)).toEqual(numbers.map((each) => each ** 2));
    expect((await count()) - before).toBeLessThanOrEqual(20);
  });
});
