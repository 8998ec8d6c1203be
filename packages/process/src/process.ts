import type { ChildProcess, StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import { checkOptions, childEnded, childStarted, singleton, thisThread } from '@mp/core/internal';
import { bootArguments, bootProgram } from './boot.ts';
import { Child, type Ending, type Launched, runningChildren } from './child.ts';
import { CHILD_OPTIONS, type ChildOptions, checkFlags, type RequiredArgs } from './child-options.ts';
import { Spares } from './spares.ts';

/** What a new {@link Process} may be told. */
export interface ProcessOptions<A extends readonly unknown[] = readonly unknown[]> extends ChildOptions<A> {
  /**
   * Its standard streams, as for `child_process.spawn`. Default: it writes to those of this process, and has nothing to
   * read, as in Python.
   */
  stdio?: StdioOptions | undefined;
  /** Its whole environment. Default: this one's. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Flags for its `node`. Default: this one's, without those for debugging and `--eval`. */
  execArgv?: readonly string[] | undefined;
  /** Its working directory. Default: this one's. */
  cwd?: string | undefined;
}

/**
 * A task that runs in a process of its own, as `multiprocessing.Process` of Python with its `spawn` method.
 *
 * It ends when its task has settled and nothing more keeps its event loop alive. A child that is not a daemon keeps
 * this process alive; a daemon is ended by SIGTERM when this process exits. When this process dies in any other way,
 * or the thread that started them is terminated, all of them end within two seconds.
 *
 * @typeParam A parameters of the task
 *
 * @example
 * ```js
 * import { isMain, Process, task } from '@mp/process';
 *
 * export const work = task(import.meta, (from, to) => {
 *   if (from > to) throw new RangeError('nothing to do');
 * });
 *
 * if (isMain(import.meta)) {
 *   const child = new Process({ target: work, args: [1, 10], name: 'worker' });
 *   child.start();
 *   await child.join();
 *   console.log(child.exitCode); // 0
 * }
 * ```
 */
export class Process<A extends readonly unknown[] = readonly unknown[]> extends Child<A> {
  /** @internal Told from a user's subclass, which has to be a task. */
  static readonly isBuiltIn = true;
  readonly #options: Omit<ProcessOptions, 'target' | 'args'>;
  #child: ChildProcess | undefined;

  /**
   * @param options the task, its arguments, and how to run it
   * @throws TypeError on bad options
   */
  constructor(options: ProcessOptions<A> & RequiredArgs<A> = {} as never) {
    checkOptions(options as ProcessOptions, 'Process', [...CHILD_OPTIONS, 'stdio', 'env', 'execArgv', 'cwd']);
    super(options, 'Process');
    // Not the rest: a program that keeps this object does not keep its arguments alive with it.
    const { stdio, env, execArgv, cwd } = options;
    checkFlags(execArgv);
    this.#options = { stdio, env, execArgv, cwd };
  }

  /** What it reads from, when `stdio` has a pipe there. */
  get stdin(): ChildProcess['stdin'] {
    return this.#child?.stdin ?? null;
  }

  /** What it writes to standard output, when `stdio` has a pipe there. */
  get stdout(): ChildProcess['stdout'] {
    return this.#child?.stdout ?? null;
  }

  /** What it writes to standard error, when `stdio` has a pipe there. */
  get stderr(): ChildProcess['stderr'] {
    return this.#child?.stderr ?? null;
  }

  protected override launch(channel: string, onEnd: (ending: Ending) => void): Launched {
    const isPlain = Object.values(this.#options).every((option) => option === undefined);
    const child =
      (isPlain ? spareProcesses().take(channel) : undefined) ??
      spawnNode(bootArguments('child', channel), this.#options);
    this.#child = child;
    endDaemonsAtExit();
    child.once('error', (error) => onEnd({ exitCode: 1, error }));
    child.once('exit', (code, signal) => {
      onEnd(signal === null ? { exitCode: code ?? 1 } : { exitCode: -constants.signals[signal], signal });
    });
    return {
      get pid() {
        return child.pid;
      },
      kill: (signal) => child.kill(signal),
      ref: () => child.ref(),
      unref: () => child.unref(),
    };
  }
}

/** The processes that wait for orders. */
export function spareProcesses(): Spares<ChildProcess> {
  return singleton('spare-processes', () => new Spares<ChildProcess>((args) => spawnNode(args, {})));
}

function spawnNode(args: string[], options: Omit<ProcessOptions, 'target' | 'args'>): ChildProcess {
  const { stdio = ['ignore', 'inherit', 'inherit'], env, execArgv = inheritedFlags(), cwd } = options;
  // Loaded only now: it takes 4 ms, and few processes that run tasks start processes themselves.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const boot = bootProgram(args);
  const text = boot.text === undefined ? [] : ['-e', boot.text];
  const child = spawn(process.execPath, [...execArgv, ...text, boot.script, ...boot.args], {
    stdio,
    env,
    cwd,
  });
  const { pid } = child;
  if (pid !== undefined && !thisThread().isMain) {
    childStarted(pid);
    child.once('exit', () => childEnded(pid));
  }
  return child;
}

/** Flags that are for this process only: its debugger's port, its source text, where it writes a profile. */
const OWN_FLAG =
  /^(--inspect|--debug-port|(?:--eval|--print|-e|-pe?)(?:=|$)|--input-type|--test|--watch|--(cpu|heap)-?prof|--prof)/;

function inheritedFlags(): string[] {
  let own = false;
  return process.execArgv.filter((flag) => {
    // What does not look like a flag is the value of the one before it.
    if (flag.startsWith('-')) own = OWN_FLAG.test(flag);
    return !own;
  });
}

let watching = false;

/** Python, too, ends its daemons when it exits normally. */
function endDaemonsAtExit(): void {
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const child of runningChildren()) if (child.daemon) child.terminate();
  });
}
