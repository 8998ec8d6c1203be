import { inspect } from 'node:util';
import { MpError, type WaitOptions } from '@mp/core';
import {
  atDeadline,
  type Channel,
  deadlineIn,
  deadlineOf,
  processLock,
  REFUSE,
  threadState,
  trace,
} from '@mp/core/internal';
import { isImporting } from './import-scope.ts';
import { mainUrl } from './is-main.ts';
import { getLogger, logState } from './logging.ts';
import { FAILURE, MadeOrder, readRecord } from './order.ts';
import { processState } from './state.ts';
import { taskRef } from './task.ts';

/** What a {@link Child} may be told. */
export interface ChildOptions<A extends readonly unknown[]> {
  /** The task to run. A subclass with its own `run()` needs none. */
  target?: ((...args: A) => unknown) | undefined;
  /** What it is called with. The values are copied; handles of `@mp` are shared. */
  args?: A | undefined;
  /** Name for messages. Default: the class and a number, like `Process-1`, and `Process-1:1` for its children. */
  name?: string | undefined;
  /** Whether it ends with this process instead of being waited for. Default: whether this process is a daemon. */
  daemon?: boolean | undefined;
}

/** How a started child ended. */
export interface Ending {
  /** Exit status; `-n` when signal `n` ended it. */
  exitCode: number;
  signal?: NodeJS.Signals | undefined;
  /** Why it could not start, or what ended it, when the system says so. */
  error?: Error | undefined;
}

/** A child that runs, as the system sees it. */
export interface Launched {
  readonly pid: number | undefined;
  kill(signal: NodeJS.Signals): void;
  ref(): void;
  unref(): void;
}

/** What processes and threads have in common: a task, arguments, a life. */
export abstract class Child<A extends readonly unknown[] = readonly unknown[]> {
  readonly #target: ((...args: never[]) => unknown) | undefined;
  readonly #args: readonly unknown[];
  readonly #name: string;
  readonly #daemon: boolean;
  readonly #kind: 'Process' | 'Thread';
  readonly #lineage: number[];
  readonly #whenEnded = new Set<(ending: Ending) => void>();
  #channel: Channel | undefined;
  #launched: Launched | undefined;
  #ending: Ending | undefined;
  #error: unknown;
  #joiners = 0;
  #closed = false;

  /** Starts the child that finds its orders in `channel`. */
  protected abstract launch(channel: string, onEnd: (ending: Ending) => void): Launched;

  constructor(options: ChildOptions<A>, kind: 'Process' | 'Thread') {
    if (options === null || typeof options !== 'object') {
      throw new TypeError(
        `options must be an object like { target, args }, not ${options === null ? 'null' : typeof options}`,
      );
    }
    const { target, args, name, daemon } = options;
    if (target !== undefined && typeof target !== 'function') {
      throw new TypeError(`target must be a task, not ${target === null ? 'null' : typeof target}`);
    }
    if (args !== undefined && !Array.isArray(args))
      throw new TypeError(`args must be an array, not a ${typeof args}`);
    if (name !== undefined && typeof name !== 'string')
      throw new TypeError(`name must be a string, not a ${typeof name}`);
    if (daemon !== undefined && typeof daemon !== 'boolean')
      throw new TypeError(`daemon must be a boolean, not a ${typeof daemon}`);
    const state = processState();
    this.#kind = kind;
    this.#target = target as ((...args: never[]) => unknown) | undefined;
    this.#args = args ?? [];
    this.#lineage = [...state.lineage, ++state.started[kind]];
    this.#name = name ?? `${this.constructor.name || kind}-${this.#lineage.join(':')}`;
    this.#daemon = daemon ?? state.daemon;
  }

  /** Its name, for messages. */
  get name(): string {
    return this.#name;
  }

  /** Whether it ends with this process instead of being waited for. */
  get daemon(): boolean {
    return this.#daemon;
  }

  /** What runs over there: calls `target` with `args`. A subclass may have its own. */
  run(): unknown {
    return this.#target?.(...(this.#args as never[]));
  }

  /**
   * Starts it. Its task runs as soon as its module is imported there.
   *
   * @throws TypeError when the target is not a task, or it was started before
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of an argument that cannot be sent
   * @throws MpError `ERR_MP_UNGUARDED_MAIN` when a child starts it while it still imports the module of its task,
   * `ERR_MP_NO_SPACE` when the segment directory is full
   */
  start(): void {
    this.#assertOpen();
    if (this.#launched !== undefined) throw new TypeError(`${this.#name} was started before: make a new one`);
    const state = processState();
    if (isImporting()) throw unguarded(this.#name);
    const isOwnClass = !Object.hasOwn(this.constructor, 'isBuiltIn');
    const order = new MadeOrder({
      name: this.#name,
      daemon: this.#daemon,
      lineage: this.#lineage,
      parent: { pid: process.pid, name: state.name },
      parentLock: processLock(),
      log: { ...logState() },
      entry: threadState.entry ?? mainUrl(),
      subclass: isOwnClass ? taskRef(this.constructor, `the class ${this.constructor.name}`) : undefined,
      target: this.#target && taskRef(this.#target, 'target'),
      args: this.#args,
      fields: isOwnClass ? ({ ...this } as Record<string, unknown>) : {},
    });
    try {
      this.#launched = this.launch(order.channel.segment.file, (ending) => this.#end(ending));
    } catch (error) {
      order.drop();
      throw error;
    }
    order.sent();
    this.#channel = order.channel;
    if (this.#daemon) this.#launched.unref();
    state.children.add(this);
    getLogger().debug('started %s, pid %d', this.#name, this.pid);
    trace('process.start', { name: this.#name, kind: this.#kind, pid: this.pid });
  }

  /** Its process id, once started; that of this process for a thread. */
  get pid(): number | undefined {
    return this.#launched?.pid;
  }

  /** Whether it was started and has not ended. */
  get isAlive(): boolean {
    this.#assertOpen();
    return this.#launched !== undefined && this.#ending === undefined;
  }

  /**
   * How it ended: `undefined` while it runs, 0 when its task returned, 1 when that threw, what it gave to
   * `process.exit()`, or `-n` when signal `n` ended it. For a thread, `terminate()` and `kill()` count as -15 and -9.
   */
  get exitCode(): number | undefined {
    return this.#ending?.exitCode;
  }

  /** The error that ended it, with its stack over there; `undefined` when there was none. */
  get error(): unknown {
    return this.#error;
  }

  /**
   * Waits until it has ended.
   *
   * @param options `timeout` in ms, `signal`
   * @returns `false` when it still runs after `timeout` ms
   */
  async join(options?: WaitOptions): Promise<boolean> {
    this.#assertOpen();
    if (this.#launched === undefined) throw new TypeError(`Cannot join ${this.#name}: it was not started`);
    const signal = options?.signal;
    const deadline = deadlineOf(options);
    if (this.#ending !== undefined) return true;
    if (deadline === -Infinity) return false;
    let cancel = () => {};
    let onAbort = () => {};
    let onEnd = () => {};
    this.#hold();
    try {
      return await new Promise<boolean>((resolve, reject) => {
        onEnd = () => resolve(true);
        this.#whenEnded.add(onEnd);
        if (deadline !== Infinity) cancel = atDeadline(deadline, () => resolve(false));
        onAbort = () => reject(signal?.reason);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      cancel();
      signal?.removeEventListener('abort', onAbort);
      this.#whenEnded.delete(onEnd);
      this.#letGo();
    }
  }

  /**
   * Asks it to end, by SIGTERM. A thread cannot be asked: it is ended where it stands.
   *
   * @param options `grace`: milliseconds after which SIGKILL follows. Default: never
   */
  terminate(options: { grace?: number } = {}): void {
    const { grace } = options;
    const deadline = deadlineIn(grace, 'grace');
    this.#signal('SIGTERM');
    if (deadline === Infinity || this.#ending !== undefined) return;
    this.#whenEnded.add(atDeadline(deadline, () => this.#signal('SIGKILL')));
  }

  /** Ends it at once, a process by SIGKILL. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  /**
   * Lets go of what is left of it. Safe to call again.
   *
   * @throws TypeError while it runs
   */
  close(): void {
    if (!this.#closed && this.isAlive)
      throw new TypeError(`Cannot close ${this.#name} while it runs: join() or kill() it`);
    this.#closed = true;
  }

  /** Joins it, if it was started, and closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed && this.#launched !== undefined) await this.join();
    this.close();
  }

  /** @internal Runs `listener` when it has ended, or at once if it has. */
  onEnd(listener: (ending: Ending) => void): void {
    if (this.#ending !== undefined) listener(this.#ending);
    else this.#whenEnded.add(listener);
  }

  /** @internal */
  get [REFUSE](): string {
    return `a ${this.#kind} belongs to the process that made it; send a Queue, a Lock or its pid`;
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    processState().children.delete(this);
    const said = this.#failure();
    this.#channel?.close();
    // A child may survive an error that it reported, when it handles uncaught exceptions itself.
    this.#error = ending.exitCode === 0 ? undefined : (said ?? ending.error);
    // Nobody over there could print it.
    if (said === undefined && ending.error !== undefined) {
      process.stderr.write(`${this.#name}:\n${inspect(ending.error)}\n`);
    }
    const { exitCode, signal } = ending;
    getLogger().debug('%s ended with exitCode %d', this.#name, exitCode);
    trace('process.end', { name: this.#name, exitCode, signal, error: this.#error });
    const listeners = [...this.#whenEnded];
    this.#whenEnded.clear();
    for (const listener of listeners) listener(ending);
  }

  #failure(): unknown {
    try {
      return this.#channel && readRecord(this.#channel, FAILURE);
    } catch (error) {
      return error;
    }
  }

  #signal(signal: NodeJS.Signals): void {
    this.#assertOpen();
    if (this.#launched === undefined) throw new TypeError(`Cannot end ${this.#name}: it was not started`);
    if (this.#ending === undefined) this.#launched.kill(signal);
  }

  #hold(): void {
    if (this.#joiners++ === 0) this.#launched?.ref();
  }

  #letGo(): void {
    if (--this.#joiners === 0 && this.#daemon) this.#launched?.unref();
  }

  #assertOpen(): void {
    if (this.#closed) throw new TypeError(`${this.#name} was closed`);
  }
}

function unguarded(name: string): MpError {
  return new MpError(
    'ERR_MP_UNGUARDED_MAIN',
    `Cannot start ${name} while this child still imports the module of its task: every child would start more. ` +
      'Put what starts things behind: if (isMain(import.meta)) { … }',
  );
}
