import { Worker } from 'node:worker_threads';
import { AuthenticationError, NotOwnerError } from '@mp/core';
import type { Reach } from './client.ts';
import { disconnected, siteClosed } from './errors.ts';
import { certainFor, clock, type FromLeaseThread, isLate, type ToLeaseThread } from './lease-messages.ts';
import type { Argument, Script } from './scripts.ts';

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
    readonly args: readonly Argument[];
  };
  /** In ms. It is renewed after a third of it. */
  readonly ttl: number;
  /** {@link clock} before the call that took it was sent: it counts from there. */
  readonly since: number;
  /** What it is a lease of, for the error: `the lock "a"`. */
  readonly what: string;
  /** It is lost: called once, in this thread, as soon as its loop runs. Not after `end()`. */
  onLost(error: NotOwnerError): void;
}

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
  add(order: LeaseOrder): Lease;
}

/** The thread of one site's leases. It is started for the first of them. */
export class LeaseThread implements Leases {
  readonly #reach: () => Reach;
  readonly #leases = new Map<number, HeldLease>();
  #worker: Worker | undefined;
  #ready: Promise<void> | undefined;
  #lastId = 0;
  #isClosed = false;

  /** @param reach how Redis is reached when the thread starts */
  constructor(reach: () => Reach) {
    this.#reach = reach;
  }

  ready(): Promise<void> {
    if (this.#isClosed) return Promise.reject(siteClosed());
    this.#ready ??= this.#start();
    return this.#ready;
  }

  add(order: LeaseOrder): Lease {
    const id = ++this.#lastId;
    const { renew, ttl, since } = order;
    const until = new BigInt64Array(new SharedArrayBuffer(8));
    until[0] = BigInt(Math.floor(since + certainFor(ttl)));
    const lease = new HeldLease(order, until, () => {
      if (this.#leases.delete(id)) this.#tell({ kind: 'end', id });
    });
    // Not before the caller has what it is lost of.
    if (this.#worker === undefined)
      queueMicrotask(() => lease.lose('the thread that renews leases has ended'));
    else {
      this.#leases.set(id, lease);
      const { name, source, sha } = renew.script;
      const { keys, args } = renew;
      this.#tell({ kind: 'add', id, script: { name, source, sha }, keys, args, ttl, until });
    }
    return lease;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#leases.clear();
    await worker?.terminate();
  }

  #tell(message: ToLeaseThread): void {
    this.#worker?.postMessage(message);
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./lease-thread.js', import.meta.url), {
        name: 'mp leases',
        workerData: { reach: this.#reach() },
        execArgv: [],
      });
      this.#worker = worker;
      const gone = (error: Error) => {
        reject(error);
        if (this.#worker !== worker) return;
        this.#worker = undefined;
        this.#ready = undefined;
        for (const lease of this.#leases.values()) lease.lose(error.message);
        this.#leases.clear();
      };
      worker.on('message', (message: FromLeaseThread) => {
        if (message.kind === 'ready') {
          // From here on it must not keep the process alive.
          worker.unref();
          resolve();
        } else if (message.kind === 'failed') {
          const why = `Cannot renew leases: ${message.why}`;
          gone(message.isRefused ? new AuthenticationError(why) : disconnected(why));
        } else {
          const lease = this.#leases.get(message.id);
          this.#leases.delete(message.id);
          lease?.lose(message.why);
        }
      });
      worker.once('error', gone);
      worker.once('exit', (code) => gone(this.#isClosed ? siteClosed() : ended(code)));
    });
  }
}

function ended(code: number): Error {
  return disconnected(
    `The thread that renews leases has ended with code ${code}: all leases of this site are lost`,
  );
}

class HeldLease implements Lease {
  readonly #order: LeaseOrder;
  readonly #until: BigInt64Array;
  readonly #end: () => void;
  #isOver = false;

  constructor(order: LeaseOrder, until: BigInt64Array, end: () => void) {
    this.#order = order;
    this.#until = until;
    this.#end = end;
  }

  get isHeld(): boolean {
    if (this.#isOver) return false;
    if (clock() < Number(Atomics.load(this.#until, 0))) return true;
    // Nobody renews it any more from here on, also when the thread comes to it only later.
    Atomics.store(this.#until, 0, 0n);
    return false;
  }

  end(): void {
    this.#isOver = true;
    Atomics.store(this.#until, 0, 0n);
    this.#end();
  }

  lose(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { what, onLost } = this.#order;
    onLost.call(
      this.#order,
      new NotOwnerError(
        `Lost the lease of ${what}: ${why}. Another one may have it: stop, and have the results refused by the token`,
      ),
    );
  }
}
