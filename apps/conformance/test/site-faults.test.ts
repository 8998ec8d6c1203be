import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis, type LocalPool, type Site, serveTasks } from '@mp/redis';
import { describeNeeding, eventually, freshName, leakCheck, RedisServer, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

leakCheck();

const at = (name: string) => new URL(`./fixtures/site-pool/${name}`, import.meta.url);
const { square } = (await import(at('tasks.mjs').href)) as { square: (x: number) => number };
/** Preloaded: the clock of a program is an hour ahead. */
const AHEAD = ['--import', 'data:text/javascript,const { now } = Date; Date.now = () => now() + 3_600_000;'];

/** What is done with one object of each kind. */
const USES: readonly [title: string, use: (site: Site) => PromiseLike<unknown>][] = [
  ['a lock', (site) => site.lock('l', { ttl: 1_000 }).acquire()],
  ['a semaphore', (site) => site.semaphore('s', { value: 1 }).acquire()],
  ['a map', (site) => site.map('m').set('a', 1)],
  ['a put into a queue', (site) => site.queue('q').put(1)],
  ['a get from a queue', (site) => site.queue('q').get()],
  ['a call of a pool', (site) => site.pool('p').apply(square, [2])],
];

describeNeeding(RedisServer.missing, 'a Redis that fails its users', () => {
  let server: RedisServer;
  let namespace: string;
  const sites: Site[] = [];

  beforeEach(() => {
    namespace = freshName();
  });
  afterEach(async () => {
    await Promise.all(sites.splice(0).map((site) => site.close()));
    await server.stop();
  });

  async function enter(url: string): Promise<Site> {
    const site = await connectRedis(url, { namespace });
    sites.push(site);
    return site;
  }

  /** The errors by which all uses end. */
  async function errorsOf(site: Site): Promise<[string, Error & { code?: string }][]> {
    return Promise.all(
      USES.map(async ([title, use]) => {
        const error = await Promise.resolve(use(site)).catch((each) => each);
        return [title, error] as [string, Error & { code?: string }];
      }),
    );
  }

  test('that is gone: each object says where it was', async () => {
    server = await RedisServer.start();
    const site = await enter(server.url);
    await server.kill();
    for (const [title, error] of await errorsOf(site)) {
      expect(error, title).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
      // One that was under way cannot know more.
      expect(error.message, title).toMatch(
        /redis:\/\/127\.0\.0\.1:\d+.*ECONNREFUSED|connection to Redis was lost before the answer/s,
      );
    }
  });

  test('that has changed the password: each object says that it is not let in', async () => {
    server = await RedisServer.start();
    const rights = ['~*', '&*', '+@all'];
    expect(await server.command('ACL', 'SETUSER', 'member', 'on', '>right', ...rights)).toBe('+OK');
    const site = await enter(server.url.replace('//', '//member:right@'));
    await site.map('m').set('a', 1);
    await server.command('ACL', 'SETUSER', 'member', 'resetpass', '>other');
    await server.command('CLIENT', 'KILL', 'USER', 'member');
    for (const [title, error] of await errorsOf(site)) {
      expect(error, title).toMatchObject({ code: 'ERR_MP_AUTHENTICATION' });
      expect(error.message, title).not.toMatch('member:right');
    }
  });

  test('that is full: a pool refuses what is new, and what was given is done and answered', async () => {
    server = await RedisServer.start({ args: ['--maxmemory', '4mb', '--maxmemory-policy', 'noeviction'] });
    const site = await enter(server.url);
    let finish = (_: number) => {};
    const began: number[] = [];
    const pool: LocalPool = {
      apply(_, [x]) {
        const work = new Promise((resolve) => {
          began.push(x as number);
          finish = resolve;
        });
        return Object.assign(work, { cancel: () => false });
      },
    };
    const served = serveTasks(site, 'work', { pool, tasks: [square], concurrency: 1 });
    const [first, second] = [3, 4].map((x) => site.pool('work').apply(square, [x]));
    await eventually('it has begun', () => began.length === 1);
    const map = site.map('stuffed');
    const fill = async () => {
      for (let i = 0; i < 1_000; i++) await map.set(`key ${i}`, Buffer.alloc(20_000));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'ERR_MP_NO_SPACE' });
    await server.command('CONFIG', 'SET', 'maxmemory', '1mb');
    await expect(site.pool('work').apply(square, [5])).rejects.toMatchObject({ code: 'ERR_MP_NO_SPACE' });
    finish(9);
    // Its answer finds no space, and is not lost.
    expect(await first.wait({ timeout: 1_500 })).toBe(false);
    await map.clear();
    await server.command('CONFIG', 'SET', 'maxmemory', '50mb');
    expect(await first).toBe(9);
    await eventually('the next one has begun', () => began.length === 2);
    finish(16);
    expect([await second, began]).toEqual([16, [3, 4]]);
    await served.close();
  });

  describe('clocks an hour apart', () => {
    test.each([
      ['a machine', AHEAD, []],
      ['a giver', [], AHEAD],
    ])(
      'of %s that is ahead: a long call is not given to another one, and all is answered',
      async (_, ofMachine, ofGiver) => {
        server = await RedisServer.start();
        const folder = mkdtempSync(join(tmpdir(), 'mp-redis-clocks-'));
        const machines = [ofMachine, []].map((execArgv) => {
          const args = [server.url, namespace, JSON.stringify({ visibility: 1_000 })];
          return spawnFixture(at('machine.mjs'), { args, execArgv });
        });
        for (const machine of machines) expect(await machine.line()).toBe('serves');
        const giver = spawnFixture(at('giver.mjs'), {
          args: [server.url, namespace, 'busy', folder],
          execArgv: ofGiver,
        });
        expect(JSON.parse(await giver.line())).toMatchObject({ lines: 1 });
        expect([await giver.exited, giver.stderr]).toEqual([{ code: 0, signal: null }, '']);
        for (const machine of machines) machine.say('end');
        for (const machine of machines) expect(await machine.exited).toEqual({ code: 0, signal: null });
        rmSync(folder, { recursive: true });
      },
    );
  });
});
