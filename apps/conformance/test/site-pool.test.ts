import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from '@mp/pool';
import { connectRedis, type LocalPool, type Site, serveTasks } from '@mp/redis';
import {
  describeNeeding,
  eventually,
  type Fixture,
  freshName,
  leakCheck,
  RedisCluster,
  RedisServer,
  spawnFixture,
} from '@mp/testing';
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest';
import { poolSuite } from './pool-suite.ts';

leakCheck();

const at = (name: string) => new URL(`./fixtures/site-pool/${name}`, import.meta.url);

test('a Pool of @mp/pool is what a machine needs', () => {
  expectTypeOf<Pool>().toExtend<LocalPool>();
});

/** What one test has: a namespace, machines that serve the pool "work" there, and programs that give it work. */
class Work implements AsyncDisposable {
  /** That which has the keys of the pool. */
  readonly server: RedisServer;
  readonly namespace: string;
  readonly isCluster: boolean;
  readonly folder = mkdtempSync(join(tmpdir(), 'mp-redis-pool-'));
  readonly #machines: Fixture[] = [];

  private constructor(server: RedisServer, namespace: string, isCluster: boolean) {
    this.server = server;
    this.namespace = namespace;
    this.isCluster = isCluster;
  }

  static async at(redis: RedisServer | RedisCluster): Promise<Work> {
    const namespace = freshName();
    if (redis instanceof RedisServer) return new Work(redis, namespace, false);
    return new Work(await redis.homeOf(`${namespace}:{pool:work}`), namespace, true);
  }

  async startMachine(options = {}, module?: string): Promise<Fixture> {
    const { server, namespace, isCluster } = this;
    // In a cluster nobody can see that a machine is not there any more.
    const all = { cluster: isCluster, ...(isCluster && { visibility: 2_000 }), ...options };
    const args = [server.url, namespace, JSON.stringify(all), ...(module === undefined ? [] : [module])];
    const machine = spawnFixture(at('machine.mjs'), { args });
    this.#machines.push(machine);
    expect(await machine.line()).toBe('serves');
    return machine;
  }

  give(what: string): Fixture {
    const { server, namespace, folder, isCluster } = this;
    const args = [server.url, namespace, what, folder, ...(isCluster ? ['cluster'] : [])];
    return spawnFixture(at('giver.mjs'), { args });
  }

  async enter(): Promise<Site> {
    return connectRedis(this.server.url, { namespace: this.namespace, cluster: this.isCluster });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.#machines) {
      // A test that failed may have left it stopped.
      void machine.kill('SIGCONT');
      machine.say('end');
    }
    for (const machine of this.#machines) {
      const { code, signal } = await machine.exited;
      if (signal === null) expect(code, machine.stderr).toBe(0);
    }
    rmSync(this.folder, { recursive: true });
  }
}

async function said(giver: Fixture): Promise<Record<string, never>> {
  const value = JSON.parse(await giver.line());
  return value;
}

async function ended(giver: Fixture): Promise<void> {
  expect([await giver.exited, giver.stderr]).toEqual([{ code: 0, signal: null }, '']);
}

describeNeeding(RedisServer.missing, 'a pool of machines over Redis', () => {
  machines(() => RedisServer.start());
});
describeNeeding(RedisServer.missing, 'a pool of machines over a cluster', () => {
  machines(() => RedisCluster.start());
});

function machines(start: () => Promise<RedisServer | RedisCluster>): void {
  let redis: RedisServer | RedisCluster;

  beforeAll(async () => {
    redis = await start();
  });

  afterAll(() => redis.stop());

  test.concurrent('what is of local pools alone, and what is no task, is refused', async () => {
    await using work = await Work.at(redis);
    const giver = work.give('refusals');
    expect(await said(giver)).toMatchObject({
      noTask: { name: 'TypeError' },
      option: { name: 'TypeError' },
    });
    await ended(giver);
  });

  test.concurrent('a machine that is killed: a task that may run once is rejected', async () => {
    await using work = await Work.at(redis);
    const machine = await work.startMachine();
    const giver = work.give('lost');
    const { pid } = await said(giver);
    expect(pid).toBe(machine.pid);
    await machine.kill();
    const { error, lines } = await said(giver);
    expect([error, lines]).toMatchObject([{ code: 'ERR_MP_WORKER_DIED', pid: machine.pid }, 1]);
    await ended(giver);
  });

  test.concurrent('a machine that is killed: an idempotent task is done by another one', async () => {
    await using work = await Work.at(redis);
    const both = [await work.startMachine(), await work.startMachine()];
    const giver = work.give('again');
    const { pid } = await said(giver);
    const [doomed, other] = both[0].pid === pid ? both : both.toReversed();
    await doomed.kill();
    expect(await said(giver)).toEqual({ by: other.pid, lines: 2 });
    await ended(giver);
  });

  test.concurrent('a task that runs for longer than its machine may be silent is not given to another one', async () => {
    await using work = await Work.at(redis);
    await work.startMachine({ visibility: 1_000 });
    await work.startMachine({ visibility: 1_000 });
    const giver = work.give('busy');
    expect((await said(giver)).lines).toBe(1);
    await ended(giver);
  });

  test.concurrent('a machine that is stopped for longer than it may be silent: its calls go on without it, and its late answers are refused', async () => {
    await using work = await Work.at(redis);
    const stopped = await work.startMachine({ visibility: 1_500 });
    const giver = work.give('cut');
    expect(await said(giver)).toEqual({ pid: stopped.pid });
    const other = await work.startMachine();
    process.kill(stopped.pid, 'SIGSTOP');
    const lines = () => readFileSync(join(work.folder, 'said'), 'utf8').split('\n').length - 1;
    await eventually('another one has begun', () => lines() === 2, { within: 60_000 });
    writeFileSync(join(work.folder, 'said.go'), '');
    const found = await said(giver);
    process.kill(stopped.pid, 'SIGCONT');
    expect(found).toMatchObject({
      by: other.pid,
      lines: 2,
      error: { code: 'ERR_MP_WORKER_DIED', pid: stopped.pid },
    });
    await ended(giver);
    const text = () => readFileSync(join(work.folder, 'said.once'), 'utf8');
    await eventually('its task was told', () => text() === 'begun\nstopped AbortError\n');
  });

  test.concurrent('two versions of a program never run each other’s functions', async () => {
    await using work = await Work.at(redis);
    await work.startMachine({}, './one/jobs.mjs');
    await work.startMachine({}, './two/jobs.mjs');
    const giver = work.give('versions');
    const calls = Array.from({ length: 10 }, (_, call) => [`first ${call}`, `second ${call}`]).flat();
    expect((await said(giver)).results).toEqual(calls);
    await ended(giver);
  });

  test.concurrent('work that was given before there is a machine is done when one comes', async () => {
    await using work = await Work.at(redis);
    const giver = work.give('early');
    expect(await said(giver)).toBe('given');
    await work.startMachine();
    expect((await said(giver)).results).toEqual([1, 4, 9]);
    await ended(giver);
  });

  test.concurrent('a call that Redis has lost with its memory is rejected', async () => {
    await using forgetful = await start();
    await using work = await Work.at(forgetful);
    const giver = work.give('forgotten');
    const calls = `${work.namespace}:{pool:work}:calls`;
    await eventually('it is given', async () => (await work.server.command('HLEN', calls)) !== ':0');
    await work.server.command('FLUSHALL');
    // It is not taken for the one that is given next.
    const site: Site = await work.enter();
    const { square } = await import(at('tasks.mjs').href);
    const next = site.pool('work').apply(square, [1]);
    expect((await said(giver)).error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
    await ended(giver);
    expect(next.ready).toBe(false);
    next.cancel();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    await site.close();
  });

  test.concurrent('calls of a dead giver that nobody serves are removed by those who use the pool', async () => {
    await using work = await Work.at(redis);
    const key = (part: string) => `${work.namespace}:{pool:work}:${part}`;
    const count = async (...command: string[]) => Number((await work.server.command(...command)).slice(1));
    const giver = work.give('early');
    expect(await said(giver)).toBe('given');
    await eventually('it is given', async () => (await count('HLEN', key('calls'))) === 6);
    await giver.kill();
    const [, name] =
      /^\*1\r\n\$\d+\r\n(.*)$/.exec(await work.server.command('ZRANGE', key('givers'), '0', '-1')) ?? [];
    const { square } = await import(at('tasks.mjs').href);
    const site: Site = await work.enter();
    const mine = site.pool('work').apply(square, [1]);
    // It is taken for alive for an hour.
    await eventually('mine is given, too', async () => (await count('HLEN', key('calls'))) === 8);
    await work.server.command('ZADD', key('givers'), '0', name);
    await eventually('they are gone', async () => (await count('HLEN', key('calls'))) === 2, {
      within: 30_000,
    });
    expect(mine.ready).toBe(false);
    mine.cancel();
    await expect(mine).rejects.toMatchObject({ name: 'AbortError' });
    await eventually('nothing is left', async () => {
      const keys = await work.server.command('KEYS', key('*'));
      return !/:(calls|leases|givers|t:)/.test(keys);
    });
    await site.close();
  });

  test.concurrent('bad options of a machine are refused at once', async () => {
    await using work = await Work.at(redis);
    const site: Site = await work.enter();
    const pool = { apply: () => Promise.resolve() } as never;
    expect(() => serveTasks(site, 'work', { pool: {} as never, tasks: [] })).toThrow(/pool must be a Pool/);
    expect(() => serveTasks(site, 'work', { pool, tasks: [] })).toThrow(/at least one/);
    expect(() => serveTasks(site, 'work', { pool, tasks: [() => 1] })).toThrow(TypeError);
    await site.close();
  });

  poolSuite(async (what, workers) => {
    const work = await Work.at(redis);
    await work.startMachine(workers === undefined ? {} : { concurrency: workers });
    return { giver: work.give(what), [Symbol.asyncDispose]: () => work[Symbol.asyncDispose]() };
  });
}
