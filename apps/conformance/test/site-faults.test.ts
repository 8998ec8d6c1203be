import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis, type LocalPool, type Site, serveTasks } from '@mp/redis';
import { describeNeeding, eventually, freshName, leakCheck, RedisServer, spawnFixture } from '@mp/testing';
import { describe, expect, test } from 'vitest';

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

/** What one test has: a Redis, and the sites that are there. */
class Place implements AsyncDisposable {
  readonly server: RedisServer;
  readonly namespace = freshName();
  readonly #sites: Site[] = [];

  private constructor(server: RedisServer) {
    this.server = server;
  }

  static async make(args: readonly string[] = []): Promise<Place> {
    return new Place(await RedisServer.start({ args }));
  }

  async enter(url = this.server.url): Promise<Site> {
    const site = await connectRedis(url, { namespace: this.namespace });
    this.#sites.push(site);
    return site;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sites.map((site) => site.close()));
    await this.server.stop();
  }
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

describeNeeding(RedisServer.missing, 'a Redis that fails its users', () => {
  test.concurrent('that is gone: each object says where it was', async () => {
    await using place = await Place.make();
    const { server } = place;
    const site = await place.enter();
    await server.kill();
    for (const [title, error] of await errorsOf(site)) {
      expect(error, title).toMatchObject({ code: 'ERR_MP_DISCONNECTED' });
      // One that was under way cannot know more.
      expect(error.message, title).toMatch(
        /redis:\/\/127\.0\.0\.1:\d+.*ECONNREFUSED|connection to Redis was lost before the answer/s,
      );
    }
  });

  test.concurrent('that has changed the password: each object says that it is not let in', async () => {
    await using place = await Place.make();
    const { server } = place;
    const rights = ['~*', '&*', '+@all'];
    expect(await server.command('ACL', 'SETUSER', 'member', 'on', '>right', ...rights)).toBe('+OK');
    const site = await place.enter(server.url.replace('//', '//member:right@'));
    await site.map('m').set('a', 1);
    await server.command('ACL', 'SETUSER', 'member', 'resetpass', '>other');
    await server.command('CLIENT', 'KILL', 'USER', 'member');
    for (const [title, error] of await errorsOf(site)) {
      expect(error, title).toMatchObject({ code: 'ERR_MP_AUTHENTICATION' });
      expect(error.message, title).not.toMatch('member:right');
    }
  });

  test.concurrent('that is full: a pool refuses what is new, and what was given is done and answered', async () => {
    await using place = await Place.make(['--maxmemory', '4mb', '--maxmemory-policy', 'noeviction']);
    const { server } = place;
    const site = await place.enter();
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

  describe.concurrent('clocks an hour apart', () => {
    test.each([
      ['a machine', AHEAD, []],
      ['a giver', [], AHEAD],
    ])(
      'of %s that is ahead: a long call is not given to another one, and all is answered',
      async (_, ofMachine, ofGiver) => {
        await using place = await Place.make();
        const { server, namespace } = place;
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
