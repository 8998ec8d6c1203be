import { type ClosedError, WorkerDiedError } from '@mp/core';
import { disconnected } from '../errors.ts';
import { toValue } from '../message.ts';
import type { Argument } from '../scripts.ts';
import type { Session } from '../session.ts';
import { LOOK_MS } from '../wakes.ts';
import { MEMO_MS, PoolLink } from './pool-link.ts';
import { CANCEL, COLLECT, GIVE } from './scripts.ts';
import type { TaskId } from './task-id.ts';

/** A call that was given, or is about to be. */
export interface Call {
  readonly task: TaskId;
  readonly bytes: Buffer;
  readonly priority: number;
  settle(value: unknown): void;
  fail(error: unknown): void;
  progress(value: unknown): void;
}

/** So many calls, and bytes, are given with one round trip. */
const MOST_TOGETHER = 1_000;
const MOST_BYTES = 4 << 20;
/** Answers that were collected are removed with the next ones, or after so long. */
const TIDY_MS = 100;
const PARTS = 3;
const MOST_PARTS = 3_000;
/** A look that nothing has called for asks whether so many calls, the oldest, are still there. */
const MOST_ASKED = 1_000;

/** Gives calls to a pool, and collects their answers. One call of each kind is under way at a time. */
export class Giver {
  readonly #session: Session;
  readonly #link: PoolLink;
  readonly #calls = new Map<number, Call>();
  /** Numbers in the pool of those that were given. */
  readonly #ids = new Map<number, string>();
  readonly #waiting: number[] = [];
  #lastCall = 0;
  #lastGive = 0;
  #giving: Promise<void> | undefined;
  #isCollecting = false;
  #wasWoken = false;
  /** Parts of answers that were collected and are still there. */
  #had = 0;
  /** Whether it is in the list of givers that have calls. */
  #isListed = false;
  #look: NodeJS.Timeout | undefined;
  #onIdle: (() => void)[] = [];

  constructor(session: Session, name: string, visibility: number) {
    this.#session = session;
    this.#link = new PoolLink(session, name, { visibility, onLost() {} });
    this.#link.holder.on('answers', () => this.#collect());
  }

  get pending(): number {
    return this.#calls.size;
  }

  /** @returns its number */
  give(call: Call): number {
    const number = ++this.#lastCall;
    this.#calls.set(number, call);
    this.#waiting.push(number);
    this.#giving ??= Promise.resolve().then(() => this.#giveAll());
    return number;
  }

  /** Its answer is not wanted any more. */
  cancel(number: number): void {
    if (!this.#calls.delete(number)) return;
    const id = this.#ids.get(number);
    this.#ids.delete(number);
    const index = this.#waiting.indexOf(number);
    if (index >= 0) this.#waiting.splice(index, 1);
    if (id !== undefined) this.#withdraw([id]);
    this.#ended();
  }

  /** Resolves when every call has ended. */
  idle(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Cancels what is left. */
  async close(error: ClosedError): Promise<void> {
    const ids = [...this.#ids.values()];
    for (const [number, call] of [...this.#calls]) {
      this.#calls.delete(number);
      call.fail(error);
    }
    this.#waiting.length = 0;
    this.#ids.clear();
    this.#ended();
    await this.#giving;
    try {
      if (ids.length > 0) await this.#link.run(CANCEL, ids);
      if (this.#had > 0 || this.#isListed)
        await this.#link.run(COLLECT, [this.#had, 0, this.#link.holder.name, '-'], 'answers');
    } catch {
      // A Redis that cannot be reached keeps them for an hour.
    }
    this.#link.leave();
  }

  async #giveAll(): Promise<void> {
    try {
      await this.#link.holder.hear();
      while (this.#waiting.length > 0) await this.#give(this.#nextCalls());
    } catch (error) {
      for (const number of this.#waiting.splice(0)) this.#end(number)?.fail(error);
    } finally {
      this.#giving = undefined;
    }
    this.#wait(LOOK_MS);
  }

  #nextCalls(): number[] {
    let [count, bytes] = [0, 0];
    for (const number of this.#waiting) {
      bytes += this.#calls.get(number)?.bytes.length ?? 0;
      if (count > 0 && (count >= MOST_TOGETHER || bytes > MOST_BYTES)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #give(numbers: readonly number[]): Promise<void> {
    const args: Argument[] = [++this.#lastGive, MEMO_MS, this.#link.holder.name];
    for (const number of numbers) {
      const { task, priority, bytes } = this.#calls.get(number) as Call;
      args.push(number, task.hash, priority, task.isIdempotent ? 0 : 1, bytes);
    }
    this.#isListed = true;
    try {
      const last = (await this.#link.run(GIVE, args, 'give')) as number;
      const unwanted: string[] = [];
      numbers.forEach((number, index) => {
        const id = String(last - numbers.length + index + 1).padStart(16, '0');
        // It was answered already, or cancelled.
        if (this.#calls.has(number)) this.#ids.set(number, id);
        else unwanted.push(id);
      });
      if (unwanted.length > 0) this.#withdraw(unwanted);
    } catch (error) {
      for (const number of numbers) this.#end(number)?.fail(error);
    }
  }

  #withdraw(ids: readonly string[]): void {
    this.#link.run(CANCEL, ids).catch(() => {});
  }

  /** @param isUntold nothing has called for it */
  async #collect(isUntold = false): Promise<void> {
    this.#wasWoken = true;
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    clearTimeout(this.#look);
    let ms = LOOK_MS;
    try {
      for (let isMore = true; this.#wasWoken || isMore; ) {
        this.#wasWoken = false;
        const [soon, count] = await this.#fetch(isUntold);
        ms = soon < 0 ? LOOK_MS : Math.min(soon, LOOK_MS);
        isMore = count >= MOST_PARTS;
      }
    } catch {
      // What is not known: whether those that were had are removed. Answers to calls that have ended are passed over.
      this.#had = 0;
    } finally {
      this.#isCollecting = false;
    }
    this.#wait(ms);
  }

  /** @returns ms until what is leased may come back; how many parts came */
  async #fetch(isUntold: boolean): Promise<[ms: number, count: number]> {
    const asked = isUntold ? [...this.#ids].slice(0, MOST_ASKED) : [];
    const { holder } = this.#link;
    const lives = !isUntold ? '' : this.#calls.size > 0 ? '+' : '-';
    if (lives === '-') this.#isListed = false;
    const reply = (await this.#link.run(
      COLLECT,
      [this.#had, holder.grace, holder.name, lives, ...asked.map(([, id]) => id)],
      'answers',
    )) as readonly unknown[];
    this.#had = reply.length - 2;
    for (let at = 2; at < reply.length; at += PARTS) {
      const [number, kind, payload] = reply.slice(at, at + PARTS) as Buffer[];
      this.#answer(Number(String(number)), String(kind), payload);
    }
    // Of those that are neither there nor answered, now that all answers have come.
    const known = String(reply[1]);
    if (this.#had < MOST_PARTS)
      asked.forEach(([number, id], index) => {
        if (known[index] === '0' && this.#ids.get(number) === id) this.#end(number)?.fail(forgotten());
      });
    return [reply[0] as number, this.#had];
  }

  #answer(number: number, kind: string, payload: Buffer): void {
    const call = this.#calls.get(number);
    if (call === undefined) return;
    if (kind === 'progress') {
      this.#read(number, payload, (value) => call.progress(value));
      return;
    }
    if (kind === 'lost') {
      this.#end(number)?.fail(lostWith(String(payload), call.task));
      return;
    }
    this.#read(number, payload, (value) => {
      this.#end(number);
      if (kind === 'done') call.settle((value as readonly unknown[])[0]);
      else call.fail((value as readonly unknown[])[0]);
    });
  }

  /** What cannot be read, or throws, fails its call alone. */
  #read(number: number, payload: Buffer, use: (value: unknown) => void): void {
    try {
      use(toValue(this.#session, payload));
    } catch (error) {
      const call = this.#calls.get(number);
      this.cancel(number);
      call?.fail(error);
    }
  }

  #end(number: number): Call | undefined {
    const call = this.#calls.get(number);
    this.#calls.delete(number);
    this.#ids.delete(number);
    this.#ended();
    return call;
  }

  #ended(): void {
    if (this.#calls.size > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
    this.#wait(TIDY_MS);
  }

  /** Looks by itself: for a server that died, and in case that a wake was lost. It keeps the process alive while a call is pending. */
  #wait(ms: number): void {
    clearTimeout(this.#look);
    if (this.#isCollecting || (this.#calls.size === 0 && this.#had === 0 && !this.#isListed)) return;
    this.#look = setTimeout(() => this.#collect(true), this.#calls.size > 0 ? ms : TIDY_MS);
    if (this.#calls.size === 0) this.#look.unref();
  }
}

function forgotten(): Error {
  return disconnected(
    'Redis has lost the call, with its memory or by somebody who removed it: it may have been done, or not. Give it again if it may be done twice',
  );
}

/** @param server its name, which ends with its process and its machine */
function lostWith(server: string, { title }: TaskId): WorkerDiedError {
  const [pid, host] = server.slice(server.lastIndexOf(':') + 1).split('@');
  return new WorkerDiedError(
    `The machine that ran the task ${title} is not heard of any more: process ${pid} on ${host}. It is not run again, as it may have ` +
      'been done in part: task(import.meta, fn, { idempotent: true }) says that this does no harm',
    { pid: Number(pid), task: title },
  );
}
