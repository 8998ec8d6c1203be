import type { NotOwnerError } from '@mp/core';
import { clock, type Lease as Keeping } from '../leases.ts';
import type { Names } from '../names.ts';
import { Script } from '../scripts.ts';
import type { Session } from '../session.ts';
import type { Listening } from '../wakes.ts';

/** An unheard holder has so long to be heard of again: longer than a connection takes to come back. */
const GRACE_MS = 1_000;
/** The thread stops to keep a holder that has had nothing for so long. */
const LINGER_MS = 10_000;

/** Keeps a holder. KEYS: its table. ARGV: holder, ms from now. @returns 1, or 0 when its time was over */
const RENEW = new Script(
  'renew leases',
  `
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now() + tonumber(ARGV[2]), ARGV[1])
return 1
`,
  { repeatable: true, whenFull: true },
);

/** What a holder is. */
export interface HolderOrder {
  /** ms after which what it has comes back when it is not heard of. */
  readonly visibility: number;
  /** What it has leases of, for errors: `the queue "a"`. */
  readonly what: string;
  /** What else its name tells, without spaces. */
  readonly mark?: string;
  /** What it had is not its own any more. */
  onLost(error: NotOwnerError): void;
}

/**
 * One user of a queue or a pool as the others see it: it has leases, which a thread keeps, and it can be woken. Its name is the
 * channel on which it listens.
 */
export class Holder {
  readonly name: string;
  readonly #session: Session;
  readonly #names: Names;
  readonly #order: HolderOrder;
  readonly #listeners = new Map<string, (detail: string | undefined) => void>();
  #listening: Listening | undefined;
  #heard: Promise<void> | undefined;
  #isHeard = false;
  #keeping: Keeping | undefined;
  #linger: NodeJS.Timeout | undefined;

  static #last = 0;

  constructor(session: Session, names: Names, order: HolderOrder) {
    this.#session = session;
    this.#names = names;
    this.#order = order;
    this.name = names.part(`h:${session.member}:${(++Holder.#last).toString(36)}${order.mark ?? ''}`);
  }

  /** Ms after which what it has comes back when it is not heard of. */
  get visibility(): number {
    return this.#order.visibility;
  }

  /** A wake is a word, and perhaps a detail behind a space. @param wake gets that; it may be woken for nothing */
  on(word: string, wake: (detail: string | undefined) => void): void {
    this.#listeners.set(word, wake);
  }

  /** Ms that a holder has left which nobody hears; 0 = all its time. */
  get grace(): number {
    return this.#session.isCluster ? 0 : GRACE_MS;
  }

  /** By which a script may wake it: nothing as long as it would not hear that. */
  get waiter(): string {
    return this.#isHeard ? this.name : '';
  }

  /** Resolves when a wake arrives here. */
  hear(): Promise<void> {
    this.#listening ??= this.#session.wakes.listen(this.name, (message) => {
      if (message === undefined) {
        // It was unheard for a moment, and may have little time left.
        if (this.#keeping !== undefined)
          this.#session
            .run(RENEW, [this.#names.part('holders')], [this.name, this.visibility])
            .catch(() => {});
        for (const wake of this.#listeners.values()) wake(undefined);
      } else {
        const [word, detail] = message.split(' ');
        this.#listeners.get(word)?.(detail);
      }
    });
    this.#heard ??= this.#begin(this.#listening);
    return this.#heard;
  }

  async #begin(listening: Listening): Promise<void> {
    // A wait is under way, which keeps the process alive.
    const alive = setInterval(() => {}, LINGER_MS);
    try {
      await listening.ready;
      this.#isHeard = true;
    } catch (error) {
      if (this.#listening === listening) this.deafen();
      throw error;
    } finally {
      clearInterval(alive);
    }
  }

  /** Whether the thread keeps it: it has something, or had a moment ago. */
  get isKeeping(): boolean {
    return this.#keeping !== undefined;
  }

  /** To be awaited before something is leased: the thread is there, and so is the ear by which others know that it lives. */
  async mayHold(): Promise<void> {
    if (this.#keeping === undefined || !this.#isHeard)
      await Promise.all([this.#session.leases.ready(), this.hear()]);
  }

  /** Something was leased. @param since {@link clock} before the call that leased it was sent */
  hold(since: number): Keeping {
    clearTimeout(this.#linger);
    this.#keeping ??= this.#session.leases.add(
      {
        renew: { script: RENEW, keys: [this.#names.part('holders')], args: [this.name, this.visibility] },
        ttl: this.visibility,
        since,
        what: this.#order.what,
      },
      (error) => {
        this.#keeping = undefined;
        this.#order.onLost(error);
      },
    );
    return this.#keeping;
  }

  /** Nothing is leased any more. */
  holdNothing(): void {
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => this.letGo(), LINGER_MS).unref();
  }

  /** The thread forgets it. */
  letGo(): void {
    clearTimeout(this.#linger);
    this.#keeping?.end();
    this.#keeping = undefined;
  }

  /** Nothing wakes it any more. */
  deafen(): void {
    this.#listening?.stop();
    this.#listening = undefined;
    this.#heard = undefined;
    this.#isHeard = false;
  }

  now(): number {
    return clock();
  }
}
