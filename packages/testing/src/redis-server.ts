import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from './eventually.ts';

/** How a {@link RedisServer} is started. */
export interface RedisServerOptions {
  /** More arguments: `['--appendonly', 'yes']`. It writes no file unless they say so. */
  readonly args?: readonly string[];
  /** The address it listens on. Default: the loopback. */
  readonly host?: string;
  /** What stands before the command, like that of a {@link Host}. It must become the command, not start it. */
  readonly prefix?: readonly string[];
  /** Makes it a node of a cluster, which has one more port, to speak to the others. */
  readonly isNode?: boolean;
}

/** The program that is started: also that of a Valkey. */
const PROGRAM = process.env.MP_REDIS_SERVER || 'redis-server';

/** A real Redis for one test or one test file: on a free port, with a folder of its own. */
export class RedisServer implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly busPort: number | undefined;
  readonly #args: readonly string[];
  readonly #prefix: readonly string[];
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, busPort: number | undefined, options: RedisServerOptions) {
    const { args = [], host = '127.0.0.1', prefix = [] } = options;
    this.host = host;
    this.port = port;
    this.busPort = busPort;
    this.#args =
      busPort === undefined ? args : ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), ...args];
    this.#prefix = prefix;
    this.#folder = mkdtempSync(join(tmpdir(), 'mp-redis-'));
  }

  /** Why it cannot be started here; `undefined` when it can. */
  static get missing(): string | undefined {
    const { error } = spawnSync(PROGRAM, ['--version']);
    return error === undefined ? undefined : `there is no command "${PROGRAM}" (Debian: redis-server)`;
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 0; ; attempt++) {
      const busPort = options.isNode ? await freePort() : undefined;
      const server = new RedisServer(await freePort(), busPort, options);
      try {
        await server.run();
        return server;
      } catch (error) {
        await server.stop();
        // Somebody was faster to take the port.
        if (attempt === 3) throw error;
      }
    }
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it again, on the same port and with what its files hold. */
  async run(): Promise<void> {
    const settings = ['--port', String(this.port), '--bind', this.host, '--dir', this.#folder];
    const [command, ...rest] = [
      ...this.#prefix,
      PROGRAM,
      ...settings,
      ...['--save', '', '--appendonly', 'no', '--protected-mode', 'no'],
      ...this.#args,
    ];
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(line);
      if (line.includes('Ready to accept connections')) {
        child.stdout.resume();
        return;
      }
    }
    throw new Error(`${PROGRAM} did not start:\n${said.join('\n')}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Stops it until it gets SIGCONT: it answers nothing that is sent from here on. */
  async pause(): Promise<void> {
    this.signal('SIGSTOP');
    await eventually('it is stopped', () =>
      /^State:\s+T/m.test(readFileSync(`/proc/${this.pid}/status`, 'utf8')),
    );
  }

  /** Ends it at once. Its files stay. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Ends it, and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What it answers to a command, in its protocol: `+OK`, `:1`, `$3\r\nabc`. */
  async command(...words: string[]): Promise<string> {
    const socket = connect(this.port, this.host);
    await once(socket, 'connect');
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${parts.join('')}*1\r\n$4\r\nQUIT\r\n`);
    let answer = '';
    for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
    return answer.replace(/\r\n\+OK\r\n$/, '').trim();
  }

  /** How many commands it has run that are not of {@link RedisServer.command}, by their names. */
  async calls(): Promise<Record<string, number>> {
    const info = await this.command('INFO', 'commandstats');
    const calls: Record<string, number> = {};
    for (const [, name, count] of info.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)) calls[name] = Number(count);
    delete calls.info;
    delete calls.quit;
    return calls;
  }
}

/** A port of the loopback that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
