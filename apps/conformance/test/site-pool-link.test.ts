import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeNeeding,
  eventually,
  type Fixture,
  type Host,
  leakCheck,
  RedisServer,
  spawnFixture,
  TwoHosts,
} from '@mp/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

leakCheck();

const CUT_MS = 5_000;
const at = (name: string) => new URL(`./fixtures/site-pool/${name}`, import.meta.url);

describeNeeding(
  RedisServer.missing ?? TwoHosts.missing,
  'a pool of machines of which one is cut off for 5 s',
  () => {
    let hosts: TwoHosts;
    let server: RedisServer;
    let folder: string;
    let machines: Fixture[] = [];

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'mp-redis-cut-'));
      hosts = TwoHosts.make();
      server = await RedisServer.start({ host: hosts.left.address, prefix: hosts.left.prefix });
    });
    afterEach(async () => {
      for (const machine of machines) machine.say('end');
      for (const machine of machines) await machine.exited;
      machines = [];
      await server.stop();
      hosts.close();
      rmSync(folder, { recursive: true });
    });

    async function machineOn({ prefix }: Host, visibility: number): Promise<Fixture> {
      const args = [server.url, 'cut', JSON.stringify({ visibility })];
      const machine = spawnFixture(at('machine.mjs'), { args, prefix });
      machines.push(machine);
      expect(await machine.line()).toBe('serves');
      return machine;
    }

    function giverOn({ prefix }: Host, what: string): Fixture {
      return spawnFixture(at('giver.mjs'), { args: [server.url, 'cut', what, folder], prefix });
    }

    async function cut(meanwhile = async () => {}): Promise<void> {
      hosts.cut();
      await meanwhile();
      await new Promise((resolve) => setTimeout(resolve, CUT_MS));
      hosts.mend();
    }

    async function ended(giver: Fixture): Promise<void> {
      expect([await giver.exited, giver.stderr]).toEqual([{ code: 0, signal: null }, '']);
    }

    test('for longer than its visibility: its calls go to another one or are rejected, its tasks are told, its answers refused', async () => {
      const far = await machineOn(hosts.right, 3_000);
      const giver = giverOn(hosts.left, 'cut');
      expect(JSON.parse(await giver.line())).toEqual({ pid: far.pid });
      const near = await machineOn(hosts.left, 3_000);
      await cut(async () => {
        await eventually(
          'another one has begun',
          () => readFileSync(join(folder, 'said'), 'utf8').split('\n').length === 3,
          {
            within: 60_000,
          },
        );
        writeFileSync(join(folder, 'said.go'), '');
      });
      const { by, lines, error } = JSON.parse(await giver.line());
      expect([by, lines]).toEqual([near.pid, 2]);
      expect(error).toMatchObject({ code: 'ERR_MP_WORKER_DIED', pid: far.pid });
      await ended(giver);
      const said = () => readFileSync(join(folder, 'said.once'), 'utf8');
      await eventually('its task was told', () => said() === 'begun\nstopped AbortError\n');
    });

    test('for less: what it did meanwhile is answered, once', async () => {
      const far = await machineOn(hosts.right, 60_000);
      const giver = giverOn(hosts.left, 'far');
      expect(JSON.parse(await giver.line())).toBe('given');
      await cut();
      expect(JSON.parse(await giver.line())).toEqual({ by: far.pid, others: [1, 4, 9], lines: 1 });
      await ended(giver);
    });

    test('a giver that is cut off gets the answers that came meanwhile, and gives what it began then', async () => {
      const near = await machineOn(hosts.left, 60_000);
      const giver = giverOn(hosts.right, 'far');
      expect(JSON.parse(await giver.line())).toBe('given');
      await cut();
      expect(JSON.parse(await giver.line())).toEqual({ by: near.pid, others: [1, 4, 9], lines: 1 });
      await ended(giver);
    });
  },
);
