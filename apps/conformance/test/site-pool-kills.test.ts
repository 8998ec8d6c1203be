import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  describeNeeding,
  eventually,
  type Fixture,
  freshName,
  LIMIT_MS,
  leakCheck,
  RedisServer,
  runsAll,
  spawnFixture,
} from '@mp/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

leakCheck();

/*
 * Givers and machines that are killed at random moments, and replaced. Each call of a giver that lives ends once: with its value, or
 * as its kind says. A task that may run once is never begun twice.
 */
const GIVER = new URL('./fixtures/site-pool/kill-giver.mjs', import.meta.url);
const MACHINE = new URL('./fixtures/site-pool/machine.mjs', import.meta.url);
const TASKS = './kill-tasks.mjs';
const SEED = Number(process.env.MP_TEST_SEED ?? 20261130);
/** `npm run test:kills` does it with 200. */
const KILLS = Number(process.env.MP_SITE_POOL_KILLS ?? (runsAll ? 50 : 10));
/** An idempotent task is given up when so many machines have died with it. */
const MOST_DEATHS = 3;

interface User {
  readonly role: 'giver' | 'machine';
  readonly fixture: Fixture;
  isKilled: boolean;
}

/** How one call ended, as its giver says it. */
interface End {
  readonly how: 'value' | 'lost' | 'other';
  readonly kind: 'once' | 'again';
  readonly key: string;
  /** The pid of the machine that was lost; or what else went wrong. */
  readonly detail: string;
}

describeNeeding(RedisServer.missing, 'users of a pool over Redis that are killed', () => {
  let server: RedisServer;
  let folder: string;
  const users: User[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    folder = mkdtempSync(join(tmpdir(), 'mp-redis-kills-'));
  });
  afterEach(async () => {
    for (const { fixture } of users.splice(0)) await fixture.kill();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test(`${KILLS} kills of givers and machines, seed ${SEED}`, {
    timeout: LIMIT_MS + KILLS * 10_000,
  }, async () => {
    let state = SEED >>> 0;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state >>> 8) % below;
    };
    const namespace = freshName();
    const file = join(folder, 'said');
    const start = async (role: User['role']) => {
      const args = [server.url, namespace];
      const fixture =
        role === 'giver'
          ? spawnFixture(GIVER, { args: [...args, file, String(users.length)] })
          : spawnFixture(MACHINE, { args: [...args, '{}', TASKS] });
      const user: User = { role, fixture, isKilled: false };
      users.push(user);
      expect(await fixture.line()).toBe(role === 'giver' ? 'gives' : 'serves');
    };
    for (const role of ['machine', 'machine', 'giver', 'giver'] as const) await start(role);
    for (let kill = 0; kill < KILLS; kill++) {
      await delay(random(250));
      const running = users.filter(({ isKilled }) => !isKilled);
      const victim = running[random(running.length)];
      victim.isKilled = true;
      await victim.fixture.kill();
      await start(victim.role);
    }

    const ended = async (role: User['role']) => {
      const alive = users.filter((user) => user.role === role && !user.isKilled);
      for (const { fixture } of alive) fixture.say('end');
      for (const { fixture } of alive)
        expect([await fixture.exited, fixture.stderr]).toEqual([{ code: 0, signal: null }, '']);
    };
    await ended('giver');
    const calls = () => server.command('HLEN', `${namespace}:{pool:work}:calls`);
    // Those of the killed ones are done all the same.
    await eventually('all calls have ended', async () => (await calls()) === ':0', { within: 60_000 });
    await ended('machine');

    const killed = (role: User['role']) => users.filter((user) => user.role === role && user.isKilled);
    const killedMachines = new Set(killed('machine').map(({ fixture }) => String(fixture.pid)));
    const begun = counts(readFileSync(file, 'utf8'), 'begun');
    const finished = counts(readFileSync(file, 'utf8'), 'finished');
    let values = 0;
    for (const [number, { role, fixture, isKilled }] of users.entries()) {
      if (role === 'machine') continue;
      const lines = await fixture.rest();
      const given = isKilled ? undefined : Number(/^given (\d+)$/.exec(lines.pop() ?? '')?.[1]);
      const ends = lines.map(endOf);
      // None ends twice, and of one that lives none is left.
      expect(new Set(ends.map(({ key }) => key)).size).toBe(ends.length);
      if (given !== undefined) {
        const keys = Array.from({ length: given }, (_, index) => `${number}:${index}`);
        expect(ends.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
      }
      for (const { how, kind, key, detail } of ends) {
        expect(how, `${key} ${detail}`).not.toBe('other');
        if (how === 'value') {
          values++;
          expect(finished.get(key) ?? 0, key).toBeGreaterThan(0);
        } else {
          expect(killedMachines, key).toContain(detail);
          if (kind === 'again') expect(killedMachines.size).toBeGreaterThanOrEqual(MOST_DEATHS);
        }
        const most = kind === 'once' ? 1 : MOST_DEATHS;
        expect(begun.get(key) ?? 0, key).toBeLessThanOrEqual(most);
      }
    }
    expect(values).toBeGreaterThan(KILLS);
    // Also those of killed givers: nobody could hear how they ended.
    for (const [key, count] of counts(readFileSync(file, 'utf8'), 'begun once')) expect(count, key).toBe(1);
    expect([killed('giver').length > 0, killedMachines.size > 0]).toEqual([true, true]);
  });
});

function endOf(line: string): End {
  const [how, kind, key, ...detail] = line.split(' ');
  return { how, kind, key, detail: detail.join(' ') } as End;
}

/** How often each key is in a line that begins with these words. */
function counts(text: string, words: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n').filter((each) => each.startsWith(`${words} `))) {
    const key = line.slice(line.lastIndexOf(' ') + 1);
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return found;
}
