import type { NotOwnerError } from '@mp/core';
import type { Lease, LeaseOrder } from './leases.ts';
import type { Session } from './session.ts';

/** What was taken, and how it is given back. */
export interface Taken {
  readonly recovered: boolean;
  readonly lease: LeaseOrder;
  /** Gives it back. Resolves to whether nobody else has come in before. */
  giveBack(): Promise<boolean>;
  /** Its owner goes without giving it back: others are to find it abandoned at once. */
  abandon(): Promise<unknown>;
}

/** Something that is held by a lease, which a thread renews until it is released. */
export class LeaseGuard {
  /** Whether the owner before died, or was cut off, holding it: what it protects may be half changed. */
  readonly recovered: boolean;
  readonly #taken: Taken;
  readonly #lease: Lease;
  readonly #forget: () => void;
  /** Made when the signal is first asked for: most leases end before that. */
  #abort: AbortController | undefined;
  #loss: Error | undefined;
  #ending: Promise<boolean> | undefined;

  /** @internal */
  constructor(session: Session, taken: Taken) {
    this.recovered = taken.recovered;
    this.#taken = taken;
    this.#lease = session.leases.add(taken.lease, (error) => this.#lost(error));
    this.#forget = session.onClose((error) => {
      this.#lease.end();
      this.#tell(error);
      return this.#taken.abandon().then(() => {});
    });
  }

  /**
   * Aborts when the lease is lost: its holder did not reach Redis for `ttl`, or its process was stopped for that long, or
   * somebody has released it. The reason is a `NotOwnerError`. Pass it on to what works under the lock.
   */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#loss !== undefined) this.#abort.abort(this.#loss);
    }
    return this.#abort.signal;
  }

  /**
   * Whether it is certain now that nobody else holds it. Costs no round trip, and is exact also when this thread was blocked
   * or the process was stopped, and the event of {@link LeaseGuard.signal} is still to come.
   */
  get isHeld(): boolean {
    return this.#ending === undefined && this.#lease.isHeld;
  }

  /**
   * Ends this acquisition. Later calls do nothing; it never ends another's.
   *
   * @throws MpError `ERR_MP_DISCONNECTED` when Redis cannot be reached: then it ends by itself after `ttl`, as if its owner
   * had died
   */
  async release(): Promise<void> {
    await this.end();
  }

  /** @internal @returns whether nobody else has come in before */
  end(): Promise<boolean> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** Begins to release it. Nobody is told if that fails: then it ends by itself after `ttl`. */
  [Symbol.dispose](): void {
    this.end().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #end(): Promise<boolean> {
    this.#forget();
    this.#lease.end();
    return this.#taken.giveBack();
  }

  #lost(error: NotOwnerError): void {
    this.#forget();
    this.#tell(error);
  }

  #tell(error: Error): void {
    this.#loss = error;
    this.#abort?.abort(error);
  }
}
