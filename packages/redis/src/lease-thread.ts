import { parentPort, workerData } from 'node:worker_threads';
import { AuthenticationError } from '@mp/core';
import { LeaseBoard, LookTimes, type Posted, SLOTS } from './lease-board.ts';
import {
  certainFor,
  clock,
  dueAt,
  type FromLeaseThread,
  type LeaseThreadStart,
  type Order,
  type ToLeaseThread,
} from './lease-messages.ts';
import { Link } from './link.ts';
import type { Script } from './scripts.ts';

/*
 * The thread that renews leases. Nothing else runs in it, so that nothing holds it up.
 *
 * | a lease…                                  | then                                                            |
 * | ----------------------------------------- | --------------------------------------------------------------- |
 * | is found on a board                       | is renewed a third of its time after it was taken               |
 * | is renewed                                | is certain for its time from before the call was sent           |
 * | could not be renewed: no connection       | is tried again, at once when there is a connection              |
 * | was taken over, or its time is over       | is lost, and its holder is told                                 |
 * | is looked at by its holder after its time | has 0 in its word, and is lost, also if it could be renewed now |
 * | has gone from its slot when it is due     | was ended by its holder: forgotten                              |
 */

/** Replies that do not come for so long show that the connection is dead. Short leases have to notice it sooner. */
const SILENCE_MS = 3_000;
/** The pause after a renewal that failed. */
const PAUSE_MS = 20;

const port = parentPort;
if (port === null) throw new Error('This module is the main module of a worker thread: @mp/redis starts it');
const start = workerData as LeaseThreadStart;
const looks = new LookTimes(start.looks);
const boards: LeaseBoard[] = [];
const scripts = new Map<string, Script>();
/** By the number of the slot, counted over all boards. */
const renewals = new Map<number, Renewal>();

class Renewal {
  readonly version: bigint;
  /** When it is looked at next; `Infinity` while its call is under way. */
  due = Infinity;
  readonly #board: LeaseBoard;
  readonly #number: number;
  readonly #slot: number;
  readonly #order: Order;
  readonly #script: Script;
  readonly #link: Link;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(
    number: number,
    { version, order }: { version: bigint; order: Order },
    script: Script,
    link: Link,
  ) {
    this.version = version;
    this.#number = number;
    this.#board = boards[Math.floor(number / SLOTS)];
    this.#slot = number % SLOTS;
    this.#order = order;
    this.#script = script;
    this.#link = link;
    const ttl = order[1];
    this.#wakeAt(dueAt(Number(this.#board.until(this.#slot)) - certainFor(ttl), ttl));
  }

  /** Its holder has ended it. */
  forget(): void {
    this.#end();
    if (renewals.get(this.#number) === this) renewals.delete(this.#number);
  }

  get #hasGone(): boolean {
    return this.#board.version(this.#slot) !== this.version;
  }

  #end(): void {
    this.#isOver = true;
    this.due = Infinity;
    clearTimeout(this.#timer);
  }

  #wakeAt(due: number): void {
    this.due = due;
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, due - clock()));
  }

  #wake(): void {
    this.due = Infinity;
    if (this.#hasGone) this.forget();
    else void this.#renew();
    lookSoon();
  }

  async #renew(): Promise<void> {
    const [, ttl, keys, args] = this.#order;
    const before = this.#board.until(this.#slot);
    const left = Number(before) - clock();
    if (left <= 0) {
      this.#lose(before, `its ${ttl} ms were over before it could be renewed`);
      return;
    }
    const late = setTimeout(() => {
      if (!this.#isOver) this.#lose(before, `Redis did not answer within its ${ttl} ms`);
    }, left);
    const sent = clock();
    let answer: unknown;
    try {
      answer = await this.#link.run(this.#script, keys, args);
    } catch {
      answer = undefined;
    }
    clearTimeout(late);
    if (this.#isOver) return;
    if (this.#hasGone) this.forget();
    else if (answer === undefined) this.#wakeAt(clock() + PAUSE_MS);
    else if (answer !== 1) this.#lose(before, 'it was given to another one, or taken away');
    // Only if its holder has not found it lost meanwhile.
    else if (this.#board.replace(this.#slot, before, BigInt(Math.floor(sent + certainFor(ttl)))))
      this.#wakeAt(dueAt(sent, ttl));
    else this.#lose(before, `its ${ttl} ms were over before it could be renewed`);
    lookSoon();
  }

  /** It stays known, so that it is told only once, until its holder takes it from its slot. */
  #lose(before: bigint, why: string): void {
    this.#end();
    if (this.#hasGone) return;
    this.#board.replace(this.#slot, before, 0n);
    tell({
      kind: 'lost',
      board: boards.indexOf(this.#board),
      slot: this.#slot,
      version: this.version,
      why,
    });
  }
}

let link: Link | undefined;

let isLookDue = false;

/** Looks once for all renewals of this turn of the event loop: a look at hundreds of slots takes longer than a renewal. */
function lookSoon(): void {
  if (isLookDue) return;
  isLookDue = true;
  setImmediate(() => {
    isLookDue = false;
    look();
  });
}

/** Finds what was posted and what has gone, and says when it looks again. */
function look(): void {
  let changes: bigint;
  do {
    changes = looks.changes;
    for (let number = 0; number < boards.length * SLOTS; number++) {
      const board = boards[Math.floor(number / SLOTS)];
      const known = renewals.get(number);
      if (known?.version === board.version(number % SLOTS)) continue;
      known?.forget();
      const posted = board.read(number % SLOTS);
      if (posted !== undefined) begin(number, posted);
    }
    let next = Infinity;
    for (const { due } of renewals.values()) next = Math.min(next, due);
    looks.next(next);
  } while (looks.changes !== changes);
}

function begin(number: number, { version, order }: Posted): void {
  const parsed = JSON.parse(order) as Order;
  const script = scripts.get(parsed[0]);
  // One that is not known is on its way, and makes this thread look again.
  if (script === undefined || link === undefined) return;
  renewals.set(number, new Renewal(number, { version, order: parsed }, script, link));
}

function tell(message: FromLeaseThread): void {
  port?.postMessage(message);
}

tell({ kind: 'loaded' });
try {
  link = await Link.open(start.reach, { silence: SILENCE_MS });
  port.on('message', (message: ToLeaseThread) => {
    if (message.kind === 'board') boards.push(new LeaseBoard(message.memory));
    else if (message.kind === 'script') scripts.set(message.script.sha, message.script as Script);
    look();
  });
  tell({ kind: 'ready' });
} catch (error) {
  tell({
    kind: 'failed',
    why: (error as Error).message,
    isRefused: error instanceof AuthenticationError,
  });
}
