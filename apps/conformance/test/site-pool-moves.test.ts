import { connectRedis, type LocalPool, type LocalResult, type Site, serveTasks } from '@mp/redis';
import {
  describeNeeding,
  eventually,
  freshName,
  leakCheck,
  MovingAddress,
  RedisCluster,
  RedisServer,
} from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

type Task = (x: number) => number;
const { square: once, squareAgain: again } = (await import(
  new URL('./fixtures/site-pool/tasks.mjs', import.meta.url).href
)) as { square: Task; squareAgain: Task };

const LONG = { within: 60_000 };

/** A call that a machine has begun. */
interface Begun {
  readonly x: number;
  readonly isOnce: boolean;
  cancelled: unknown;
  finish(): void;
}

/** Does nothing by itself: what it has begun is finished by the test. */
class HeldPool implements LocalPool {
  readonly begun: Begun[] = [];

  apply(fn: unknown, [x]: readonly unknown[]): LocalResult {
    let finish = (_: unknown) => {};
    const work = new Promise((resolve) => {
      finish = resolve;
    });
    const call: Begun = {
      x: x as number,
      isOnce: fn === once,
      cancelled: undefined,
      finish: () => finish((x as number) ** 2),
    };
    this.begun.push(call);
    return Object.assign(work, {
      cancel(reason: unknown) {
        call.cancelled = reason;
        finish(undefined);
        return true;
      },
    });
  }

  async of(x: number, time = 1): Promise<Begun> {
    return eventually(`${x} has begun`, () => this.begun.filter((call) => call.x === x)[time - 1], LONG);
  }
}

describeNeeding(RedisServer.missing, 'a pool whose Redis becomes another one', () => {
  test('by a replica that takes over: what it had not heard of is told, and nothing that may run once runs twice', async () => {
    const args = ['--repl-diskless-sync-delay', '0'];
    const primary = await RedisServer.start({ args });
    const replica = await RedisServer.start({ args: ['--replicaof', primary.host, String(primary.port)] });
    const offset = async (server: RedisServer, field: string) => {
      const info = await server.command('INFO', 'replication');
      return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1]);
    };
    await eventually('it follows', async () => (await offset(replica, 'slave_repl_offset')) > 0, LONG);
    const namespace = freshName();
    // The giver is on another way, which can be cut alone.
    const ways = [await MovingAddress.of(primary.port), await MovingAddress.of(primary.port)];
    const [giver, machine] = await Promise.all(ways.map(({ url }) => connectRedis(url, { namespace })));
    const late: Site = await connectRedis(ways[1].url, { namespace });
    const pool = new HeldPool();
    const serving = serveTasks(machine, 'work', { pool, tasks: [once, again], concurrency: 9 });

    const given = giver.pool('work');
    const answered = { once: given.apply(once, [2]), again: given.apply(again, [3]) };
    const running = given.apply(once, [4]);
    const begun = [await pool.of(2), await pool.of(3), await pool.of(4)];
    const sent = await offset(primary, 'master_repl_offset');
    await eventually('it has all', async () => (await offset(replica, 'slave_repl_offset')) >= sent, LONG);
    expect(await replica.command('REPLICAOF', 'NO', 'ONE')).toBe('+OK');

    // Only the one that is lost hears of these.
    ways[0].moveTo(1);
    for (const call of begun.slice(0, 2)) call.finish();
    const unheard = late
      .pool('work')
      .apply(once, [5])
      .catch((error) => error);
    const lost = await pool.of(5);
    await eventually(
      'they were answered',
      async () => {
        return (await primary.command('HLEN', `${namespace}:{pool:work}:calls`)) === ':4';
      },
      LONG,
    );
    await primary.kill();
    for (const way of ways) way.moveTo(replica.port);

    await expect(answered.once).rejects.toMatchObject({ code: 'ERR_MP_WORKER_DIED', pid: process.pid });
    (await pool.of(3, 2)).finish();
    expect(await answered.again).toBe(9);
    begun[2].finish();
    expect(await running).toBe(16);
    expect(await unheard).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
    await eventually('its task is told', () => lost.cancelled, LONG);
    expect(lost.cancelled).toMatchObject({ code: 'ERR_MP_NOT_OWNER' });
    expect(pool.begun.map(({ x }) => x).toSorted()).toEqual([2, 3, 3, 4, 5]);
    expect(begun.map(({ cancelled }) => cancelled)).toEqual([undefined, undefined, undefined]);

    await serving.close();
    for (const site of [giver, machine, late]) await site.close();
    for (const way of ways) await way.close();
    for (const server of [primary, replica]) await server.stop();
  });

  test('by a slot that is moved in the middle of traffic: each call is done once', async () => {
    const nodes = await RedisCluster.start();
    const namespace = freshName();
    const sites = await Promise.all([1, 2].map(() => connectRedis(nodes.url, { namespace, cluster: true })));
    const done: number[] = [];
    const pool: LocalPool = {
      apply(_, [x]) {
        done.push(x as number);
        return Object.assign(Promise.resolve((x as number) ** 2), { cancel: () => false });
      },
    };
    const serving = serveTasks(sites[0], 'work', { pool, tasks: [once] });
    const given = sites[1].pool('work');
    let [count, isOver] = [0, false];
    const give = async () => {
      while (!isOver) {
        const x = count++;
        expect(await given.apply(once, [x])).toBe(x ** 2);
      }
    };
    const all = Promise.all(Array.from({ length: 8 }, give));
    const main = `${namespace}:{pool:work}`;
    const slot = await nodes.slotOf(main);
    let home = await nodes.homeOf(main);
    for (let move = 0; move < 10; move++) {
      const before = done.length;
      const target = nodes.primaries.filter((node) => node !== home)[move % 2];
      await nodes.move(slot, home, target);
      home = target;
      await eventually('it flows', () => done.length > before + 20, LONG);
    }
    isOver = true;
    await all;
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, x) => x));
    expect(await home.command('HLEN', `${main}:calls`)).toBe(':0');
    await serving.close();
    for (const site of sites) await site.close();
    await nodes.stop();
  });
});
