import { connectRedis, type Site } from '@mp/redis';
import { type CutPoint, CutProxy, eventually, leakCheck, sampled } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { describeRedis } from './with-redis.ts';

leakCheck();

/** The shortest lease, as most cases wait for the end of one. */
const TTL = { ttl: 100 };
/** So many cases at a time. */
const TOGETHER = 4;
/** No operation here has more commands, with those of its connections. */
const MOST_COMMANDS = 50;

/** What a client does until it dies. */
interface Operation {
  readonly title: string;
  /** @param done is called when a step is acknowledged */
  run(site: Site, name: string, done: () => void): Promise<void>;
  /** What another one finds afterwards. @param done so many steps were acknowledged */
  check(site: Site, name: string, done: number): Promise<void>;
}

const OPERATIONS: readonly Operation[] = [
  {
    title: 'a lock',
    async run(site, name, done) {
      const guard = await site.lock(name, TTL).acquire();
      done();
      await guard.release();
      done();
    },
    async check(site, name) {
      const lock = site.lock(name, { ttl: 30_000 });
      const guard = await lock.acquire();
      expect(guard.isHeld).toBe(true);
      await guard.release();
      expect(await lock.locked).toBe(false);
    },
  },
  {
    title: 'a semaphore',
    async run(site, name, done) {
      const semaphore = site.semaphore(name, { value: 2, ...TTL });
      const permits = [await semaphore.acquire(), await semaphore.acquire()];
      for (const permit of permits) await permit.release();
      done();
    },
    async check(site, name) {
      const semaphore = site.semaphore(name, { value: 2, ...TTL });
      await eventually('the permits of the dead are back', async () => (await semaphore.value) === 2);
      const permit = await semaphore.acquire();
      await permit.release();
      expect(await semaphore.value).toBe(2);
    },
  },
  {
    title: 'a semaphore without a ttl',
    async run(site, name, done) {
      const permit = await site.semaphore(name, { value: 2 }).acquire();
      done();
      await permit.release();
      done();
    },
    async check(site, name, done) {
      const { value } = site.semaphore(name, { value: 2 });
      // What the dead had is gone, and nothing else.
      expect([1, 2]).toContain(await value);
      if (done === 1) expect([1, 2]).toContain(await value);
      if (done === 2) expect(await value).toBe(2);
    },
  },
  {
    title: 'an event',
    async run(site, name, done) {
      await site.event(name).set();
      done();
    },
    async check(site, name, done) {
      const isSet = await site.event(name).isSet;
      if (done === 1) expect(isSet).toBe(true);
      if (isSet) expect(await site.event(name).wait()).toBe(true);
    },
  },
  {
    title: 'a value',
    async run(site, name, done) {
      for (let i = 0; i < 4; i++) {
        await site.value(name, 0).add(1);
        done();
      }
    },
    async check(site, name, done) {
      const sum = await site.value(name, 0).get();
      expect(sum).toBeGreaterThanOrEqual(done);
      // At most the one that was not answered: nothing is sent twice.
      expect(sum).toBeLessThanOrEqual(done + 1);
    },
  },
  {
    title: 'a value that is computed',
    async run(site, name, done) {
      for (let i = 0; i < 3; i++) {
        await site.value(name, 0).update((n) => n + 1);
        done();
      }
    },
    async check(site, name, done) {
      expect([done, done + 1]).toContain(await site.value(name, 0).get());
    },
  },
  {
    title: 'a map',
    async run(site, name, done) {
      const map = site.map(name);
      await map.setMany([
        ['a', 1],
        ['b', 1],
      ]);
      done();
      await map.setMany(
        [
          ['a', 2],
          ['b', 2],
        ],
        { ttl: 60_000 },
      );
      done();
      await map.delete('a');
      done();
    },
    async check(site, name, done) {
      const states = [
        [undefined, undefined],
        [1, 1],
        [2, 2],
        [undefined, 2],
      ];
      expect([states[done], states[done + 1]]).toContainEqual(await site.map(name).getMany(['a', 'b']));
    },
  },
  {
    title: 'a queue',
    async run(site, name, done) {
      const queue = site.queue<string>(name);
      await queue.put('a');
      done();
      await queue.putMany(['b', 'c']);
      done();
      const lease = await queue.lease();
      await lease.ack();
      done();
      await queue.get();
      done();
    },
    async check(site, name, done) {
      const states = [[], ['a'], ['a', 'b', 'c'], ['b', 'c'], ['c']];
      const queue = site.queue<string>(name);
      const left: string[] = [];
      // It waits for what the dead one has.
      await queue.shutdown();
      for await (const item of queue) left.push(item);
      // What was got, and not confirmed before the end, comes again.
      const most = done === 4 ? [states[3], states[4]] : [states[done], states[done + 1]];
      expect(most).toContainEqual(left.toSorted());
      expect(await queue.size).toBe(0);
    },
  },
];

/* The commands of its three connections are counted together, as they come. */
describeRedis('a client that dies at each of its commands', {}, (redis) => {
  const cases = OPERATIONS.flatMap((operation) =>
    (['before', 'unanswered'] as const).map((moment) => ({ ...operation, moment })),
  );
  describe.each(sampled(cases, ({ title, moment }) => `${title} ${moment}`))(
    '$title, $moment',
    ({ title, run, check, moment }) => {
      test('leaves it whole', async () => {
        const survivor = await redis.site();
        let cuts = 0;

        /** @returns whether the client came to its end alive */
        async function one(point: CutPoint): Promise<boolean> {
          const name = `${title.replaceAll(' ', '-')}.${point.command}.${moment}`;
          const proxy = await CutProxy.before(redis.server.port, point);
          let done = 0;
          let site: Site | undefined;
          try {
            site = await connectRedis(proxy.url, { namespace: redis.namespace });
            const running = run(site, name, () => done++);
            // It is dead when its way is cut, whatever it would still wait for.
            await Promise.race([running, untilCut(proxy)]);
            running.catch(() => {});
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
          }
          // Nothing of it reaches Redis any more.
          await site?.close();
          const wasCut = proxy.isCut;
          await proxy.close();
          if (wasCut) cuts++;
          await check(survivor, name, done);
          return !wasCut;
        }

        for (let first = 1, isOver = false; !isOver; first += TOGETHER) {
          expect(first).toBeLessThan(MOST_COMMANDS);
          const points = Array.from({ length: TOGETHER }, (_, i) => ({ command: first + i, moment }));
          const alive = await Promise.all(points.map(one));
          isOver = alive.every(Boolean);
        }
        expect(cuts).toBeGreaterThanOrEqual(3);
      });
    },
  );
});

describeRedis('a client whose connections are lost at one of its commands', {}, (redis) => {
  test.each(['before', 'unanswered'] as const)('goes on, %s', async (moment) => {
    const survivor = await redis.site();

    async function one(command: number): Promise<boolean> {
      const name = `${moment}.${command}`;
      const proxy = await CutProxy.before(redis.server.port, { command, moment, survives: true });
      let site: Site | undefined;
      try {
        site = await connectRedis(proxy.url, { namespace: redis.namespace });
        const lock = site.lock(name, { ttl: 60_000 });
        // Its own acquisition is found again, and not waited for.
        const guard = await lock.acquire({ timeout: 30_000 });
        expect([guard.recovered, guard.isHeld]).toEqual([false, true]);
        await guard.release();
        const permit = await site.semaphore(name, { value: 1, ttl: 60_000 }).acquire({ timeout: 30_000 });
        await permit.release();
        await site.event(name).set();
        expect(await lock.locked).toBe(false);
        expect(await survivor.event(name).isSet).toBe(true);
        expect(await survivor.semaphore(name, { value: 1, ttl: 60_000 }).value).toBe(1);
      } catch (error) {
        // Only connecting for the first time is not tried again, and so is that of the thread.
        expect(error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
        expect(command).toBeLessThan(7);
      } finally {
        await site?.close();
        await proxy.close();
      }
      return proxy.wasCut;
    }

    let cuts = 0;
    for (let command = 1; await one(command); command++) cuts++;
    expect(cuts).toBeGreaterThan(6);
  });
});

async function untilCut(proxy: CutProxy): Promise<void> {
  while (!proxy.isCut) await new Promise((resolve) => setTimeout(resolve, 2));
}
