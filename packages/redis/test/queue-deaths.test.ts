import { eventually, freshName, leakCheck, ObjectPeer } from '@mp/testing';
import { expect } from 'vitest';
import { describeRedisAtOnce, type Redis } from './with-redis.ts';

leakCheck();

/* What becomes of items when their users are killed, stopped, or compute. */
const PROGRAM = new URL('./fixtures/queue-client.mjs', import.meta.url);
const LONG = { timeout: 20_000 };

async function peerOf(redis: Redis, name: string, kind = 'queue', options = {}): Promise<ObjectPeer> {
  return ObjectPeer.run(PROGRAM, 'process', kind, [redis.server.url, redis.namespace, name, options]);
}

describeRedisAtOnce('users of a queue over Redis', {}, (test) => {
  test('leases of a killed consumer come back to their places as soon as another one waits, and count an attempt', async ({
    redis,
  }) => {
    const name = freshName();
    const queue = (await redis.site()).queue<string>(name, { maxAttempts: 2 });
    await queue.putMany(['first', 'second', 'third']);
    // Its leases would last for an hour.
    await using doomed = await peerOf(redis, name, 'queue', { visibility: 3_600_000 });
    expect((await doomed.call('hold')).value).toEqual({ value: 'first', attempt: 1 });
    expect((await doomed.call('hold')).value).toEqual({ value: 'second', attempt: 1 });
    expect([await queue.size, await queue.get()]).toEqual([1, 'third']);
    const waiting = queue.lease(LONG);
    await doomed.kill();
    expect(await waiting).toMatchObject({ value: 'first', attempt: 2 });
    expect(await queue.lease()).toMatchObject({ value: 'second', attempt: 2 });
  });

  test('an item that was leased as often as it may be by clients that die is a dead letter', async ({
    redis,
  }) => {
    const name = freshName();
    const queue = (await redis.site()).queue<string>(name, { maxAttempts: 2 });
    await queue.put('poison');
    const letter = queue.deadLetters.get({ timeout: 30_000 });
    for (let death = 0; death < 2; death++) {
      await using doomed = await peerOf(redis, name);
      await doomed.call('hold');
      await doomed.kill();
    }
    expect(await letter).toBe('poison');
    expect(await queue.size).toBe(0);
  });

  test('a consumer that is killed while it waits takes nothing along', async ({ redis }) => {
    const name = freshName();
    const queue = (await redis.site()).queue<string>(name);
    await using doomed = await peerOf(redis, name);
    await doomed.call('start', ['get'], ['getMany', 5], ['lease']);
    const killed = doomed.kill();
    await queue.putMany(['a', 'b', 'c']);
    await killed;
    await queue.put('d');
    const got: string[] = [];
    while (got.length < 4) got.push(await queue.get(LONG));
    expect(got.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a waiter that is dead does not swallow the wake of one that lives', async ({ redis }) => {
    const name = freshName();
    const site = await redis.site();
    await using doomed = await peerOf(redis, name);
    await doomed.call('start', ['get']);
    const waiting = site.queue<string>(name).get(LONG);
    await doomed.kill();
    await site.queue<string>(name).put('x');
    expect(await waiting).toBe('x');
  });

  test('a consumer that is stopped for longer than its lease: its item goes to another, and its ack is refused', async ({
    redis,
  }) => {
    const name = freshName();
    const queue = (await redis.site()).queue<string>(name);
    await using stopped = await peerOf(redis, name, 'queue', { visibility: 1_000 });
    await queue.put('job');
    await stopped.call('hold');
    process.kill(stopped.pid, 'SIGSTOP');
    const lease = await queue.lease(LONG);
    expect([lease.value, lease.attempt]).toEqual(['job', 2]);
    process.kill(stopped.pid, 'SIGCONT');
    expect(await stopped.call('ack', 0)).toMatchObject({ code: 'ERR_MP_NOT_OWNER' });
    await eventually('it was told', async () => {
      const [[isHeld, code]] = (await stopped.call('seen')).value as [[boolean, string | null]];
      return !isHeld && code === 'ERR_MP_NOT_OWNER';
    });
    expect(lease.isHeld).toBe(true);
    await lease.ack();
    expect(await queue.size).toBe(0);
  });

  test('a consumer that computes for twice its lease keeps it', async ({ redis }) => {
    const name = freshName();
    const queue = (await redis.site()).queue<string>(name);
    await using busy = await peerOf(redis, name, 'queue', { visibility: 1_000 });
    await queue.put('job');
    await busy.call('hold');
    await busy.begin('compute', 2_000);
    await expect(queue.get({ timeout: 1_800 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect((await busy.answer()).value).toEqual([true]);
    expect((await busy.call('ack', 0)).value).toBe(null);
    expect([await queue.tryGet(), await queue.size]).toEqual([undefined, 0]);
  });

  test('a producer that is killed has put what was accepted, and nothing of what waits', async ({
    redis,
  }) => {
    const name = freshName();
    const queue = (await redis.site()).queue<string>(name, { maxSize: 2 });
    await using doomed = await peerOf(redis, name);
    await queue.put('mine');
    await doomed.call('put', 'accepted');
    await doomed.call('start', ['put', 'waits'], ['putMany', ['waits', 'too']]);
    const behind = queue.put('behind', LONG);
    await doomed.kill();
    expect(await queue.getMany(9)).toEqual(['mine', 'accepted']);
    await behind;
    expect(await queue.getMany(9)).toEqual(['behind']);
    expect(await queue.tryGet()).toBeUndefined();
  });

  test('a worker that is killed does not make join() hang', async ({ redis }) => {
    const name = freshName();
    const queue = (await redis.site()).joinableQueue<string>(name);
    await using doomed = await peerOf(redis, name, 'joinableQueue');
    await queue.putMany(['a', 'b', 'c']);
    expect((await doomed.call('getMany', 2)).value).toEqual(['a', 'b']);
    const joined = queue.join(LONG);
    await doomed.kill();
    const got: string[] = [];
    for (let left = 3; left > 0; left--) {
      got.push(await queue.get(LONG));
      await queue.taskDone();
    }
    await joined;
    expect(got.toSorted()).toEqual(['a', 'b', 'c']);
  });
});
