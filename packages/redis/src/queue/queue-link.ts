import { ClosedError, type NotOwnerError } from '@mp/core';
import { mismatch, type Names } from '../names.ts';
import type { Argument, Reply, Script } from '../scripts.ts';
import type { Session } from '../session.ts';
import { Holder } from './holder.ts';
import { QUEUE_PARTS } from './lua.ts';
import type { QueueLimits } from './queue-options.ts';
import { DECLARE, LOOK, RECLAIM } from './scripts.ts';

const NO_QUEUE = -1;
/** So long Redis remembers a turn: longer than a call can be on its way. */
const TURN_MS = 600_000;

/** Of which calls a script remembers the last one, in a key of this object. */
export type Memo = 'put' | 'take' | 'settle';

/** What a name of a queue is asked for. */
export interface QueueOrder {
  readonly kind: string;
  readonly name: string;
  readonly limits: QueueLimits;
  /** How errors call it. */
  readonly title: string;
}

/** What is known of a queue at one moment. */
export interface Seen {
  readonly ready: number;
  readonly letters: number;
  readonly state: string;
  readonly maxSize: number;
}

/** How one queue object reaches its queue: its keys, and itself as a holder of leases. */
export class QueueLink {
  readonly order: QueueOrder;
  readonly holder: Holder;
  readonly #session: Session;
  readonly #names: Names;
  readonly #keys: readonly string[];
  #turn = 0;
  #declared: Promise<number> | undefined;
  #hasLeft = false;

  /** @param onLost what this object had leased comes back */
  constructor(session: Session, order: QueueOrder, onLost: (error: NotOwnerError) => void) {
    this.order = order;
    this.#session = session;
    this.#names = session.names('queue', order.name);
    this.#keys = [this.#names.main, ...QUEUE_PARTS.map((part) => this.#names.part(part))];
    const { limits, title } = order;
    this.holder = new Holder(session, this.#names, {
      visibility: limits.visibility,
      what: `items of the ${title}`,
      onLost,
    });
  }

  /** Whether there is a connection now. */
  get isUp(): boolean {
    return this.#session.isUp;
  }

  get title(): string {
    return this.order.title;
  }

  /** How many items may lie in it. */
  async maxSize(): Promise<number> {
    return (await this.#declare()) || Infinity;
  }

  /**
   * Runs one of the scripts of a queue. One round trip, but for the first call of this object.
   *
   * @param memo of which calls the script remembers the last one
   */
  async run(script: Script, args: readonly Argument[], memo?: Memo): Promise<Reply> {
    const keys = memo === undefined ? this.#keys : [...this.#keys, `${this.holder.name}:${memo}`];
    for (;;) {
      await this.#declare();
      const reply = await this.#session.run(script, keys, args);
      if (!Array.isArray(reply) || reply[0] !== NO_QUEUE) return reply;
      // It was unlinked, or Redis has lost it.
      this.#declared = undefined;
    }
  }

  async look(): Promise<Seen> {
    const reply = (await this.run(LOOK, [])) as [number, number, number, Buffer, number];
    const [, ready, letters, state, maxSize] = reply;
    return { ready, letters, state: String(state), maxSize };
  }

  /** Calls that take something say in which turn they were sent. */
  get turn(): number {
    return this.#turn;
  }

  /**
   * Gives back what came and was never seen here, and begins another turn.
   *
   * @param known tokens of what was seen
   * @returns those of them by which Redis knows a lease
   */
  async reclaim(known: readonly string[]): Promise<string[]> {
    const args = [this.holder.name, 'u', ++this.#turn, TURN_MS, ...known];
    return ((await this.run(RECLAIM, args, 'take')) as readonly Reply[]).map(String);
  }

  /** Gives back all that is leased, and is no holder any more. */
  async leave(): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    try {
      if (this.#declared !== undefined) await this.#session.run(RECLAIM, this.#keys, [this.holder.name, 'r']);
    } finally {
      this.holder.letGo();
      this.holder.deafen();
    }
  }

  /** A wait ended by a look that nobody had called for: a wake was lost. */
  wasRescued(): void {
    this.#session.rescued++;
  }

  closed(): ClosedError {
    return new ClosedError(`Cannot use the ${this.title}: it was closed here`);
  }

  /** @returns maxSize, 0 = none */
  #declare(): Promise<number> {
    this.#declared ??= this.#ask().catch((error: unknown) => {
      this.#declared = undefined;
      throw error;
    });
    return this.#declared;
  }

  async #ask(): Promise<number> {
    const { kind, limits, title } = this.order;
    const reply = await this.#session.run(DECLARE, this.#keys, [kind, limits.maxSize, limits.maxAttempts]);
    const [found, maxSize, maxAttempts] = (reply as readonly Buffer[]).map(String);
    if (found !== kind) throw mismatch(`the ${title}`, `the kind ${found}`, kind);
    this.#check('maxSize', Number(maxSize), limits.maxSize);
    this.#check('maxAttempts', Number(maxAttempts), limits.maxAttempts);
    return Number(maxSize);
  }

  #check(what: string, found: number, asked: number): void {
    if (asked !== 0 && asked !== found)
      throw mismatch(
        `the ${this.title}`,
        found === 0 ? `no ${what}` : `${what} ${found}`,
        `${what} ${asked}`,
      );
  }
}
