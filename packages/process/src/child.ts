import { inspect } from 'node:util';
import type { WaitOptions } from '@mp/core';
import {
  atDeadline,
  type Channel,
  checkOptions,
  deadlineIn,
  REFUSE,
  type Readiness,
  singleton,
  threadState,
  trace,
  WAITABLE,
  type Waitable,
  WorkerDiedError,
  waitAny,
} from '@mp/core/internal';
import { type ChildOptions, checkChildOptions } from './child-options.ts';
import { assertGuarded } from './import-scope.ts';
import { getLogger, logState } from './logging.ts';
import { mainUrl } from './main-module.ts';
import { FAILURE, LAST_WORDS, MadeOrder, takeRecord } from './order.ts';
import { processState } from './state.ts';
import { putStderr } from './stderr.ts';
import { taskRef } from './task.ts';

/** How a started child ended. */
export interface Ending {
  /** Exit status; `-n` when signal `n` ended it. */
  exitCode: number;
  signal?: NodeJS.Signals | undefined;
  /** Why it could not start, or what ended it, when the system says so. */
  error?: Error | undefined;
}

/** The means to control a child that was launched. */
export interface Launched {
  readonly pid: number | undefined;
  kill(signal: NodeJS.Signals): void;
  ref(): void;
  unref(): void;
}

/** What processes and threads have in common: a task, its arguments, a start and an end. */
export abstract class Child<A extends readonly unknown[] = readonly unknown[]> implements Waitable {
  #target: ((...args: never[]) => unknown) | undefined;
  #args: readonly unknown[];
  readonly #name: string;
  readonly #daemon: boolean;
  readonly #kind: 'Process' | 'Thread';
  readonly #lineage: number[];
  readonly #whenEnded = new Set<(ending: Ending) => void>();
  #channel: Channel | undefined;
  #launched: Launched | undefined;
  #ending: Ending | undefined;
  #error: unknown;
  #waits = 0;
  #closed = false;

  /** Starts the child that finds its orders in `channel`. */
  protected abstract launch(channel: string, onEnd: (ending: Ending) => void): Launched;

  constructor(options: ChildOptions<A>, kind: 'Process' | 'Thread') {
    checkChildOptions(options as ChildOptions<never>);
    const { target, args, name, daemon } = options;
    const state = processState();
    this.#kind = kind;
    this.#target = target as ((...args: never[]) => unknown) | undefined;
    this.#args = args ?? [];
    this.#lineage = [...state.lineage, ++state.started[kind]];
    // A minifier renames our classes.
    const what = Object.hasOwn(this.constructor, 'isBuiltIn') ? kind : this.constructor.name || kind;
    this.#name = name ?? `${what}-${this.#lineage.join(':')}`;
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

  /** What runs in the child: calls `target` with `args`. A subclass may have its own. */
  run(): unknown {
    return this.#target?.(...(this.#args as never[]));
  }

  /**
   * Starts it. Its task runs as soon as its module is imported in the child.
   *
   * @throws TypeError when the target is not a task, or it was started before
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of an argument that cannot be sent
   * @throws MpError `ERR_MP_TASK_NOT_FOUND` when its task stands in a program without a file (`node -e`),
   * `ERR_MP_UNGUARDED_MAIN` when a child starts it while it still imports the module of its task,
   * `ERR_MP_NO_SPACE` when the segment directory is full
   */
  start(): void {
    this.#assertOpen();
    if (this.#launched !== undefined) throw new TypeError(`${this.#name} was started before: make a new one`);
    const state = processState();
    assertGuarded(this.#name);
    const isOwnClass = !Object.hasOwn(this.constructor, 'isBuiltIn');
    const order = new MadeOrder({
      name: this.#name,
      daemon: this.#daemon,
      lineage: this.#lineage,
      parent: { pid: process.pid, name: state.name },
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
    // The child has a copy, so a program that keeps this object does not keep the arguments alive with it.
    this.#target = undefined;
    this.#args = [];
    if (this.#daemon) this.#launched.unref();
    runningChildren().add(this);
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

  /**
   * The error that ended it, with the stack it had in the child; `undefined` when there was none. A `WorkerDiedError`
   * (`ERR_MP_WORKER_DIED`) when it exited before it was up, as with flags that `node` refuses: its task did not begin.
   */
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
    return (await waitAny([this], options)).length > 0;
  }

  /**
   * Asks it to end, by SIGTERM. A thread cannot be asked: it is ended where it stands.
   *
   * @param options `grace`: milliseconds after which SIGKILL follows. Default: never
   */
  terminate(options: { grace?: number } = {}): void {
    checkOptions(options, 'terminate()', ['grace']);
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

  /** @internal Ready when it has ended, for `wait()` of `@mp/pipe`. */
  [WAITABLE](): Readiness {
    this.#assertOpen();
    if (this.#launched === undefined)
      throw new TypeError(`Cannot wait for ${this.#name}: it was not started`);
    return {
      isReady: () => this.#ending !== undefined,
      whenReady: (run) => {
        this.#hold();
        this.#whenEnded.add(run);
        return () => {
          this.#whenEnded.delete(run);
          this.#letGo();
        };
      },
    };
  }

  /** @internal */
  get [REFUSE](): string {
    return `a ${this.#kind} belongs to the process that made it; send a Queue, a Lock or its pid`;
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    runningChildren().delete(this);
    const said = this.#lastReport();
    const unheard = this.#channel?.isReceived === false;
    this.#channel?.close();
    this.#error = said ?? ending.error ?? (unheard ? this.#diedAtStart(ending) : undefined);
    // The child could not print this error itself.
    if (said === undefined && ending.error !== undefined) {
      putStderr(`${this.#name}:\n${inspect(ending.error)}\n`);
    }
    const { exitCode, signal } = ending;
    getLogger().debug('%s ended with exitCode %d', this.#name, exitCode);
    trace('process.end', { name: this.#name, exitCode, signal, error: this.#error });
    const listeners = [...this.#whenEnded];
    this.#whenEnded.clear();
    for (const listener of listeners) listener(ending);
  }

  /** The error of a child that ended by itself before it looked what to do. */
  #diedAtStart({ exitCode, signal }: Ending): WorkerDiedError | undefined {
    if (signal !== undefined) return undefined;
    const message = `${this.#name} exited with code ${exitCode} before it was up: its standard error says why`;
    return new WorkerDiedError(message, { pid: this.pid ?? 0, exitCode });
  }

  /** Prints the text that the child left for this process to print. @returns the error it told of last */
  #lastReport(): unknown {
    let said: unknown;
    try {
      for (let record = this.#take(); record !== undefined; record = this.#take()) {
        if (record.flags === FAILURE) said = record.value;
        if (record.flags === LAST_WORDS) putStderr(String(record.value));
      }
    } catch (error) {
      said ??= error;
    }
    return said;
  }

  #take() {
    return this.#channel && takeRecord(this.#channel);
  }

  #signal(signal: NodeJS.Signals): void {
    this.#assertOpen();
    if (this.#launched === undefined) throw new TypeError(`Cannot end ${this.#name}: it was not started`);
    if (this.#ending === undefined) this.#launched.kill(signal);
  }

  #hold(): void {
    if (this.#waits++ === 0) this.#launched?.ref();
  }

  #letGo(): void {
    if (--this.#waits === 0 && this.#daemon) this.#launched?.unref();
  }

  #assertOpen(): void {
    if (this.#closed) throw new TypeError(`${this.#name} was closed`);
  }
}

/** The children of this thread that run. */
export function runningChildren(): Set<Child> {
  return singleton('children', () => new Set<Child>());
}
