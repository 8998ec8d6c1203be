import type { Site } from '@mp/redis';
import { eventually, freshName, leakCheck, ObjectPeer, type RedisServer, spawnFixture } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { Link } from '../src/link.ts';
import { describeCluster } from './with-redis.ts';

leakCheck();

const CLIENT = new URL('./fixtures/queue-client.mjs', import.meta.url);
const IDLE = new URL('./fixtures/idle.mjs', import.meta.url);
const LONG = { timeout: 20_000 };

describeCluster('a cluster of three nodes', {}, (cluster) => {
  /** A name whose object lies on that node. */
  async function nameOn(node: RedisServer, kind: string): Promise<string> {
    for (;;) {
      const name = freshName();
      if ((await cluster.nodes.homeOf(`${cluster.namespace}:{${kind}:${name}}`)) === node) return name;
    }
  }

  async function keysOn(node: RedisServer): Promise<number> {
    const reply = await node.command('KEYS', `${cluster.namespace}:*`);
    return Number(/^\*(\d+)/.exec(reply)?.[1]);
  }

  /** Uses one object of each kind. */
  async function useAll(site: Site, other: Site, node: RedisServer): Promise<void> {
    const name = (kind: string) => nameOn(node, kind);
    const lock = await name('lock');
    const guard = await site.lock(lock, { ttl: 1_000 }).acquire();
    const waiting = other.lock(lock, { ttl: 1_000 }).acquire();
    const seats = await name('semaphore');
    const permit = await site.semaphore(seats, { value: 1, ttl: 1_000 }).acquire();
    expect(await other.semaphore(seats, { value: 1, ttl: 1_000 }).tryAcquire()).toBeUndefined();
    await permit.release();
    const event = await name('event');
    const set = other.event(event).wait();
    await site.event(event).set();
    expect(await set).toBe(true);
    const [map, sum] = [site.map<string, number>(await name('map')), site.value(await name('value'), 0)];
    await map.setMany([['a', 1]], { ttl: 60_000, token: 1 });
    expect([await map.get('a'), await sum.add(1), await sum.get()]).toEqual([1, 0, 1]);
    const jobs = await name('queue');
    const [puts, gets] = [site.queue(jobs, { maxSize: 2, maxAttempts: 1 }), other.queue(jobs)];
    expect(await puts.maxSize).toBe(2);
    const putting = puts.putMany(['a', 'b']).then(() => puts.putMany(['c', 'd']));
    const lease = await gets.lease();
    expect([lease.value, await gets.getMany(9)]).toEqual(['a', ['b']]);
    await putting;
    expect(await gets.getMany(9)).toEqual(['c', 'd']);
    await lease.retry();
    expect([await gets.deadLetters.get(), await gets.size]).toEqual(['a', 0]);
    expect([guard.isHeld, guard.recovered]).toEqual([true, false]);
    await guard.release();
    await (await waiting).release();
  }

  test('all objects on each of its nodes', async () => {
    const [site, other] = [await cluster.site(), await cluster.site()];
    for (const node of cluster.nodes.primaries) {
      const before = await keysOn(node);
      const elsewhere = cluster.nodes.primaries.filter((each) => each !== node);
      const counts = await Promise.all(elsewhere.map(keysOn));
      await useAll(site, other, node);
      expect(await keysOn(node)).toBeGreaterThan(before + 5);
      expect(await Promise.all(elsewhere.map(keysOn))).toEqual(counts);
    }
  });

  test('a thread that was blocked does not take it for silence that it has read no answer', async () => {
    let losses = 0;
    const reach = { url: cluster.nodes.url, cluster: true };
    const link = await Link.open(reach, { silence: 500, onAgain: () => losses++ });
    await link.command('PING');
    const answer = link.command('PING');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    expect([String(await answer), losses]).toEqual(['PONG', 0]);
    link.close();
  });

  test('what a killed consumer had comes back with its visibility', async () => {
    for (const node of cluster.nodes.primaries) {
      const name = await nameOn(node, 'queue');
      const queue = (await cluster.site()).queue<string>(name);
      await queue.putMany(['a', 'b']);
      const args = [cluster.nodes.url, cluster.namespace, name, { visibility: 1_500 }, true];
      const doomed = await ObjectPeer.run(CLIENT, 'process', 'queue', args);
      expect((await doomed.call('hold')).value).toEqual({ value: 'a', attempt: 1 });
      const others = [await queue.get(), queue.lease(LONG)] as const;
      await doomed.kill();
      expect([others[0], await others[1]]).toMatchObject(['b', { value: 'a', attempt: 2 }]);
    }
  });

  test('a program with a held lock and nothing to do ends', async () => {
    const idle = spawnFixture(IDLE, { args: [cluster.nodes.url, cluster.namespace, 'cluster'] });
    expect(await idle.line()).toBe('held');
    expect(await idle.exited).toEqual({ code: 0, signal: null });
  });

  test('slots that move in the middle of traffic: nothing is lost, and nothing is done twice', async () => {
    const [site, other] = [await cluster.site(), await cluster.site()];
    const [first, second] = cluster.nodes.primaries;
    const name = {
      lock: await nameOn(first, 'lock'),
      map: await nameOn(first, 'map'),
      value: await nameOn(first, 'value'),
      queue: await nameOn(first, 'queue'),
      event: await nameOn(first, 'event'),
    };
    const guard = await site.lock(name.lock, { ttl: 10_000 }).acquire();
    const waiting = other.lock(name.lock, { ttl: 10_000 }).acquire();
    const told = other.event(name.event).wait();
    const [puts, gets] = [site.queue<number>(name.queue), other.queue<number>(name.queue)];
    const [map, sum] = [site.map<number, number>(name.map), site.value(name.value, 0)];
    let isOver = false;
    let count = 0;
    const got: number[] = [];
    const write = async () => {
      for (; !isOver; count++) await Promise.all([puts.put(count), map.set(count, count), sum.add(1)]);
      await puts.shutdown();
    };
    const read = async () => {
      for await (const lease of gets.leases()) {
        got.push(lease.value);
        await lease.ack();
      }
    };
    const traffic = Promise.all([write(), read()]);
    for (const [from, to] of [
      [first, second],
      [second, first],
      [first, second],
    ]) {
      for (const [kind, each] of Object.entries(name)) {
        const before = got.length;
        const slot = await cluster.nodes.slotOf(`${cluster.namespace}:{${kind}:${each}}`);
        await cluster.nodes.move(slot, from, to);
        await eventually('it flows', () => got.length > before + 20, { within: 30_000 });
      }
    }
    isOver = true;
    await traffic;
    const all = Array.from({ length: count }, (_, index) => index);
    expect(got).toEqual(all);
    expect([await sum.get(), await map.size, await map.getMany(all)]).toEqual([count, count, all]);
    expect([guard.isHeld, guard.signal.aborted]).toEqual([true, false]);
    await site.event(name.event).set();
    expect(await told).toBe(true);
    await guard.release();
    const next = await waiting;
    expect(next.recovered).toBe(false);
    await next.release();
    for (const node of [first, second])
      for (const [kind, each] of Object.entries(name)) {
        const slot = await cluster.nodes.slotOf(`${cluster.namespace}:{${kind}:${each}}`);
        const there = await node.command('CLUSTER', 'COUNTKEYSINSLOT', String(slot));
        expect(there === ':0').toBe(node === first);
      }
  });
});

describe('a node of a cluster that is dead', () => {
  describeCluster('and has a replica', { replicas: 1 }, (cluster) => {
    test('the replica takes over: what it had heard of is there, and all goes on', async () => {
      const [site, other] = [await cluster.site(), await cluster.site()];
      const { nodes, namespace } = cluster;
      const [doomed, alive] = nodes.primaries;
      const on = async (kind: string, node = doomed) => {
        for (;;) {
          const name = freshName();
          if ((await nodes.homeOf(`${namespace}:{${kind}:${name}}`)) === node) return name;
        }
      };
      const kept = await site.lock(await on('lock'), { ttl: 60_000 }).acquire();
      const jobs = await on('queue');
      const [queue, theirs] = [site.queue<string>(jobs), other.queue<string>(jobs)];
      await queue.putMany(['acknowledged', 'held', 'ready']);
      const [acknowledged, held] = [await queue.lease(), await queue.lease()];
      const [map, elsewhere] = [
        site.map<string, number>(await on('map')),
        site.value(await on('value', alive), 0),
      ];
      await map.set('a', 1);
      const event = await on('event', alive);
      const waiting = other.event(event).wait();
      const [replica] = nodes.replicas;
      await nodes.replicated();
      // It hears nothing from here on, and is not let in again.
      expect(await doomed.command('ACL', 'SETUSER', 'default', '-psync', '-sync')).toBe('+OK');
      expect(await doomed.command('CLIENT', 'KILL', 'TYPE', 'replica')).toBe(':1');
      await acknowledged.ack();
      await map.set('b', 2);
      await doomed.kill();
      // The others serve on, and what is lost with a node waits for it.
      const late = map.set('c', 3).catch((error) => error.code);
      expect(await elsewhere.add(1)).toBe(0);
      await nodes.promote(replica);

      expect(await map.getMany(['a', 'b'])).toEqual([1, undefined]);
      expect([kept.isHeld, held.isHeld]).toEqual([true, true]);
      const again: string[] = [];
      while (again.length < 2) again.push(await theirs.get({ timeout: 60_000 }));
      expect(again.toSorted()).toEqual(['acknowledged', 'ready']);
      await held.ack();
      expect([await queue.size, await elsewhere.get()]).toEqual([0, 1]);
      expect(await late).toBeOneOf([undefined, 'ERR_MP_DISCONNECTED']);
      // Wherever its messages came from.
      await site.event(event).set();
      expect(await waiting).toBe(true);
      await kept.release();
      expect(kept.signal.aborted).toBe(false);
    });
  });
});
