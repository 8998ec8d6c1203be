import type { Site } from '@mp/redis';
import { eventually, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { describeRedis } from './with-redis.ts';

leakCheck();

/** One use of an object, and how many scripts Redis runs for it. */
interface Use {
  readonly title: string;
  readonly trips: number;
  /** @returns what is counted; before it, the object was used once, so that its scripts are known and its thread runs */
  prepare(site: Site): Promise<() => Promise<unknown>>;
}

const LONG = { ttl: 60_000 };
const MANY = Array.from({ length: 1_000 }, (_, index) => index);

const USES: readonly Use[] = [
  {
    title: 'a lock that is free: acquire and release',
    trips: 2,
    async prepare(site) {
      const lock = site.lock('l', LONG);
      await (await lock.acquire()).release();
      return async () => (await lock.acquire()).release();
    },
  },
  {
    title: 'with() of a lock',
    trips: 2,
    async prepare(site) {
      const lock = site.lock('l', LONG);
      await lock.with(() => {});
      return () => lock.with(() => {});
    },
  },
  {
    title: 'a thousand looks of a holder at its lock',
    trips: 0,
    async prepare(site) {
      const guard = await site.lock('l', LONG).acquire();
      return async () => {
        for (const _ of MANY) expect(guard.isHeld && !guard.signal.aborted && guard.token > 0).toBe(true);
      };
    },
  },
  {
    title: 'tryAcquire() of a lock that another one has',
    trips: 1,
    async prepare(site) {
      await site.lock('l', LONG).acquire();
      const lock = site.lock('l', LONG);
      return () => lock.tryAcquire();
    },
  },
  {
    title: 'locked, and holder',
    trips: 2,
    async prepare(site) {
      const lock = site.lock('l', LONG);
      return async () => [await lock.locked, await lock.holder];
    },
  },
  {
    title: 'a permit of a semaphore: acquire and release',
    trips: 2,
    async prepare(site) {
      const semaphore = site.semaphore('s', { value: 2, ...LONG });
      await (await semaphore.acquire()).release();
      return async () => (await semaphore.acquire()).release();
    },
  },
  {
    title: 'an event: set, a wait for what is set, isSet, clear',
    trips: 4,
    async prepare(site) {
      const event = site.event('e');
      return async () => {
        await event.set();
        await event.wait();
        await event.isSet;
        await event.clear();
      };
    },
  },
  {
    title: 'a value: get, set, add, compareExchange',
    trips: 4,
    async prepare(site) {
      const value = site.value('v', 0);
      return async () => {
        await value.get();
        await value.set(1);
        await value.add(1);
        await value.compareExchange(2, 3);
      };
    },
  },
  {
    title: 'a map: set, get, has, delete, size',
    trips: 5,
    async prepare(site) {
      const map = site.map<string, number>('m');
      return async () => {
        await map.set('a', 1);
        await map.get('a');
        await map.has('a');
        await map.delete('a');
        await map.size;
      };
    },
  },
  {
    title: 'a map: a thousand entries by setMany and getMany',
    trips: 2,
    async prepare(site) {
      const map = site.map<number, number>('m');
      return async () => {
        await map.setMany(MANY.map((each) => [each, each] as const));
        await map.getMany(MANY);
      };
    },
  },
  {
    title: 'a queue: put, tryPut, size',
    trips: 3,
    async prepare(site) {
      const queue = site.queue<number>('q');
      await queue.size;
      return async () => {
        await queue.put(1);
        await queue.tryPut(2);
        await queue.size;
      };
    },
  },
  {
    title: 'a queue: a thousand items by putMany, and by puts of one turn',
    trips: 2,
    async prepare(site) {
      const queue = site.queue<number>('q');
      await queue.size;
      return async () => {
        await queue.putMany(MANY);
        await Promise.all(MANY.map((each) => queue.put(each)));
      };
    },
  },
  {
    title: 'a queue: three leases that are acknowledged',
    trips: 6,
    async prepare(site) {
      const queue = site.queue<number>('q');
      await queue.putMany(MANY);
      await (await queue.lease()).ack();
      return async () => {
        for (let lease = 0; lease < 3; lease++) await (await queue.lease()).ack();
      };
    },
  },
];

/** Counts all commands of scripts that Redis was sent: the first call of one brings its text. */
describeRedis('scripts that Redis runs, which are round trips,', {}, (redis) => {
  async function count(): Promise<number> {
    const { eval: first = 0, evalsha = 0 } = await redis.server.calls();
    return first + evalsha;
  }

  test.each(USES)('$title: $trips', async ({ prepare, trips }) => {
    const use = await prepare(await redis.site());
    const before = await count();
    await use();
    expect((await count()) - before).toBe(trips);
  });

  test('items that come one by one to eight that wait for them: three each', async () => {
    const [site, other] = [await redis.site(), await redis.site()];
    const [puts, gets] = [site.queue<number>('q'), other.queue<number>('q')];
    await puts.put(0);
    await (await gets.lease()).ack();
    const before = await count();
    let done = 0;
    const workers = Array.from({ length: 8 }, async () => {
      for (let item = 0; item < 5; item++) {
        await (await gets.lease()).ack();
        done++;
      }
    });
    // The first ones look whether there is anything.
    await eventually('they wait', async () => (await count()) === before + 1);
    for (let item = 0; item < 40; item++) {
      await puts.put(item);
      await eventually('it is done', () => done > item);
    }
    await Promise.all(workers);
    expect((await count()) - before).toBe(1 + 3 * 40);
  });

  test('nothing else is sent but subscriptions and what a connection begins with', async () => {
    const [site, other] = [await redis.site(), await redis.site()];
    const lock = site.lock('l', LONG);
    const queue = site.queue<number>('q');
    await (await lock.acquire()).release();
    await queue.put(1);
    await (await queue.lease()).ack();
    const sent = async () => {
      const calls = await redis.server.calls();
      const scripted = ['eval', 'evalsha'].reduce((sum, name) => sum + (calls[name] ?? 0), 0);
      const names = ['hello', 'client|setinfo', 'subscribe', 'unsubscribe', 'ping', 'command'];
      return { scripted, others: names.map((name) => calls[name] ?? 0) };
    };
    const before = await sent();
    for (let pair = 0; pair < 20; pair++) {
      await (await lock.acquire()).release();
      await queue.put(pair);
    }
    await other.map('m').set('a', 1);
    const after = await sent();
    expect([after.scripted - before.scripted, after.others]).toEqual([61, before.others]);
  });
});
