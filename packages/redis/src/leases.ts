import { Worker } from 'node:worker_threads';
import { AuthenticationError, NotOwnerError } from '@mp/core';
import type { Reach } from './client.ts';
import { disconnected, siteClosed } from './errors.ts';
import { LeaseBoard, LookTimes, SLOTS } from './lease-board.ts';
import {
  certainFor,
  clock,
  dueAt,
  type FromLeaseThread,
  isLate,
  type LeaseThreadStart,
  type Order,
  type ToLeaseThread,
} from './lease-messages.ts';
import type { Script } from './scripts.ts';

export { clock, isLate };

/** What is to be kept, and how. */
export interface LeaseOrder {
  /**
   * Renews it for `ttl` ms from now on Redis's clock. It answers 1 when the lease is still its holder's, and 0 when it is
   * lost. A script with `whenFull`, so that a full Redis takes no lease from anybody; it may run at any time, and again.
   */
  readonly renew: {
    readonly script: Script;
    readonly keys: readonly string[];
    readonly args: Order[3];
  };
  /** In ms. It is renewed after a third of it. */
  readonly ttl: number;
  /** {@link clock} before the call that took it was sent: it counts from there. */
  readonly since: number;
  /** What it is a lease of, for the error: `the lock "a"`. */
  readonly what: string;
}

/** A lease is lost: called once, in the thread that added it, as soon as its loop runs. Not after `end()`. */
export type OnLost = (error: NotOwnerError) => void;

/** One lease that is being renewed. */
export interface Lease {
  /**
   * Whether it is certain that nobody else has it: no round trip, and exact also when the event loop was blocked or the
   * process was stopped. Once lost it stays so.
   */
  readonly isHeld: boolean;
  /** Ends the renewal; the holder gives back by a script of its own. Safe to call again. */
  end(): void;
}

/** Renews leases from a thread that no task can block, over a connection of its own. */
export interface Leases {
  /** Resolves when the thread is connected. To be awaited before the first lease is taken; costs nothing later. */
  ready(): Promise<void>;
  add(order: LeaseOrder, onLost: OnLost): Lease;
}

/** The thread of one site's leases. It is started for the first of them, and again when it has ended. */
export class LeaseThread implements Leases {
  readonly #reach: () => Reach;
  #renewer: Renewer | undefined;
  #isClosed = false;

  /** @param reach how Redis is reached when the thread starts */
  constructor(reach: () => Reach) {
    this.#reach = reach;
  }

  ready(): Promise<void> {
    if (this.#isClosed) return Promise.reject(siteClosed());
    if (this.#renewer === undefined || this.#renewer.hasEnded) this.#renewer = new Renewer(this.#reach());
    return this.#renewer.ready;
  }

  add(order: LeaseOrder, onLost: OnLost): Lease {
    if (this.#renewer === undefined) throw new Error('A lease was added before its thread was ready');
    return this.#renewer.add(order, onLost);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#renewer?.close();
  }
}

/** One thread, and what it was given. */
class Renewer {
  /** Resolves when it is connected. */
  readonly ready: Promise<void>;
  /** Resolves when its modules are loaded, or when it has ended before. */
  readonly #loaded: Promise<void>;
  hasEnded = false;
  readonly #worker: Worker;
  readonly #looks = new LookTimes();
  readonly #boards: LeaseBoard[] = [];
  /** Numbers of slots, counted over all boards. */
  readonly #free: number[] = [];
  readonly #leases = new Map<number, HeldLease>();
  readonly #told = new Set<Script>();
  #isClosed = false;

  constructor(reach: Reach) {
    const workerData: LeaseThreadStart = { reach, looks: this.#looks.memory };
    const worker = new Worker(new URL('./lease-thread.js', import.meta.url), {
      name: 'mp leases',
      workerData,
      execArgv: [],
    });
    this.#worker = worker;
    this.#loaded = new Promise((resolve) => {
      worker.once('message', () => resolve());
      worker.once('exit', () => resolve());
    });
    this.ready = new Promise((resolve, reject) => {
      const gone = (error: Error) => {
        reject(error);
        this.#end(error.message);
      };
      worker.on('message', (message: FromLeaseThread) => {
        if (message.kind === 'ready') {
          // From here on it must not keep the process alive.
          worker.unref();
          resolve();
        } else if (message.kind === 'failed') {
          const why = `Cannot renew leases: ${message.why}`;
          gone(message.isRefused ? new AuthenticationError(why) : disconnected(why));
        } else if (message.kind === 'lost') this.#lost(message);
      });
      worker.once('error', gone);
      worker.once('exit', (code) => gone(this.#isClosed ? siteClosed() : ended(code)));
    });
    // It may end when nobody waits for it any more.
    this.ready.catch(() => {});
  }

  add(order: LeaseOrder, onLost: OnLost): Lease {
    const { renew, ttl, since } = order;
    const { script, keys, args } = renew;
    this.#tellScript(script);
    const number = this.#takeSlot();
    const board = this.#boards[Math.floor(number / SLOTS)];
    const posted: Order = [script.sha, ttl, keys, args];
    const until = BigInt(Math.floor(since + certainFor(ttl)));
    const version = board.post(number % SLOTS, until, JSON.stringify(posted));
    const lease = new HeldLease(order.what, onLost, board, number % SLOTS, version, () => {
      this.#leases.delete(number);
      this.#free.push(number);
    });
    this.#leases.set(number, lease);
    // Not before the caller has what it is lost of.
    if (this.hasEnded) queueMicrotask(() => lease.lose('the thread that renews leases has ended'));
    else if (this.#looks.changed(dueAt(since, ttl))) this.#tell({ kind: 'look' });
    return lease;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.hasEnded = true;
    this.#leases.clear();
    // A thread that is ended while Node 20 reads a module for it leaves that file open in this process.
    await this.#loaded;
    await this.#worker.terminate();
  }

  #takeSlot(): number {
    if (this.#free.length === 0) {
      const board = new LeaseBoard();
      const first = SLOTS * (this.#boards.push(board) - 1);
      for (let i = SLOTS - 1; i >= 0; i--) this.#free.push(first + i);
      this.#tell({ kind: 'board', memory: board.memory });
    }
    return this.#free.pop() as number;
  }

  #tellScript(script: Script): void {
    if (this.#told.has(script)) return;
    this.#told.add(script);
    const { name, source, sha } = script;
    this.#tell({ kind: 'script', script: { name, source, sha } });
  }

  #lost({ board, slot, version, why }: Extract<FromLeaseThread, { kind: 'lost' }>): void {
    const lease = this.#leases.get(board * SLOTS + slot);
    // Another one may be in its slot by now.
    if (lease?.version === version) lease.lose(why);
  }

  #end(why: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const lease of [...this.#leases.values()]) lease.lose(why);
  }

  #tell(message: ToLeaseThread): void {
    this.#worker.postMessage(message);
  }
}

function ended(code: number): Error {
  return disconnected(
    `The thread that renews leases has ended with code ${code}: all leases of this site are lost`,
  );
}

class HeldLease implements Lease {
  readonly version: bigint;
  readonly #what: string;
  readonly #onLost: OnLost;
  readonly #board: LeaseBoard;
  readonly #slot: number;
  readonly #free: () => void;
  #isOver = false;

  constructor(
    what: string,
    onLost: OnLost,
    board: LeaseBoard,
    slot: number,
    version: bigint,
    free: () => void,
  ) {
    this.version = version;
    this.#what = what;
    this.#onLost = onLost;
    this.#board = board;
    this.#slot = slot;
    this.#free = free;
  }

  get isHeld(): boolean {
    if (this.#isOver) return false;
    if (clock() < Number(this.#board.until(this.#slot))) return true;
    // Nobody renews it any more from here on, also when the thread comes to it only later.
    this.#board.end(this.#slot);
    return false;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#board.clear(this.#slot);
    this.#free();
  }

  lose(why: string): void {
    if (this.#isOver) return;
    this.end();
    this.#onLost(
      new NotOwnerError(
        `Lost the lease of ${this.#what}: ${why}. Another one may have it: stop, and have the results refused by the token`,
      ),
    );
  }
}
