import { readdirSync, readFileSync } from 'node:fs';
import type { Manager } from '@mp/manager';
import { eventually, type Fixture, spawnFixture } from '@mp/testing';
import { expect } from 'vitest';
import type { TcpAddress } from './hostile-client.ts';

export const KEY = 'the key of the tests';

/** What the server says of itself. */
export interface Memory {
  readonly rss: number;
  readonly clients: number;
  readonly objects: number;
}

/** A server in a process of its own, and an honest client. */
export class Besieged {
  readonly address: TcpAddress;
  readonly manager: Manager;
  readonly #program: Fixture;

  private constructor(program: Fixture, address: TcpAddress, manager: Manager) {
    this.#program = program;
    this.address = address;
    this.manager = manager;
  }

  static async start(options: object = {}): Promise<Besieged> {
    const order = { address: { host: '127.0.0.1', port: 0 }, options: { authKey: KEY, ...options } };
    const program = spawnFixture(new URL('fixtures/store-server.mjs', import.meta.url), {
      args: [JSON.stringify(order)],
      execArgv: ['--expose-gc'],
    });
    const address = JSON.parse(await program.line());
    const { Stores } = (await import(new URL('fixtures/store.mjs', import.meta.url).href)) as {
      Stores: { connect(address: TcpAddress, options: object): Promise<Manager> };
    };
    return new Besieged(program, address, await Stores.connect(address, { authKey: KEY }));
  }

  /** How many descriptors the server has. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.#program.pid}/fd`).length;
  }

  /** How many processes the server has started that are there. */
  get children(): number {
    const tasks = `/proc/${this.#program.pid}/task`;
    const pids = readdirSync(tasks).flatMap((id) =>
      readFileSync(`${tasks}/${id}/children`, 'utf8').split(' '),
    );
    return pids.filter((pid) => pid !== '').length;
  }

  async memory(): Promise<Memory> {
    this.#program.say('memory');
    return JSON.parse(await this.#program.line());
  }

  /**
   * Runs an attack, during which the honest client makes calls, all of which must succeed. They have no time limit of their
   * own: how long the server computes for an attack depends on what else its machine does. One that never ends is ended
   * with its test.
   */
  async during<T>(attack: () => Promise<T>): Promise<T> {
    const dict = await this.manager.dict<number>();
    let isOver = false;
    const attacked = attack().finally(() => {
      isOver = true;
    });
    let calls = 0;
    const served = (async () => {
      do {
        await dict.set('calls', ++calls);
        expect(await dict.get('calls')).toBe(calls);
        await new Promise((resolve) => setImmediate(resolve));
      } while (!isOver);
    })();
    const [outcome] = await Promise.all([attacked, served]);
    dict[Symbol.dispose]();
    return outcome;
  }

  /** The server is as before: one client, and not much more memory. */
  async assertCalm(mostBytes = 400 << 20): Promise<void> {
    await eventually('all others have gone', async () => (await this.memory()).clients === 1);
    expect((await this.memory()).rss).toBeLessThan(mostBytes);
  }

  async end(): Promise<void> {
    await this.manager.close();
    await this.#program.kill();
  }
}
