import { leakCheck, runsAll, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { describeRedis } from './with-redis.ts';

leakCheck();

const PROGRAM = new URL('./fixtures/counting.mjs', import.meta.url);
const KILLS = runsAll ? 200 : 12;
const TOGETHER = 4;
const SEED = Number(process.env.MP_TEST_SEED ?? 1);

describeRedis('clients that are killed while they count under a lock', {}, (redis) => {
  test(`${KILLS} kills, seed ${SEED}: no count is lost, and none is there twice`, async () => {
    let random = SEED;
    let started = 0;
    const acknowledged: string[] = [];

    /** A client that is killed within some milliseconds of one of its first lines. */
    async function live(): Promise<void> {
      const who = `client-${started++}`;
      const client = spawnFixture(PROGRAM, { args: [redis.server.url, redis.namespace, who] });
      expect(await client.line()).toBe('connected');
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 1;
      for (let lines = random % 8; lines > 0; lines--) acknowledged.push(await client.line());
      await new Promise((resolve) => setTimeout(resolve, (random >>> 4) % 12));
      await client.kill();
      acknowledged.push(...(await client.rest()));
    }

    async function lives(): Promise<void> {
      while (started < KILLS) await live();
    }
    await Promise.all(Array.from({ length: TOGETHER }, lives));

    const site = await redis.site();
    const sum = site.value('sum', 0);
    const entries = site.map('entries');
    await site.lock('count', { ttl: 30_000 }).with(async ({ recovered }) => {
      const found = await sum.get();
      const there = await entries.size;
      // The last one may have been killed between its two writes: then the lock says so.
      if (recovered) expect([there, there + 1]).toContain(found);
      else expect(found).toBe(there);
      expect((await entries.getMany(acknowledged)).every((value) => value === true)).toBe(true);
      // Each client may have died before it could say its last one.
      expect(there).toBeGreaterThanOrEqual(acknowledged.length);
      expect(there).toBeLessThanOrEqual(acknowledged.length + KILLS);
    });
  });
});
