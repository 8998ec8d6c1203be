import { mkdtempSync, rmSync } from 'node:fs';
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
  RedisServer,
  spawnFixture,
} from '@mp/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, expectTypeOf, test } from 'vitest';

leakCheck();

const at = (name: string) => new URL(`./fixtures/site-pool/${name}`, import.meta.url);

test('a Pool of @mp/pool is what a machine needs', () => {
  expectTypeOf<Pool>().toExtend<LocalPool>();
});

describeNeeding(RedisServer.missing, 'a pool of machines over Redis', () => {
  let server: RedisServer;
  let namespace: string;
  let folder: string;
  let machines: Fixture[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    namespace = freshName();
    folder = mkdtempSync(join(tmpdir(), 'mp-redis-pool-'));
  });

  afterEach(async () => {
    for (const machine of machines) machine.say('end');
    for (const machine of machines) {
      const { code, signal } = await machine.exited;
      if (signal === null) expect(code, machine.stderr).toBe(0);
    }
    machines = [];
    rmSync(folder, { recursive: true });
  });

  async function startMachine(options = {}, module?: string): Promise<Fixture> {
    const args = [server.url, namespace, JSON.stringify(options), ...(module === undefined ? [] : [module])];
    const machine = spawnFixture(at('machine.mjs'), { args });
    machines.push(machine);
    expect(await machine.line()).toBe('serves');
    return machine;
  }

  function give(what: string): Fixture {
    return spawnFixture(at('giver.mjs'), { args: [server.url, namespace, what, folder] });
  }

  async function said(giver: Fixture): Promise<Record<string, never>> {
    const value = JSON.parse(await giver.line());
    return value;
  }

  async function ended(giver: Fixture): Promise<void> {
    expect([await giver.exited, giver.stderr]).toEqual([{ code: 0, signal: null }, '']);
  }

  test('apply, map, starmap and loops', async () => {
    await startMachine();
    const giver = give('calls');
    const found = await said(giver);
    expect(found).toMatchObject({
      applied: 3,
      mapped: [1, 4, 9],
      starmapped: [3, 7],
      many: 41_541_750,
      done: [1, 2, 3].map((done) => ({ done, total: 3 })),
      some: [0, 1, 4, 9, 16],
      unordered: [1, 4, 9],
      early: [false, 5, true],
    });
    await ended(giver);
  });

  test('errors, limits, retries', async () => {
    await startMachine();
    const giver = give('failures');
    expect(await said(giver)).toMatchObject({
      thrown: { name: 'RangeError', message: '-1 is negative', x: -1, isRange: true },
      mapped: { message: '-2 is negative' },
      late: { code: 'ERR_MP_TIMEOUT' },
      argument: { code: 'ERR_MP_SERIALIZATION', path: 'args[1].f' },
      noTask: { name: 'TypeError' },
      option: { name: 'TypeError' },
      retries: { name: 'TypeError' },
      flaky: 3,
      tries: 3,
      after: 2,
    });
    await ended(giver);
  });

  test('progress; what a listener throws fails the call', async () => {
    await startMachine();
    const giver = give('progress');
    expect(await said(giver)).toMatchObject({
      value: 5,
      seen: [1, 2, 3, 4, 5],
      failed: { message: 'enough' },
    });
    await ended(giver);
  });

  test('a call that is cancelled is rejected at once, and its task is told', async () => {
    await startMachine();
    const giver = give('cancel');
    expect(await said(giver)).toMatchObject({
      cancelled: [true, false],
      error: { message: 'changed my mind' },
      lines: ['begun', 'stopped AbortError'],
      aborted: { message: 'stop' },
      after: 2,
    });
    await ended(giver);
  });

  test('of calls that wait, that of the lowest priority is done first', async () => {
    await startMachine({ concurrency: 1 });
    const giver = give('priorities');
    expect(await said(giver)).toEqual({ order: ['first', 'middle', 'last'] });
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
    expect((await said(giver)).error).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
    await ended(giver);
  });

  test('bad options of a machine are refused at once', async () => {
    const site: Site = await connectRedis(server.url, { namespace });
    const pool = { apply: () => Promise.resolve() } as never;
    expect(() => serveTasks(site, 'work', { pool: {} as never, tasks: [] })).toThrow(/pool must be a Pool/);
    expect(() => serveTasks(site, 'work', { pool, tasks: [] })).toThrow(/at least one/);
    expect(() => serveTasks(site, 'work', { pool, tasks: [() => 1] })).toThrow(TypeError);
    await site.close();
  });
});
