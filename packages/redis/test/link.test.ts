import { describeNeeding, type Fixture, leakCheck, RedisServer, spawnFixture, TwoHosts } from '@mp/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

leakCheck();

const HOLDER = new URL('./fixtures/far-holder.mjs', import.meta.url);
const CLIENT = new URL('./fixtures/lock-client.mjs', import.meta.url);

describeNeeding(
  RedisServer.missing ?? TwoHosts.missing,
  'a link between two hosts that is cut for 5 s',
  () => {
    let hosts: TwoHosts;
    let server: RedisServer;
    let near: Fixture | undefined;
    let far: Fixture | undefined;
    beforeEach(async () => {
      hosts = TwoHosts.make();
      server = await RedisServer.start({ host: hosts.left.address, prefix: hosts.left.prefix });
    });
    afterEach(async () => {
      for (const each of [near, far]) await each?.kill();
      await server.stop();
      hosts.close();
    });

    test('a short lease is lost and its holder told, a longer one stays, and all goes on after it', async () => {
      const args = [server.url, 'cut'];
      far = spawnFixture(HOLDER, { args, prefix: hosts.right.prefix });
      expect(await far.line()).toBe('held');
      near = spawnFixture(CLIENT, { args: [...args, 'short', '30000'], prefix: hosts.left.prefix });
      expect(await near.line()).toBe('connected');
      near.say('acquire');
      const whole = new Promise((resolve) => setTimeout(resolve, 5_000));
      hosts.cut();
      // The holder knows by its own clock: it cannot ask.
      expect(await far.line()).toBe('lost short');
      expect(Number(await near.line())).toBeGreaterThan(0);
      near.say('set go');
      expect(await near.line()).toBe('set');
      await whole;
      far.say('ask');
      expect(JSON.parse(await far.line())).toEqual({ short: false, long: true });
      hosts.mend();
      far.say('add');
      expect(await far.line()).toBe('0');
      far.say('ask');
      expect(JSON.parse(await far.line())).toEqual({ short: false, long: true });
      // What was told while it was cut off is not missed.
      far.say('wait');
      expect(await far.line()).toBe('true');
      near.say('held');
      expect(await near.line()).toBe('true');
      far.say('close');
      expect(await far.exited).toEqual({ code: 0, signal: null });
    });
  },
);
