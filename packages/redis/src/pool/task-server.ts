import { availableParallelism, hostname } from 'node:os';
import { ClosedError, NotOwnerError, SerializationError } from '@mp/core';
import { checkOptions } from '@mp/core/internal';
import { toBytes, toValue } from '../message.ts';
import { whole } from '../queue/queue-options.ts';
import type { Argument, Reply } from '../scripts.ts';
import type { Session } from '../session.ts';
import { LOOK_MS } from '../wakes.ts';
import { MEMO_MS, PoolLink } from './pool-link.ts';
import { ANSWER, LEAVE_POOL, PASS_CALLS_ON, RECLAIM_CALLS, TAKE_CALLS } from './scripts.ts';
import type { CallRecord } from './site-pool.ts';
import { type TaskId, taskId } from './task-id.ts';

/** A result of a local pool: what `Pool.apply()` of `@mp/pool` answers. */
export interface LocalResult extends PromiseLike<unknown> {
  /** Gives the work up. */
  cancel(reason?: unknown): boolean;
}

/** How a local pool is told to do a call. */
export interface LocalCall {
  priority?: number;
  taskTimeout?: number;
  retries?: number;
  onProgress?: (value: unknown) => void;
}

/** The local pool of a machine: a `Pool` of `@mp/pool`, or something else that can do this. */
export interface LocalPool {
  apply(
    fn: (...args: readonly unknown[]) => unknown,
    args: readonly unknown[],
    options?: LocalCall,
  ): LocalResult;
}

/** How a machine serves a pool. */
export interface ServeOptions {
  /** Runs the tasks: a `Pool` of this machine. It stays yours, and is not closed. */
  readonly pool: LocalPool;
  /** The tasks that may be run here. Calls of others are left to machines that have them. */
  // biome-ignore lint/complexity/noBannedTypes: functions of any parameters
  readonly tasks: Iterable<Function>;
  /** Calls that are here at the same time, 1 to 65,536. Default: twice the processors, so that no worker waits for the next one. */
  readonly concurrency?: number;
  /** ms after which this machine counts as dead when it is not heard of, 1,000 to 86,400,000. Default: 30,000. */
  readonly visibility?: number;
}

interface Running {
  readonly id: string;
  readonly token: string;
  readonly result: LocalResult;
  isUnwanted: boolean;
}

interface Answer {
  readonly id: string;
  readonly token: string;
  readonly kind: 'done' | 'failed' | 'progress' | 'back';
  readonly bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);
const MOST_ANSWERS = 500;
/** After an answer that could not be sent, the next try. */
const AGAIN_MS = 1_000;

/**
 * One machine of a pool: see `serveTasks()`. It takes calls, has them done by the local pool, and answers.
 *
 * | it is    | which means                                    | until                                                  |
 * | -------- | ---------------------------------------------- | ------------------------------------------------------ |
 * | taking   | a call for work is under way                   | its answer comes                                       |
 * | full     | as many calls are here as may be               | one has ended                                          |
 * | waiting  | there was nothing                              | a wake; what somebody else has may come back; LOOK_MS  |
 * | closed   | it takes nothing                               |                                                        |
 */
export class TaskServer {
  readonly #session: Session;
  readonly #link: PoolLink;
  readonly #pool: LocalPool;
  readonly #tasks = new Map<
    string,
    { readonly id: TaskId; readonly fn: (...args: readonly unknown[]) => unknown }
  >();
  readonly #concurrency: number;
  readonly #running = new Map<string, Running>();
  readonly #answers: Answer[] = [];
  readonly #forget: () => void;
  #isTaking = false;
  #wasWoken = false;
  #isClosed = false;
  #look: NodeJS.Timeout | undefined;
  #answering: Promise<void> | undefined;
  #lastAnswer = 0;
  #turn = 0;
  /** Of all calls that came. */
  #lastToken = '0';
  /** Whether Redis may take other calls for being here than are. */
  #isUnsure = false;
  /** Answers that are on their way. */
  #sending: readonly Answer[] = [];
  #onIdle: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  /** @internal Made by `serveTasks()`. */
  constructor(session: Session, name: string, options: ServeOptions) {
    checkOptions(options, 'serveTasks()', ['pool', 'tasks', 'concurrency', 'visibility']);
    const { pool, tasks, concurrency = 2 * availableParallelism(), visibility = 30_000 } = options;
    if (typeof pool?.apply !== 'function') throw new TypeError('pool must be a Pool: new Pool() of @mp/pool');
    if (typeof tasks?.[Symbol.iterator] !== 'function')
      throw new TypeError('tasks must be the functions that may be run here, like [square]');
    let index = 0;
    for (const fn of tasks) {
      const id = taskId(fn, `tasks[${index++}]`);
      this.#tasks.set(id.hash, { id, fn: fn as never });
    }
    if (this.#tasks.size === 0) throw new RangeError('tasks must name at least one function');
    this.#session = session;
    this.#pool = pool;
    this.#concurrency = whole('concurrency', concurrency, 1, 65_536);
    this.#link = new PoolLink(session, name, {
      visibility: whole('visibility', visibility, 1_000, 86_400_000),
      mark: `:${process.pid}@${hostname().replace(/[^\w.-]/g, '_')}`,
      onLost: (error) => this.#lost(error),
    });
    const { holder } = this.#link;
    holder.on('calls', () => this.#wake());
    holder.on('cancel', (id) => {
      // Without a name, wakes were lost: the answer of a call that was cancelled is refused then.
      if (id !== undefined) this.#cancel(id, new DOMException('The call was cancelled', 'AbortError'));
      this.#take();
    });
    const forgetAgain = session.onAgain(() => {
      this.#isUnsure ||= holder.isKeeping;
      this.#take();
    });
    const forgetClose = session.onClose(() => this.terminate());
    this.#forget = () => {
      forgetAgain();
      forgetClose();
    };
    this.#take();
  }

  /** How many calls are here. */
  get running(): number {
    return this.#running.size;
  }

  /** Takes no more calls, and resolves when those that are here were answered. Safe to call again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Takes no more calls, and gives back those that are here: their tasks are asked to stop, and begin anew on another machine. */
  async terminate(): Promise<void> {
    this.#isClosed = true;
    const error = new ClosedError('This machine serves the pool no more');
    for (const running of [...this.#running.values()]) {
      running.isUnwanted = true;
      this.#answers.push({ id: running.id, token: running.token, kind: 'back', bytes: NOTHING });
      this.#end(running);
      running.result.cancel(error);
    }
    this.#answer();
    await this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#look);
    if (this.#running.size > 0 || this.#isTaking)
      await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    await this.#answering;
    this.#forget();
    // Without Redis there is nobody to leave.
    await this.#link.run(LEAVE_POOL, [this.#link.holder.name, ...this.#tasks.keys()]).catch(() => {});
    this.#link.leave();
  }

  #wake(): void {
    this.#wasWoken = true;
    if (this.#isClosed || this.#running.size >= this.#concurrency)
      this.#link.run(PASS_CALLS_ON, [...this.#tasks.keys()]).catch(() => {});
    else this.#take();
  }

  #take(): void {
    if (this.#isTaking || this.#isClosed) return;
    if (!this.#isUnsure && this.#running.size >= this.#concurrency) return;
    this.#isTaking = true;
    clearTimeout(this.#look);
    this.#look = undefined;
    void this.#takeAll().finally(() => {
      this.#isTaking = false;
      this.#ended();
    });
  }

  async #takeAll(): Promise<void> {
    let ms = LOOK_MS;
    try {
      await this.#link.holder.mayHold();
      for (;;) {
        if (this.#isUnsure) await this.#reclaim();
        const free = this.#concurrency - this.#running.size;
        if (free <= 0 || this.#isClosed) return;
        this.#wasWoken = false;
        const soon = await this.#ask(free);
        if (soon === undefined || this.#wasWoken) continue;
        ms = soon < 0 ? LOOK_MS : Math.min(soon, LOOK_MS);
        break;
      }
    } catch {
      // Redis cannot be reached: it looks again.
    }
    if (!this.#isClosed) this.#look = setTimeout(() => this.#take(), ms);
  }

  /** @returns ms until something may come back, when there was less than could be taken: then it is woken */
  async #ask(free: number): Promise<number | undefined> {
    const { holder } = this.#link;
    const since = holder.now();
    const args: Argument[] = [free, holder.waiter, holder.name, holder.visibility, holder.grace, this.#turn];
    args.push(...this.#tasks.keys());
    let reply: readonly Reply[];
    try {
      reply = (await this.#link.run(TAKE_CALLS, args, 'take')) as readonly Reply[];
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_MP_DISCONNECTED') throw error;
      // What it leased, if it ran, is on no list here.
      await this.#reclaim();
      return undefined;
    }
    if (reply.length > 1) holder.hold(since);
    for (let at = 1; at < reply.length; at += 5) {
      const [id, token, task, , bytes] = reply.slice(at, at + 5) as Buffer[];
      this.#lastToken = String(token);
      this.#begin(String(id), String(token), String(task), bytes);
    }
    return (reply.length - 1) / 5 < free ? (reply[0] as number) : undefined;
  }

  /** Compares what is here with what Redis takes for that, while nothing is being taken. */
  async #reclaim(): Promise<void> {
    const known = [...this.#running.values(), ...this.#unanswered].map(({ token }) => token);
    const args = [this.#link.holder.name, ++this.#turn, MEMO_MS, this.#lastToken, ...known];
    this.#isUnsure = false;
    let reply: readonly Reply[];
    try {
      reply = (await this.#link.run(RECLAIM_CALLS, args, 'take')) as readonly Reply[];
    } catch (error) {
      this.#isUnsure = true;
      throw error;
    }
    const found = new Set(reply.map(String));
    const error = new NotOwnerError('Redis has lost this call: its answer would reach nobody');
    for (const { id, token } of [...this.#running.values()])
      if (!found.has(token) && known.includes(token)) this.#cancel(id, error);
  }

  #begin(id: string, token: string, hash: string, bytes: Buffer): void {
    const answer = (kind: Answer['kind'], value: unknown) => {
      this.#answers.push({ id, token, ...this.#payloadOf(kind, value) });
      this.#answer();
    };
    let running: Running | undefined;
    const end = (kind: 'done' | 'failed', value: unknown) => {
      if (running !== undefined) this.#end(running);
      if (running?.isUnwanted !== true) answer(kind, [value]);
      // While it waits there is nothing.
      if (this.#look === undefined) this.#take();
    };
    try {
      const [args, limit, retries, isHeard] = toValue(this.#session, bytes) as CallRecord;
      const { fn } = this.#tasks.get(hash) as { fn: (...args: readonly unknown[]) => unknown };
      const call: LocalCall = {
        ...(limit > 0 && { taskTimeout: limit }),
        ...(retries > 0 && { retries }),
        ...(isHeard && { onProgress: (value: unknown) => answer('progress', value) }),
      };
      running = { id, token, result: this.#pool.apply(fn, args, call), isUnwanted: false };
      this.#running.set(id, running);
      running.result.then(
        (value) => end('done', value),
        (error) => end('failed', error),
      );
    } catch (error) {
      end('failed', error);
    }
  }

  /** A result that cannot be sent is the error of its call. */
  #payloadOf(kind: Answer['kind'], value: unknown): { kind: Answer['kind']; bytes: Buffer } {
    try {
      return { kind, bytes: toBytes(this.#session, value, 'result') };
    } catch (error) {
      const said = (error as Error).message.replaceAll('result[0]', 'the result');
      return {
        kind: 'failed',
        bytes: toBytes(this.#session, [new SerializationError(said, 'result')], 'error'),
      };
    }
  }

  get #unanswered(): readonly Answer[] {
    return [...this.#answers, ...this.#sending];
  }

  #end(running: Running): void {
    if (this.#running.get(running.id) === running) this.#running.delete(running.id);
    this.#ended();
  }

  #ended(): void {
    if (this.#running.size > 0) return;
    if (this.#answers.length === 0 && this.#answering === undefined) this.#link.holder.holdNothing();
    if (!this.#isTaking) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #cancel(id: string, reason: unknown): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.isUnwanted = true;
    running.result.cancel(reason);
  }

  /** This machine was not heard of for too long: all that is here is with others, or rejected. */
  #lost(error: NotOwnerError): void {
    for (const id of [...this.#running.keys()]) this.#cancel(id, error);
  }

  #answer(): void {
    this.#answering ??= Promise.resolve()
      .then(() => this.#answerAll())
      .finally(() => {
        this.#answering = undefined;
        if (this.#answers.length > 0) this.#answer();
        else this.#ended();
      });
  }

  async #answerAll(): Promise<void> {
    while (this.#answers.length > 0) {
      const some = this.#answers.splice(0, MOST_ANSWERS);
      this.#sending = some;
      const args = some.flatMap(({ id, token, kind, bytes }): Argument[] => [id, token, kind, bytes]);
      try {
        const did = String(await this.#link.run(ANSWER, [++this.#lastAnswer, MEMO_MS, ...args], 'answer'));
        // Nobody wants what runs any more.
        some.forEach(({ id, kind }, index) => {
          if (kind === 'progress' && did[index] === '0')
            this.#cancel(id, new ClosedError('The call was given to another machine'));
        });
        this.#sending = [];
      } catch (error) {
        this.#sending = [];
        if (error instanceof ClosedError) return;
        // Redis is full, or away for long: the calls stay leased to this machine.
        this.#answers.unshift(...some);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}
