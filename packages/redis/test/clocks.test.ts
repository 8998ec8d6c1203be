import { freshName, leakCheck, ObjectPeer, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { describeRedis } from './with-redis.ts';

leakCheck();

const QUEUE_CLIENT = new URL('./fixtures/queue-client.mjs', import.meta.url);
const MAP_CLIENT = new URL('./fixtures/lock-client.mjs', import.meta.url);
const AHEAD = { execArgv: ['--import', new URL('./fixtures/an-hour-ahead.mjs', import.meta.url).href] };

/* Locks: lock.test.ts. Pools: apps/conformance/test/site-faults.test.ts. */
describeRedis('two clients with clocks an hour apart', {}, (redis) => {
  test.each([
    ['ahead', AHEAD, {}],
    ['behind', {}, AHEAD],
  ])(
    'the consumer of a queue that is %s keeps what it has, and loses it when it is killed',
    async (_, holds, waits) => {
      const name = freshName();
      const options = { visibility: 1_000 };
      const args = [redis.server.url, redis.namespace, name, options];
      const holder = await ObjectPeer.run(QUEUE_CLIENT, 'process', 'queue', args, holds);
      const other = await ObjectPeer.run(QUEUE_CLIENT, 'process', 'queue', args, waits);
      await holder.call('putMany', ['a', 'b']);
      expect((await holder.call('hold')).value).toEqual({ value: 'a', attempt: 1 });
      expect((await other.call('get')).value).toBe('b');
      expect((await other.call('get', { timeout: 2_500 })).code).toBe('ERR_MP_TIMEOUT');
      expect((await holder.call('seen')).value).toEqual([[true, null]]);
      await holder.kill();
      expect((await other.call('hold')).value).toEqual({ value: 'a', attempt: 2 });
      await other.end();
    },
  );

  test('entries of a map live as long for both', async () => {
    const args = [redis.server.url, redis.namespace, freshName(), '1000'];
    const ahead = spawnFixture(MAP_CLIENT, { args, ...AHEAD });
    expect(await ahead.line()).toBe('connected');
    const told = async (what: string) => {
      ahead.say(what);
      return ahead.line();
    };
    const map = (await redis.site()).map<string, string>('results');
    await map.set('ours', 'ours', { ttl: 60_000 });
    await map.set('short', 'short', { ttl: 30 });
    expect([await told('keep theirs 60000'), await told('keep brief 30')]).toEqual(['kept', 'kept']);
    expect(await map.getMany(['ours', 'theirs'])).toEqual(['ours', 'theirs']);
    expect([await told('has ours'), await told('has theirs')]).toEqual(['true', 'true']);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await map.getMany(['short', 'brief'])).toEqual([undefined, undefined]);
    expect([await told('has short'), await told('has brief')]).toEqual(['false', 'false']);
    await told('close');
    await ahead.exited;
  });
});
