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
import { expect, test } from 'vitest';

leakCheck();

const CUT_MS = 5_000;
const at = (name: string) => new URL(`./fixtures/site-pool/${name}`, import.meta.url);

/** What one test has: two hosts, a Redis on the left one, machines that serve a pool there, and a folder they write to. */
class Stage implements AsyncDisposable {
  readonly hosts: TwoHosts;
  readonly folder = mkdtempSync(join(tmpdir(), 'mp-redis-cut-'));
  readonly #server: RedisServer;
  readonly #machines: Fixture[] = [];

  private constructor(hosts: TwoHosts, server: RedisServer) {
    this.hosts = hosts;
    this.#server = server;
  }

  static async make(): Promise<Stage> {
    const hosts = TwoHosts.make();
    const { address, prefix } = hosts.left;
    return new Stage(hosts, await RedisServer.start({ host: address, prefix }));
  }

  async machineOn({ prefix }: Host, visibility: number): Promise<Fixture> {
    const args = [this.#server.url, 'cut', JSON.stringify({ visibility })];
    const machine = spawnFixture(at('machine.mjs'), { args, prefix });
    this.#machines.push(machine);
    expect(await machine.line()).toBe('serves');
    return machine;
  }

  giverOn({ prefix }: Host, what: string): Fixture {
    return spawnFixture(at('giver.mjs'), { args: [this.#server.url, 'cut', what, this.folder], prefix });
  }

  async cut(meanwhile = async () => {}): Promise<void> {
    this.hosts.cut();
    await meanwhile();
    await new Promise((resolve) => setTimeout(resolve, CUT_MS));
    this.hosts.mend();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.#machines) machine.say('end');
    for (const machine of this.#machines) await machine.exited;
    await this.#server.stop();
    this.hosts.close();
    rmSync(this.folder, { recursive: true });
  }
}

async function ended(giver: Fixture): Promise<void> {
  expect([await giver.exited, giver.stderr]).toEqual([{ code: 0, signal: null }, '']);
}

describeNeeding(
  RedisServer.missing ?? TwoHosts.missing,
  'a pool of machines of which one is cut off for 5 s',
  () => {
    test.concurrent('for longer than its visibility: its calls go to another one or are rejected, its tasks are told, its answers refused', async () => {
      await using stage = await Stage.make();
      const { hosts } = stage;
      const far = await stage.machineOn(hosts.right, 3_000);
      const giver = stage.giverOn(hosts.left, 'cut');
      expect(JSON.parse(await giver.line())).toEqual({ pid: far.pid });
      const near = await stage.machineOn(hosts.left, 3_000);
      await stage.cut(async () => {
        await eventually(
          'another one has begun',
          () => readFileSync(join(stage.folder, 'said'), 'utf8').split('\n').length === 3,
          {
            within: 60_000,
          },
        );
        writeFileSync(join(stage.folder, 'said.go'), '');
      });
      const { by, lines, error } = JSON.parse(await giver.line());
      expect([by, lines]).toEqual([near.pid, 2]);
      expect(error).toMatchObject({ code: 'ERR_MP_WORKER_DIED', pid: far.pid });
      await ended(giver);
      const said = () => readFileSync(join(stage.folder, 'said.once'), 'utf8');
      await eventually('its task was told', () => said() === 'begun\nstopped AbortError\n');
    });

    test.concurrent('for less: what it did meanwhile is answered, once', async () => {
      await using stage = await Stage.make();
      const { hosts } = stage;
      const far = await stage.machineOn(hosts.right, 60_000);
      const giver = stage.giverOn(hosts.left, 'far');
      expect(JSON.parse(await giver.line())).toBe('given');
      await stage.cut();
      expect(JSON.parse(await giver.line())).toEqual({ by: far.pid, others: [1, 4, 9], lines: 1 });
      await ended(giver);
    });

    test.concurrent('a giver that is cut off gets the answers that came meanwhile, and gives what it began then', async () => {
      await using stage = await Stage.make();
      const { hosts } = stage;
      const near = await stage.machineOn(hosts.left, 60_000);
      const giver = stage.giverOn(hosts.right, 'far');
      expect(JSON.parse(await giver.line())).toBe('given');
      await stage.cut();
      expect(JSON.parse(await giver.line())).toEqual({ by: near.pid, others: [1, 4, 9], lines: 1 });
      await ended(giver);
    });
  },
);
