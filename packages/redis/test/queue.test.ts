import { spawnSync } from 'node:child_process';
import { registerClass } from '@mp/redis';
import { eventually, leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { describeRedis } from './with-redis.ts';

leakCheck();

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}
registerClass(Point);

describeRedis('queues over Redis', {}, (redis) => {
  test('limits that are left out are those of the queue that exists; others, and another kind, are a mismatch', async () => {
    const site = await redis.site();
    const queue = site.queue<number>('jobs', { maxSize: 3, maxAttempts: 2 });
    await queue.put(1);
    expect(await site.queue('jobs').maxSize).toBe(3);
    const mismatch = { code: 'ERR_MP_MISMATCH' };
    await expect(site.queue('jobs', { maxSize: 4 }).size).rejects.toMatchObject(mismatch);
    await expect(site.queue('jobs', { maxAttempts: 3 }).put(1)).rejects.toMatchObject(mismatch);
    await expect(site.lifoQueue('jobs').get()).rejects.toMatchObject(mismatch);
    await expect(site.lifoQueue('jobs').size).rejects.toThrow(
      /made with the kind queue.* asked for with lifoQueue/,
    );
    expect(await queue.size).toBe(1);
  });

  test('unlink() removes the queue and its items; what waits finds a new one', async () => {
    const site = await redis.site();
    const queue = site.queue<number>('jobs', { maxSize: 1 });
    await queue.put(1);
    const waiting = queue.put(2);
    expect(await site.queue('jobs').unlink()).toBe(true);
    await waiting;
    expect([await queue.get(), await queue.unlink(), await site.queue('jobs').maxSize]).toEqual([
      2,
      true,
      Infinity,
    ]);
    await site.queue('jobs').unlink();
    expect(await redis.server.command('KEYS', `${redis.namespace}:*`)).not.toContain('items');
  });

  test('instances of registered classes travel', async () => {
    const site = await redis.site();
    const queue = site.queue<unknown>('jobs');
    await queue.put({ at: new Point(3) });
    const { at } = (await queue.get()) as { at: Point };
    expect([at instanceof Point, at.x]).toEqual([true, 3]);
  });

  test('a queue travels only in messages of its own site', async () => {
    const [site, other] = [await redis.site(), await redis.site()];
    const queue = other.queue('inner');
    await expect(site.queue('outer').put(queue)).rejects.toThrow(/Send its name/);
  });

  test('tokens of leases only grow, and say which one is held', async () => {
    const site = await redis.site();
    const queue = site.queue<number>('jobs');
    await queue.putMany([1, 2]);
    const first = await queue.lease();
    const second = await queue.lease();
    await first.retry();
    const third = await queue.lease();
    expect([second.token > first.token, third.token > second.token]).toEqual([true, true]);
    expect([first.isHeld, second.isHeld, third.isHeld, third.signal.aborted]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  describe('an item that cannot be read', () => {
    const unreadable = (what: string, number: number, now: string) => ({
      code: 'ERR_MP_SERIALIZATION',
      message: expect.stringContaining(`Cannot read ${what} ${number} of the queue "jobs", which ${now}: `),
    });

    /** Somebody else writes there. */
    async function spoil(...numbers: number[]): Promise<void> {
      for (const number of numbers)
        await redis.server.command(
          'HSET',
          `${redis.namespace}:{queue:jobs}:items`,
          String(number).padStart(16, '0'),
          'not ours',
        );
    }

    test('is a dead letter, the error names it, and the others go on', async () => {
      const queue = (await redis.site()).queue<string>('jobs');
      await queue.putMany(['a', 'b', 'c', 'd', 'e', 'f']);
      await spoil(2, 4, 5);
      expect(await queue.getMany(4)).toEqual(['a', 'c']);
      const dead = 'is a dead letter now';
      await expect(queue.getMany(4)).rejects.toMatchObject(unreadable('item', 2, dead));
      await expect(queue.get()).rejects.toMatchObject(unreadable('item', 4, dead));
      await expect(queue.get()).rejects.toMatchObject(unreadable('item', 5, dead));
      expect([await queue.get(), await queue.tryGet(), await queue.deadLetters.size]).toEqual([
        'f',
        undefined,
        3,
      ]);
    });

    test('is one also when it was leased, whatever maxAttempts says', async () => {
      const queue = (await redis.site()).queue<string>('jobs', { maxAttempts: 5 });
      await queue.putMany(['a', 'b']);
      await spoil(1);
      await expect(queue.lease()).rejects.toMatchObject(unreadable('item', 1, 'is a dead letter now'));
      expect((await queue.lease()).value).toBe('b');
      expect([await queue.size, await queue.deadLetters.size]).toEqual([0, 1]);
    });

    test('and is such a letter, is gone when it was told', async () => {
      const queue = (await redis.site()).queue<string>('jobs', { maxAttempts: 1 });
      await queue.putMany(['a', 'b']);
      await (await queue.lease()).retry();
      await (await queue.lease()).retry();
      await spoil(1);
      const { deadLetters } = queue;
      await expect(deadLetters.get()).rejects.toMatchObject(unreadable('dead letter', 1, 'was removed'));
      expect([await deadLetters.get(), await deadLetters.size]).toEqual(['b', 0]);
    });

    test('of a queue that waits for all items is done with', async () => {
      const queue = (await redis.site()).joinableQueue<string>('jobs');
      await queue.putMany(['a', 'b']);
      await spoil(1);
      await expect(queue.get()).rejects.toMatchObject({ code: 'ERR_MP_SERIALIZATION' });
      const joined = queue.join();
      expect(await queue.get()).toBe('b');
      await queue.taskDone();
      await joined;
    });
  });

  test('a token of a queue that was removed is none of the next one', async () => {
    const [one, other] = [await redis.site(), await redis.site()];
    const queue = one.queue<string>('jobs');
    await queue.put('old');
    const late = await queue.lease();
    await other.queue('jobs').unlink();
    await other.queue('jobs').put('new');
    const lease = await other.queue('jobs').lease();
    expect(lease.token).toBeGreaterThan(late.token);
    await expect(late.ack()).rejects.toMatchObject({ code: 'ERR_MP_NOT_OWNER' });
    await lease.ack();
  });

  test('a get whose confirmation was refused is confirmed later', async () => {
    const site = await redis.site();
    const queue = site.queue<string>('jobs');
    await queue.put('a');
    const leased = () => redis.server.command('HLEN', `${redis.namespace}:{queue:jobs}:leases`);
    const rights = ['ACL', 'SETUSER', 'default'];
    await queue.get();
    // Before the loop of this program can do anything else.
    spawnSync('redis-cli', ['-p', String(redis.server.port), ...rights, '-eval', '-evalsha']);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(queue.size).rejects.toMatchObject({ code: 'ERR_MP_AUTHENTICATION' });
    await redis.server.command(...rights, '+@all');
    expect(await leased()).toBe(':1');
    await eventually('it is confirmed', async () => (await leased()) === ':0');
  });

  describe('round trips', () => {
    /** The first call of a script brings its text. */
    async function count(): Promise<number> {
      const { eval: first = 0, evalsha = 0 } = await redis.server.calls();
      return first + evalsha;
    }

    /** How many scripts `run` takes. */
    async function scripts(run: () => Promise<unknown>): Promise<number> {
      const before = await count();
      await run();
      return (await count()) - before;
    }

    test('one for each operation, and one for a batch', async () => {
      const site = await redis.site();
      const queue = site.queue<number>('jobs');
      // Declared, known as a holder, and its scripts are loaded.
      await queue.putMany([0, 0]);
      await queue.get();
      await (await queue.lease()).ack();
      const batch = Array.from({ length: 500 }, (_, index) => index);
      expect(await scripts(() => queue.put(1))).toBe(1);
      expect(await scripts(() => queue.putMany(batch))).toBe(1);
      expect(await scripts(() => queue.size)).toBe(1);
      const taken: unknown[] = [];
      const cost = await scripts(async () => {
        for (let get = 0; get < 100; get++) taken.push(await queue.get());
      });
      // The last one may have been confirmed by itself.
      expect([cost === 100 || cost === 101, taken.length]).toEqual([true, 100]);
      expect(await scripts(async () => (await queue.lease()).ack())).toBeLessThanOrEqual(3);
      expect(await scripts(() => queue.getMany(1_000))).toBeLessThanOrEqual(2);
    });

    test('calls of one turn of the event loop share theirs', async () => {
      const site = await redis.site();
      const queue = site.queue<number>('jobs');
      await queue.put(0);
      await queue.get();
      const items = Array.from({ length: 64 }, (_, index) => index);
      // The get before may have been confirmed by itself.
      expect(await scripts(() => Promise.all(items.map((item) => queue.put(item))))).toBeLessThanOrEqual(2);
      let got: unknown;
      expect(
        await scripts(async () => (got = await Promise.all(items.map(() => queue.get())))),
      ).toBeLessThanOrEqual(2);
      expect(got).toEqual(items);
    });

    test('a wait costs none while nothing happens', async () => {
      const site = await redis.site();
      const queue = site.queue<number>('jobs');
      const waiting = [queue.get(), queue.get()];
      await queue.size;
      expect(await scripts(() => new Promise((resolve) => setTimeout(resolve, 1_000)))).toBeLessThanOrEqual(
        2,
      );
      await queue.putMany([1, 2]);
      expect(await Promise.all(waiting)).toEqual([1, 2]);
    });
  });
});

describeRedis(
  'queues over a Redis that is full',
  { args: ['--maxmemory', '8mb', '--maxmemory-policy', 'noeviction'] },
  (redis) => {
    test('a put says so and puts nothing; what was put is taken all the same, and makes space', async () => {
      const site = await redis.site();
      const queue = site.queue<Buffer>('jobs');
      const item = Buffer.alloc(64 << 10, 1);
      let put = 0;
      const fill = async () => {
        for (;;) {
          await queue.put(item);
          put++;
        }
      };
      await expect(fill()).rejects.toMatchObject({ code: 'ERR_MP_NO_SPACE' });
      expect(put).toBeGreaterThan(10);
      await expect(queue.putMany([item, item])).rejects.toMatchObject({ code: 'ERR_MP_NO_SPACE' });
      expect(await queue.size).toBe(put);
      for (let taken = 0; taken < put; taken++) {
        const lease = await queue.lease({ timeout: 10_000 });
        expect(lease.value.equals(item)).toBe(true);
        await lease.ack();
      }
      await queue.put(item);
      expect(await queue.size).toBe(1);
    });
  },
);
