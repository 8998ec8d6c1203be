import { setTimeout as delay } from 'node:timers/promises';
import { eventually, type Fixture, freshName, leakCheck, runsAll, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { describeRedis } from './with-redis.ts';

leakCheck();

/*
 * Producers and consumers that are killed at random moments, and replaced. What was acknowledged to a producer is delivered;
 * what was acknowledged by a consumer is not delivered again; what is delivered twice was with one that was killed, or given back.
 */
const WORKER = new URL('./fixtures/queue-worker.mjs', import.meta.url);
const SEED = Number(process.env.MP_TEST_SEED ?? 20261130);
const KILLS = runsAll ? 150 : 8;
const ITEMS = runsAll ? 2_000 : 150;

interface Worker {
  readonly role: string;
  readonly fixture: Fixture;
  isKilled: boolean;
}

function twice(keys: readonly string[]): string[] {
  const seen = new Set<string>();
  return keys.filter((key) => seen.size === seen.add(key).size);
}

describeRedis('users of a queue over Redis that are killed', {}, (redis) => {
  test.each(['getter', 'lessee'])(
    `${KILLS} kills of producers and of each %s, seed ${SEED}`,
    async (consumer) => {
      let state = SEED >>> 0;
      const random = (below: number) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state >>> 8) % below;
      };
      const name = freshName();
      const queue = (await redis.site()).queue<string>(name, { maxSize: 20 });
      expect(await queue.size).toBe(0);
      const workers: Worker[] = [];
      const start = (role: string) => {
        const args = [redis.server.url, redis.namespace, name, role, String(workers.length), String(ITEMS)];
        workers.push({ role, fixture: spawnFixture(WORKER, { args }), isKilled: false });
      };
      for (const role of ['producer', consumer, 'producer', consumer]) start(role);
      await Promise.all(workers.map(({ fixture }) => fixture.line()));
      for (let kill = 0; kill < KILLS; kill++) {
        await delay(random(120));
        const running = workers.filter(({ isKilled }) => !isKilled);
        const victim = running[random(running.length)];
        victim.isKilled = true;
        await victim.fixture.kill();
        start(victim.role);
      }
      const producers = workers.filter(({ role }) => role === 'producer');
      await Promise.all(producers.map(({ fixture }) => fixture.exited));
      await queue.shutdown();
      for (const { fixture, isKilled } of workers) {
        const { code } = await fixture.exited;
        if (!isKilled) expect(code, fixture.stderr).toBe(0);
      }
      const said: Record<string, string[]> = { put: [], got: [], ack: [], acks: [], up: [] };
      for (const { fixture } of workers)
        for (const line of await fixture.rest()) {
          const [what, key] = line.split(' ');
          said[what].push(key);
        }
      const delivered = new Set(said.got);
      expect(said.put.filter((key) => !delivered.has(key))).toEqual([]);
      expect(twice(said.put)).toEqual([]);
      expect(twice(said.ack)).toEqual([]);
      const killed = workers.filter(({ role, isKilled }) => isKilled && role === consumer).length;
      if (consumer === 'getter') expect(twice(said.got).length).toBeLessThanOrEqual(killed);
      else {
        // What was about to be acknowledged and was not known to be is done, or with another one.
        const acknowledged = new Set(said.acks);
        expect(said.put.filter((key) => !acknowledged.has(key))).toEqual([]);
        expect(said.acks.length - new Set(said.acks).size).toBeLessThanOrEqual(killed);
      }
      expect(await queue.size).toBe(0);
    },
  );
});

describeRedis(
  'a queue over a Redis that is killed and started again',
  { args: ['--appendonly', 'yes', '--appendfsync', 'always'] },
  (redis) => {
    test('nothing that was acknowledged is lost, and nothing is there twice that was', async () => {
      const [site, other] = [await redis.site(), await redis.site()];
      const name = freshName();
      const [puts, gets] = [site.queue<number>(name), other.queue<number>(name)];
      const put: number[] = [];
      const got: number[] = [];
      let isOver = false;
      const produce = async () => {
        for (let item = 0; !isOver; item++) {
          await puts.put(item);
          put.push(item);
        }
        await puts.shutdown();
      };
      const consume = async () => {
        for await (const lease of gets.leases()) {
          try {
            await lease.ack();
            got.push(lease.value);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_MP_NOT_OWNER' });
          }
        }
      };
      const both = Promise.all([produce(), consume()]);
      for (let restart = 0; restart < 3; restart++) {
        const before = got.length;
        await eventually('it flows', () => got.length > before + 50);
        await redis.server.kill();
        await redis.server.run();
      }
      isOver = true;
      await both;
      expect(got.toSorted((a, b) => a - b)).toEqual(put);
    });
  },
);
