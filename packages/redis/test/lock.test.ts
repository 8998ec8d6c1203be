import type { SiteGuard } from '@mp/redis';
import { eventually, type Fixture, freshName, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { SLOTS } from '../src/lease-board.ts';
import { describeRedis, describeRedisAtOnce, type Redis } from './with-redis.ts';

leakCheck();

const CLIENT = new URL('./fixtures/lock-client.mjs', import.meta.url);

async function client(redis: Redis, name: string, ttl: number, execArgv: string[] = []): Promise<Fixture> {
  const fixture = spawnFixture(CLIENT, {
    args: [redis.server.url, redis.namespace, name, String(ttl)],
    execArgv,
  });
  expect(await fixture.line()).toBe('connected');
  return fixture;
}

async function told(fixture: Fixture, what: string): Promise<string> {
  fixture.say(what);
  return fixture.line();
}

describeRedisAtOnce('a lock with a lease', {}, (test) => {
  test('needs a ttl, and refuses what it does not know', async ({ redis }) => {
    const site = await redis.site();
    expect(() => site.lock('a', {} as never)).toThrow(TypeError);
    expect(() => site.lock('a', undefined as never)).toThrow(TypeError);
    expect(() => site.lock('a', { ttl: 99 })).toThrow(RangeError);
    expect(() => site.lock('a', { ttl: Number.NaN })).toThrow(RangeError);
    expect(() => site.lock('a b', { ttl: 1_000 })).toThrow(RangeError);
    expect(() => site.lock('a', { ttl: 1_000, tll: 1 } as never)).toThrow(/no option "tll"/);
  });

  test('stays with a holder whose event loop is blocked for longer than its lease', async ({ redis }) => {
    const name = freshName();
    const holder = await client(redis, name, 2_000);
    const token = Number(await told(holder, 'acquire'));
    const other = (await redis.site()).lock(name, { ttl: 2_000 });
    holder.say('compute 4500');
    const waiting = other.acquire();
    // Still held after a loop of more than twice its lease, and the other one has waited for all of it.
    expect(await holder.line()).toBe('true');
    expect(await told(holder, 'write late')).toBe('written');
    expect(await told(holder, 'release')).toBe('released');
    const guard = await waiting;
    expect([guard.recovered, guard.token > token]).toEqual([false, true]);
    await guard.release();
    await told(holder, 'close');
    expect(await holder.exited).toEqual({ code: 0, signal: null });
  });

  test('stays with a blocked holder that has taken it many times before, and with one of more locks than a board has slots', async ({
    redis,
  }) => {
    const name = freshName();
    const holder = await client(redis, name, 2_000);
    expect(await told(holder, 'pairs 500')).toBe('done');
    await told(holder, 'acquire');
    // These fill a board. They are not renewed meanwhile: that so many short leases are depends on how busy the machine is.
    expect(await told(holder, `others ${SLOTS} 60000`)).toBe('taken');
    expect(await told(holder, 'others 50')).toBe('taken');
    expect(await told(holder, 'compute 4500')).toBe('true');
    expect(await told(holder, 'othersHeld')).toBe(String(SLOTS + 50));
    expect(await (await redis.site()).lock(name, { ttl: 2_000 }).tryAcquire()).toBeUndefined();
    expect(await told(holder, 'release')).toBe('released');
    await told(holder, 'close');
    expect(await holder.exited).toEqual({ code: 0, signal: null });
  });

  test('is renewed also when it was taken while others are being renewed', async ({ redis }) => {
    const site = await redis.site();
    const until = (name: string) =>
      redis.server.command('HGET', `${redis.namespace}:{lock:${name}}`, 'until');
    /** Twice: then the thread has looked again by itself. */
    async function renewed(name: string): Promise<void> {
      for (let times = 0; times < 2; times++) {
        const before = await until(name);
        await eventually(`the lock ${name} is renewed`, async () => (await until(name)) !== before);
      }
    }
    const guards: SiteGuard[] = [];
    for (const name of ['first', 'second', 'third']) {
      guards.push(await site.lock(name, { ttl: 2_000 }).acquire());
      await renewed(name);
    }
    expect(guards.map(({ isHeld }) => isHeld)).toEqual([true, true, true]);
  });

  test('goes from a holder that is stopped for longer to another one, and what it writes late is refused', async ({
    redis,
  }) => {
    const name = freshName();
    const holder = await client(redis, name, 400);
    await told(holder, 'acquire');
    process.kill(holder.pid, 'SIGSTOP');
    const site = await redis.site();
    const guard = await site.lock(name, { ttl: 30_000 }).acquire();
    expect(guard.recovered).toBe(true);
    const results = site.map('results');
    await results.set('result', 'of the second', { token: guard.token });
    // It is told to write before it can hear that its lease was lost.
    holder.say('write late');
    process.kill(holder.pid, 'SIGCONT');
    const said = [await holder.line(), await holder.line()];
    expect(said.toSorted()).toEqual(['ERR_MP_NOT_OWNER', 'aborted ERR_MP_NOT_OWNER']);
    expect(await told(holder, 'held')).toBe('false');
    expect(await results.get('result')).toBe('of the second');
    expect(await told(holder, 'release')).toBe('released');
    expect(guard.isHeld).toBe(true);
    await guard.release();
    await told(holder, 'close');
    await holder.exited;
  });

  test('is recovered when its holder is killed, after its lease, and its token grows', async ({ redis }) => {
    const name = freshName();
    const holder = await client(redis, name, 1_000);
    const token = Number(await told(holder, 'acquire'));
    const lock = (await redis.site()).lock(name, { ttl: 30_000 });
    expect(await lock.tryAcquire()).toBeUndefined();
    const waiting = lock.acquire();
    await holder.kill();
    const guard = await waiting;
    expect([guard.recovered, guard.token > token]).toEqual([true, true]);
    await guard.release();
  });

  test('the clocks of its users do not matter', async ({ redis }) => {
    const name = freshName();
    const ahead = new URL('./fixtures/an-hour-ahead.mjs', import.meta.url).href;
    const holder = await client(redis, name, 1_500, ['--import', ahead]);
    const lock = (await redis.site()).lock(name, { ttl: 1_500 });
    const first = await lock.acquire();
    holder.say('acquire');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(first.isHeld).toBe(true);
    await first.release();
    expect(Number(await holder.line())).toBeGreaterThan(first.token);
    expect(await told(holder, 'compute 2000')).toBe('true');
    expect(await lock.tryAcquire()).toBeUndefined();
    expect(await told(holder, 'release')).toBe('released');
    await told(holder, 'close');
    await holder.exited;
  });

  test('its guard hears that another one has released it; with() says so when somebody came in', async ({
    redis,
  }) => {
    const [site, other] = [await redis.site(), await redis.site()];
    const lock = site.lock('a', { ttl: 3_000 });
    const theirs = other.lock('a', { ttl: 3_000 });
    const guard = await lock.acquire();
    await theirs.release();
    await eventually('it is told', () => guard.signal.aborted);
    expect(guard.signal.reason).toMatchObject({ code: 'ERR_MP_NOT_OWNER' });
    expect(guard.isHeld).toBe(false);

    const intruder = lock.with(async () => {
      await theirs.release();
      await theirs.acquire();
    });
    await expect(intruder).rejects.toMatchObject({ code: 'ERR_MP_NOT_OWNER' });
  });

  test('a program with a held lock and nothing to do ends', async ({ redis }) => {
    const idle = spawnFixture(new URL('./fixtures/idle.mjs', import.meta.url), {
      args: [redis.server.url, redis.namespace],
    });
    expect(await idle.line()).toBe('held');
    expect(await idle.exited).toEqual({ code: 0, signal: null });
  });
});

/* These count the commands of their Redis, or take from it what all its users have. */
describeRedis('a lock with a lease in a Redis of its own', {}, (redis) => {
  test('is taken in one round trip, given back in one, and looked at for nothing', async () => {
    const site = await redis.site();
    const lock = site.lock('a', { ttl: 60_000 });
    await (await lock.acquire()).release();
    const before = await redis.server.calls();
    const guard = await lock.acquire();
    expect([guard.isHeld, guard.signal.aborted]).toEqual([true, false]);
    await guard.release();
    expect([guard.isHeld, guard.signal.aborted]).toEqual([false, false]);
    const after = await redis.server.calls();
    expect(after.evalsha - (before.evalsha ?? 0)).toBe(2);
    expect(after.eval).toBe(before.eval);
  });

  test('is free again when its scripts were forgotten', async () => {
    const site = await redis.site();
    const lock = site.lock('a', { ttl: 60_000 });
    await (await lock.acquire()).release();
    await redis.server.command('SCRIPT', 'FLUSH');
    const guards: SiteGuard[] = [];
    await Promise.all(
      [1, 2, 3].map(async () => {
        const guard = await lock.acquire();
        guards.push(guard);
        await guard.release();
      }),
    );
    expect(guards.map(({ token }) => token)).toEqual(
      guards.map(({ token }) => token).toSorted((a, b) => a - b),
    );
  });

  test('tokens grow although Redis has forgotten all', async () => {
    const lock = (await redis.site()).lock('a', { ttl: 1_000 });
    const before = await lock.with(({ token }) => token);
    await redis.server.command('FLUSHALL');
    expect(await lock.with(({ token }) => token)).toBeGreaterThan(before);
  });

  test('a wait costs no commands, and its release is heard at once', async () => {
    const [one, other] = [await redis.site(), await redis.site()];
    const guard = await one.lock('a', { ttl: 60_000 }).acquire();
    const waiting = other.lock('a', { ttl: 60_000 }).acquire();
    await eventually('it listens', async () => (await redis.server.command('PUBSUB', 'CHANNELS')) !== '*0');
    await eventually('it has looked again', async () => {
      const { evalsha = 0, eval: first = 0 } = await redis.server.calls();
      return evalsha + first >= 3;
    });
    const before = await redis.server.calls();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const after = await redis.server.calls();
    expect((after.evalsha ?? 0) + after.eval).toBe((before.evalsha ?? 0) + before.eval);
    await guard.release();
    await (await waiting).release();
  });

  test('a wake that is lost with its connection is made up for', async () => {
    const [one, other] = [await redis.site(), await redis.site()];
    const guard = await one.lock('a', { ttl: 60_000 }).acquire();
    const waiting = other.lock('a', { ttl: 60_000 }).acquire();
    await eventually('it listens', async () => (await redis.server.command('PUBSUB', 'CHANNELS')) !== '*0');
    await Promise.all([redis.server.command('CLIENT', 'KILL', 'TYPE', 'pubsub'), guard.release()]);
    await (await waiting).release();
  });
});
