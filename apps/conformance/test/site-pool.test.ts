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
import { afterAll, afterEach, beforeAll, beforeEach, expect, expectTypeOf, test } from 'vitest';
import { poolSuite } from './pool-suite.ts';

leakCheck();

const at = (name: string) => new URL(`./fixtures/site-pool/${name}`, import.meta.url);

test('a Pool of @mp/pool is what a machine needs', () => {
  expectTypeOf<Pool>().toExtend<LocalPool>();
});

describeNeeding(RedisServer.missing, 'a pool of machines over Redis', () => machines(false));
describeNeeding(RedisServer.missing, 'a pool of machines over a cluster', () => machines(true));

function machines(cluster: boolean): void {
  let server: RedisServer;
  let nodes: RedisCluster | undefined;
  let namespace: string;
  let folder: string;
  let running: Fixture[] = [];

  beforeAll(async () => {
    if (!cluster) server = await RedisServer.start();
    else nodes = await RedisCluster.start();
  });

  afterAll(() => (nodes ?? server).stop());

  beforeEach(async () => {
    namespace = freshName();
    if (nodes !== undefined) server = await nodes.homeOf(`${namespace}:{pool:work}`);
    folder = mkdtempSync(join(tmpdir(), 'mp-redis-pool-'));
  });

  afterEach(async () => {
    for (const machine of running) machine.say('end');
    for (const machine of running) {
      const { code, signal } = await machine.exited;
      if (signal === null) expect(code, machine.stderr).toBe(0);
    }
    running = [];
    rmSync(folder, { recursive: true });
  });

  async function startMachine(options = {}, module?: string): Promise<Fixture> {
    // In a cluster nobody can see that a machine is not there any more.
    const all = { cluster, ...(cluster && { visibility: 2_000 }), ...options };
    const args = [server.url, namespace, JSON.stringify(all), ...(module === undefined ? [] : [module])];
    const machine = spawnFixture(at('machine.mjs'), { args });
    running.push(machine);
    expect(await machine.line()).toBe('serves');
    return machine;
  }

  function give(what: string): Fixture {
    const args = [server.url, namespace, what, folder, ...(cluster ? ['cluster'] : [])];
    return spawnFixture(at('giver.mjs'), { args });
  }

  async function said(giver: Fixture): Promise<Record<string, never>> {
    const value = JSON.parse(await giver.line());
    return value;
  }

  async function ended(giver: Fixture): Promise<void> {
    expect([await giver.exited, giver.stderr]).toEqual([{ code: 0, signal: null }, '']);
  }

  poolSuite(async (what, workers) => {
    await startMachine(workers === undefined ? {} : { concurrency: workers });
    return give(what);
  });

  test('what is of local pools alone, and what is no task, is refused', async () => {
    const giver = give('refusals');
    expect(await said(giver)).toMatchObject({
      noTask: { name: 'TypeError' },
      option: { name: 'TypeError' },
    });
    await ended(giver);
  });

  test('a machine that is killed: a task that may run once is rejected', async () => {
    const machine = await startMachine();
    const giver = give('lost');
    const { pid } = await said(giver);
    expect(pid).toBe(machine.pid);
    await machine.kill();
    const { error, lines } = await said(giver);
    expect([error, lines]).toMatchObject([{ code: 'ERR_MP_WORKER_DIED', pid: machine.pid }, 1]);
    await ended(giver);
  });

  test('a machine that is killed: an idempotent task is done by another one', async () => {
    const both = [await startMachine(), await startMachine()];
    const giver = give('again');
    const { pid } = await said(giver);
    const [doomed, other] = both[0].pid === pid ? both : both.toReversed();
    await doomed.kill();
    expect(await said(giver)).toEqual({ by: other.pid, lines: 2 });
    await ended(giver);
  });

  test('a task that runs for longer than its machine may be silent is not given to another one', async () => {
    await startMachine({ visibility: 1_000 });
    await startMachine({ visibility: 1_000 });
    const giver = give('busy');
    expect((await said(giver)).lines).toBe(1);
    await ended(giver);
  });

  test('a machine that is stopped for longer than it may be silent: its calls go on without it, and its late answers are refused', async () => {
    const stopped = await startMachine({ visibility: 1_500 });
    const giver = give('cut');
    expect(await said(giver)).toEqual({ pid: stopped.pid });
    const other = await startMachine();
    process.kill(stopped.pid, 'SIGSTOP');
    const lines = () => readFileSync(join(folder, 'said'), 'utf8').split('\n').length - 1;
    await eventually('another one has begun', () => lines() === 2, { within: 60_000 });
    writeFileSync(join(folder, 'said.go'), '');
    const found = await said(giver);
    process.kill(stopped.pid, 'SIGCONT');
    expect(found).toMatchObject({
      by: other.pid,
      lines: 2,
      error: { code: 'ERR_MP_WORKER_DIED', pid: stopped.pid },
    });
    await ended(giver);
    const text = () => readFileSync(join(folder, 'said.once'), 'utf8');
    await eventually('its task was told', () => text() === 'begun\nstopped AbortError\n');
  });

  test('two versions of a program never run each other’s functions', async () => {
    await startMachine({}, './one/jobs.mjs');
    await startMachine({}, './two/jobs.mjs');
    const giver = give('versions');
    const calls = Array.from({ length: 10 }, (_, call) => [`first ${call}`, `second ${call}`]).flat();
    expect((await said(giver)).results).toEqual(calls);
    await ended(giver);
  });

  test('work that was given before there is a machine is done when one comes', async () => {
    const giver = give('early');
    expect(await said(giver)).toBe('given');
    await startMachine();
    expect((await said(giver)).results).toEqual([1, 4, 9]);
    await ended(giver);
  });

  test('a call that Redis has lost with its memory is rejected', async () => {
    const giver = give('forgotten');
    const calls = `${namespace}:{pool:work}:calls`;
    await eventually('it is given', async () => (await server.command('HLEN', calls)) !== ':0');
    await server.command('FLUSHALL');
    // It is not taken for the one that is given next.
    const site: Site = await connectRedis(server.url, { namespace, cluster });
    const { square } = await import(at('tasks.mjs').href);
    const next = site.pool('work').apply(square, [1]);
    expect((await said(giver)).error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
    await ended(giver);
    expect(next.ready).toBe(false);
    next.cancel();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    await site.close();
  });

  test('calls of a dead giver that nobody serves are removed by those who use the pool', async () => {
    const key = (part: string) => `${namespace}:{pool:work}:${part}`;
    const count = async (...command: string[]) => Number((await server.command(...command)).slice(1));
    const giver = give('early');
    expect(await said(giver)).toBe('given');
    await eventually('it is given', async () => (await count('HLEN', key('calls'))) === 6);
    await giver.kill();
    const [, name] =
      /^\*1\r\n\$\d+\r\n(.*)$/.exec(await server.command('ZRANGE', key('givers'), '0', '-1')) ?? [];
    const { square } = await import(at('tasks.mjs').href);
    const site: Site = await connectRedis(server.url, { namespace, cluster });
    const mine = site.pool('work').apply(square, [1]);
    // It is taken for alive for an hour.
    await eventually('mine is given, too', async () => (await count('HLEN', key('calls'))) === 8);
    await server.command('ZADD', key('givers'), '0', name);
    await eventually('they are gone', async () => (await count('HLEN', key('calls'))) === 2, {
      within: 30_000,
    });
    expect(mine.ready).toBe(false);
    mine.cancel();
    await expect(mine).rejects.toMatchObject({ name: 'AbortError' });
    await eventually('nothing is left', async () => {
      const keys = await server.command('KEYS', key('*'));
      return !/:(calls|leases|givers|t:)/.test(keys);
    });
    await site.close();
  });

  test('bad options of a machine are refused at once', async () => {
    const site: Site = await connectRedis(server.url, { namespace, cluster });
    const pool = { apply: () => Promise.resolve() } as never;
    expect(() => serveTasks(site, 'work', { pool: {} as never, tasks: [] })).toThrow(/pool must be a Pool/);
    expect(() => serveTasks(site, 'work', { pool, tasks: [] })).toThrow(/at least one/);
    expect(() => serveTasks(site, 'work', { pool, tasks: [() => 1] })).toThrow(TypeError);
    await site.close();
  });
}
