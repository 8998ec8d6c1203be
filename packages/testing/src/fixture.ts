import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PATIENCE } from './patience.ts';

/** How long a test waits for a fixture's next line before it fails. */
const LINE_WITHIN_MS = 30_000 * PATIENCE;

/** What a fixture may be started with. */
export interface FixtureOptions {
  /** Its `process.argv.slice(2)`. */
  args?: readonly string[];
  /** Changes to this process's environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Options of `node` itself. */
  execArgv?: readonly string[];
  /** What stands before the command, like that of a {@link Host}. It must become the command, not start it. */
  prefix?: readonly string[];
}

/** How a process ended: one of the two is `null`. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A small program that a test runs in a process of its own. */
export interface Fixture {
  readonly pid: number;
  /** Resolves when it has ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** Everything it wrote to stderr so far. */
  readonly stderr: string;
  /**
   * The next line of its stdout, from the first on.
   *
   * @throws Error when none comes within 30 s (`MP_TEST_PATIENCE` times as long), or it ended without one; the message shows its stderr
   */
  line(): Promise<string>;
  /** All lines of its stdout that were not read yet, once that has ended. */
  rest(): Promise<string[]>;
  /** Writes a line to its stdin. */
  say(text: string): void;
  /** Sends a signal. @returns how it ended, once that was seen */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
}

/** Fixtures that were started in this process and did not end yet. */
export const runningFixtures = new Map<Fixture, string>();

/** What fixtures of this process were warned of by Node, as "<fixture>: <warning>". */
export const fixtureWarnings: string[] = [];

/**
 * Runs `program` under this Node. It gets the environment of this process, so a test file that called `leakCheck()`
 * shares its segment directory with it.
 *
 * @param program URL of a plain JavaScript file: `new URL('./fixtures/hold-lock.mjs', import.meta.url)`
 *
 * @example
 * ```text
 * const holder = spawnFixture(new URL('./fixtures/hold-lock.mjs', import.meta.url), { args: ['name'] });
 * expect(await holder.line()).toBe('held');
 * await holder.kill();
 * ```
 */
export function spawnFixture(program: URL | string, options: FixtureOptions = {}): Fixture {
  const path = fileURLToPath(program);
  const { args = [], env = {}, execArgv = [], prefix = [] } = options;
  const [command, ...rest] = [...prefix, process.execPath, ...execArgv, path, ...args];
  const child = spawn(command, rest, { env: { ...process.env, ...env } });
  const { pid } = child;
  if (pid === undefined) {
    child.on('error', () => {});
    throw new Error(`Cannot start ${path}: the system made no process`);
  }
  return follow(child, pid, `${path.slice(path.lastIndexOf('/') + 1)} (pid ${pid})`);
}

function follow(child: ChildProcessWithoutNullStreams, pid: number, title: string): Fixture {
  let stderr = '';
  const lines = new LineQueue((why) => {
    const said = stderr.trim() === '' ? 'nothing' : `\n${stderr.trim()}`;
    return new Error(`Cannot read the next line of ${title}: ${why}. Its stderr says: ${said}`);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout })
    .on('line', (line) => lines.push(line))
    .on('close', () => lines.end());
  // A killed reader is what tests are about; they learn of it from `exited`.
  child.stdin.on('error', () => {});

  const exited = new Promise<Exit>((resolve) => {
    child.on('exit', (code, signal) => {
      runningFixtures.delete(fixture);
      resolve({ code, signal });
    });
  });
  child.on('close', () => {
    for (const warning of stderr.match(/^\(node:\d+\) .*Warning.*$/gm) ?? []) {
      fixtureWarnings.push(`${title}: ${warning}`);
    }
  });

  const fixture: Fixture = {
    pid,
    exited,
    get stderr() {
      return stderr;
    },
    line: () => lines.next(),
    rest: () => lines.rest(),
    say: (text) => {
      child.stdin.write(`${text}\n`);
    },
    kill: (signal = 'SIGKILL') => {
      child.kill(signal);
      return exited;
    },
  };
  runningFixtures.set(fixture, title);
  return fixture;
}

interface Reader {
  resolve(line: string): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** Lines in the order they came, for readers in the order they asked. */
export class LineQueue {
  readonly #lines: string[] = [];
  readonly #readers: Reader[] = [];
  readonly #failure: (why: string) => Error;
  readonly #end: Promise<void>;
  #announceEnd: () => void = () => {};
  #ended = false;

  constructor(failure: (why: string) => Error) {
    this.#failure = failure;
    this.#end = new Promise((resolve) => {
      this.#announceEnd = resolve;
    });
  }

  push(line: string): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#lines.push(line);
    else {
      clearTimeout(reader.timer);
      reader.resolve(line);
    }
  }

  end(): void {
    this.#ended = true;
    this.#announceEnd();
    // stderr is another stream: what it says about the end may be still under way.
    setImmediate(() => {
      for (const reader of this.#readers.splice(0)) {
        clearTimeout(reader.timer);
        reader.reject(this.#failure('its stdout ended'));
      }
    });
  }

  async rest(): Promise<string[]> {
    await this.#end;
    return this.#lines.splice(0);
  }

  next(): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#ended) return Promise.reject(this.#failure('its stdout ended'));
    return new Promise((resolve, reject) => {
      const reader: Reader = {
        resolve,
        reject,
        timer: setTimeout(() => {
          this.#readers.splice(this.#readers.indexOf(reader), 1);
          reject(this.#failure(`none came within ${LINE_WITHIN_MS / 1000} s`));
        }, LINE_WITHIN_MS),
      };
      this.#readers.push(reader);
    });
  }
}
