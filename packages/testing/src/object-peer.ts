import type { Fixture, FixtureOptions } from './fixture.ts';
import { type PeerKind, spawnPeer } from './thread.ts';

/** What a peer says to a command. */
export interface Said {
  value?: unknown;
  elapsed?: number;
  held?: number;
  recovered?: boolean;
  token?: number;
  error?: string;
  code?: string;
  message?: string;
}

let count = 0;

/** A name that no other test uses. */
export function freshName(): string {
  return `family-${process.pid}-${count++}`;
}

/** A process or thread that has a shared object and calls it as it is told. */
export class ObjectPeer implements AsyncDisposable {
  readonly #fixture: Fixture;
  #ended = false;

  private constructor(fixture: Fixture) {
    this.#fixture = fixture;
  }

  /**
   * Starts a program that makes the object: it gets the name of the class and the arguments as JSON, says a line when it
   * is up, and obeys by `serve` of `@mp/testing/peer`.
   *
   * @param options what else it is started with
   */
  static async run(
    program: URL,
    kind: PeerKind,
    className: string,
    args: readonly unknown[],
    options: Pick<FixtureOptions, 'prefix' | 'execArgv'> = {},
  ): Promise<ObjectPeer> {
    const peer = new ObjectPeer(
      spawnPeer(kind, program, { args: [className, JSON.stringify(args)], ...options }),
    );
    await peer.#fixture.line();
    return peer;
  }

  get pid(): number {
    return this.#fixture.pid;
  }

  /** Calls a method. */
  async call(call: string, ...args: unknown[]): Promise<Said> {
    this.#say({ call, args });
    return this.answer();
  }

  /** Calls a method that will wait. The answer is there later. */
  async begin(call: string, ...args: unknown[]): Promise<void> {
    this.#say({ call, args, notice: true });
    await this.#fixture.line();
  }

  /** Makes one more object. @returns the number of it, for {@link ObjectPeer.beginOn} */
  async open(className: string, ...args: unknown[]): Promise<number> {
    this.#say({ open: [className, ...args] });
    return (await this.answer()).value as number;
  }

  /** Calls a method of another object than the first, which may wait. The answer is there later. */
  async beginOn(on: number, call: string, ...args: unknown[]): Promise<void> {
    this.#say({ on, call, args, notice: true });
    await this.#fixture.line();
  }

  async answer(): Promise<Said> {
    return JSON.parse(await this.#fixture.line());
  }

  async read(property: string): Promise<unknown> {
    this.#say({ read: property });
    return (await this.answer()).value;
  }

  async release(held: number | undefined): Promise<void> {
    this.#say({ release: held });
    await this.answer();
  }

  async kill(): Promise<void> {
    this.#ended = true;
    await this.#fixture.kill();
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    // A test that failed may have left it stopped.
    if (this.pid !== process.pid) void this.#fixture.kill('SIGCONT');
    this.#say({ do: 'end' });
    await this.#fixture.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #say(command: object): void {
    this.#fixture.say(JSON.stringify(command));
  }
}
