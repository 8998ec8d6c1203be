import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';
import type { ResourceLimits, SHARE_ENV, Transferable, Worker } from 'node:worker_threads';
import { checkOptions, singleton } from '@mp/core/internal';
import { BEGIN_TEXT, bootArguments, bootProgram } from './boot.ts';
import { Child, type Ending, type Launched } from './child.ts';
import { CHILD_OPTIONS, type ChildOptions, checkFlags, type RequiredArgs } from './child-options.ts';
import { Spares } from './spares.ts';
import { threadLoader } from './thread-loader.ts';

/** What a new {@link Thread} may be told. */
export interface ThreadOptions<A extends readonly unknown[] = readonly unknown[]> extends ChildOptions<A> {
  /** Its whole environment, or `SHARE_ENV` of `node:worker_threads`. Default: a copy of this thread's. */
  env?: NodeJS.ProcessEnv | typeof SHARE_ENV | undefined;
  /** Flags of `node` for it: those that a worker thread may have. Default: this thread's. */
  execArgv?: readonly string[] | undefined;
  /** How much memory it may take, in MB. Default: what Node gives it. */
  resourceLimits?: ResourceLimits | undefined;
}

/**
 * A task that runs in a thread of its own, as `threading.Thread` of Python, and with the same API as `Process`.
 *
 * It has its own event loop and its own copy of every module: what is to be shared travels as a handle (a Queue, a
 * Lock), as between processes. Unlike Python's it can be ended from outside. A thread that is not a daemon keeps this
 * process alive; daemons end with it.
 *
 * @typeParam A parameters of the task
 *
 * @example
 * ```js
 * import { isMain, task, Thread } from '@mp/process';
 *
 * export const work = task(import.meta, (n) => {
 *   for (let i = 0; i < n; i++) Math.sqrt(i);
 * });
 *
 * if (isMain(import.meta)) {
 *   const thread = new Thread({ target: work, args: [1_000_000] });
 *   thread.start();
 *   await thread.join();
 *   console.log(thread.name, thread.exitCode); // Thread-1 0
 * }
 * ```
 */
export class Thread<A extends readonly unknown[] = readonly unknown[]> extends Child<A> {
  /** @internal Told from a user's subclass, which has to be a task. */
  static readonly isBuiltIn = true;
  readonly #options: Omit<ThreadOptions, 'target' | 'args'>;
  #threadId: number | undefined;
  #worker: Worker | undefined;

  /**
   * @param options the task, its arguments, and how to run it
   * @throws TypeError on bad options
   */
  constructor(options: ThreadOptions<A> & RequiredArgs<A> = {} as never) {
    checkOptions(options as ThreadOptions, 'Thread', [...CHILD_OPTIONS, 'env', 'execArgv', 'resourceLimits']);
    super(options, 'Thread');
    // Not the rest: a program that keeps this object does not keep its arguments alive with it.
    const { env, execArgv, resourceLimits } = options;
    checkFlags(execArgv);
    this.#options = { env, execArgv, resourceLimits };
  }

  /** Its number within this process, once started, as its own `threadId` of `node:worker_threads` tells it. */
  get threadId(): number | undefined {
    return this.#threadId;
  }

  /** @internal Posts a message to its `parentPort`. */
  post(message: unknown, transfer: readonly Transferable[]): void {
    this.#worker?.postMessage(message, transfer);
  }

  protected override launch(channel: string, onEnd: (ending: Ending) => void): Launched {
    const isPlain = Object.values(this.#options).every((option) => option === undefined);
    const worker =
      (isPlain ? spareThreads().take(channel) : undefined) ??
      startWorker(bootArguments('child', channel), this.#options, this.name);
    let asked: NodeJS.Signals | undefined;
    let failure: Error | undefined;
    this.#threadId = worker.threadId;
    this.#worker = worker;
    // What the task threw also comes by the channel, with its class. This event is for errors of Node itself.
    worker.once('error', (error: Error) => {
      failure = error;
    });
    worker.once('exit', (code) => {
      // Node reports 0 for a thread that did not have enough memory to start.
      if (failure !== undefined) onEnd({ exitCode: code || 1, error: failure });
      else if (asked === undefined) onEnd({ exitCode: code });
      else onEnd({ exitCode: -constants.signals[asked], signal: asked });
    });
    return {
      pid: process.pid,
      kill: (signal) => {
        asked ??= signal;
        void worker.terminate();
      },
      ref: () => worker.ref(),
      unref: () => worker.unref(),
    };
  }
}

/** The threads that wait for orders. */
export function spareThreads(): Spares<Worker> {
  return singleton('spare-threads', () => new Spares<Worker>((args) => startWorker(args, {}, 'spare')));
}

function startWorker(
  args: readonly string[],
  options: Omit<ThreadOptions, 'target' | 'args'>,
  name: string,
): Worker {
  const { env, execArgv, resourceLimits } = options;
  const loader = execArgv === undefined ? threadLoader() : undefined;
  // Loaded only now: it takes a main thread 2 ms.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const boot = bootProgram([...args, ...(loader === undefined ? [] : [loader])]);
  const text = boot.text ?? textFor(boot.script);
  return new Worker(text ?? boot.script, {
    eval: text !== undefined,
    argv: text === undefined ? boot.args : [boot.script, ...boot.args],
    name,
    ...(env === undefined ? {} : { env }),
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
  });
}

/**
 * A main program that is a module and no file hands on the flag for that (`--input-type`), under which a thread may have
 * no script: a text imports the script there.
 */
function textFor(script: string): string | undefined {
  if (!process.execArgv.some((flag) => flag.startsWith('--input-type'))) return undefined;
  return `${BEGIN_TEXT} import(${JSON.stringify(pathToFileURL(script).href)});`;
}
