import { execFileSync, spawnSync } from 'node:child_process';

/** One of two machines that a test has made: a network namespace. */
export interface Host {
  /** Its address, which the other one reaches. */
  readonly address: string;
  /** What stands before a command that is to run there. */
  readonly prefix: readonly string[];
}

let made = 0;

/**
 * Two hosts with a cable between them, on this machine: network namespaces of Linux, for tests of what crosses a network.
 *
 * A process in one of them can reach the other by TCP, and nothing else.
 */
export class TwoHosts {
  readonly left: Host;
  readonly right: Host;
  readonly #names: readonly [string, string];

  private constructor(names: readonly [string, string]) {
    this.#names = names;
    [this.left, this.right] = names.map((name, index) => ({
      address: addressOf(index),
      prefix: ['ip', 'netns', 'exec', name],
    })) as unknown as [Host, Host];
  }

  /** Why they cannot be made here; `undefined` when they can. */
  static get missing(): string | undefined {
    const name = `mp-try-${process.pid}`;
    const { error, status, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
    if (error !== undefined) return `there is no command "ip" (Debian: iproute2): ${error.message}`;
    if (status !== 0) return `network namespaces cannot be made: ${stderr.trim()}`;
    ip('netns', 'delete', name);
    return undefined;
  }

  /** @throws Error when they cannot be made: see {@link TwoHosts.missing} */
  static make(): TwoHosts {
    const number = ++made;
    const names = ['a', 'b'].map((side) => `mp-${process.pid}-${number}${side}`) as [string, string];
    const hosts = new TwoHosts(names);
    try {
      for (const name of names) ip('netns', 'add', name);
      const [left, right] = names;
      ip('link', 'add', 'cable', 'netns', left, 'type', 'veth', 'peer', 'name', 'cable', 'netns', right);
      for (const [index, name] of names.entries()) {
        ip('-n', name, 'address', 'add', `${addressOf(index)}/24`, 'dev', 'cable');
        for (const device of ['lo', 'cable']) ip('-n', name, 'link', 'set', device, 'up');
      }
    } catch (error) {
      hosts.close();
      throw error;
    }
    return hosts;
  }

  /** Unplugs the cable on the right. What is on its way is lost, and no program is told. */
  cut(): void {
    ip('-n', this.#names[1], 'link', 'set', 'cable', 'down');
  }

  /** Plugs it in again. */
  mend(): void {
    ip('-n', this.#names[1], 'link', 'set', 'cable', 'up');
  }

  /** Removes both. The processes that run there have ended before. */
  close(): void {
    for (const name of this.#names) spawnSync('ip', ['netns', 'delete', name]);
  }
}

function addressOf(index: number): string {
  return `10.231.7.${index + 1}`;
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
