import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Fixture, spawnFixture } from '@mp/testing';
import { expect } from 'vitest';

/** A call on a shared object: its class, its options, the method and its arguments. */
export interface Deed {
  kind: string;
  options?: object;
  method?: string;
  args?: unknown[];
}

/** A process that does with shared objects what a test tells it. */
export class Actor {
  readonly fixture: Fixture = spawnFixture(new URL('fixtures/actor.mjs', import.meta.url));

  get pid(): number {
    return this.fixture.pid;
  }

  /** Does it to the end. */
  async does(deed: Deed): Promise<void> {
    this.fixture.say(JSON.stringify(deed));
    expect(await this.fixture.line()).toBe('done');
  }

  /** Begins it: it will wait. */
  async begins(deed: Deed): Promise<void> {
    this.fixture.say(JSON.stringify({ ...deed, begins: true }));
    expect(await this.fixture.line()).toBe('begins');
  }

  stop(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  async kill(): Promise<void> {
    await this.fixture.kill();
  }
}

/** How a command ended. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  // biome-ignore lint/suspicious/noExplicitAny: what --json prints is looked at by the tests
  json: any;
}

const PROGRAM = fileURLToPath(new URL('../dist/mp.js', import.meta.url));

/** Runs `mp` to its end. */
export function mp(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, NO_COLOR: '1', ...env }, maxBuffer: 64 << 20 };
    execFile(process.execPath, [PROGRAM, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      const get = () => JSON.parse(stdout);
      resolve(Object.defineProperty({ code, stdout, stderr }, 'json', { get }) as Ran);
    });
  });
}
