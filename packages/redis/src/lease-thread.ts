import { parentPort, workerData } from 'node:worker_threads';
import { AuthenticationError } from '@mp/core';
import {
  certainFor,
  clock,
  type FromLeaseThread,
  type LeaseThreadStart,
  type ToLeaseThread,
} from './lease-messages.ts';
import { Link } from './link.ts';
import type { Script } from './scripts.ts';

/*
 * The thread that renews leases. Nothing else runs in it, so that nothing holds it up.
 *
 * | a lease…                                  | then                                                            |
 * | ----------------------------------------- | --------------------------------------------------------------- |
 * | is added                                  | is renewed a third of its time after it was taken               |
 * | is renewed                                | is certain for its time from before the call was sent           |
 * | could not be renewed: no connection       | is tried again, at once when there is a connection              |
 * | was taken over, or its time is over       | is lost, and its holder is told                                 |
 * | is looked at by its holder after its time | has 0 in its word, and is lost, also if it could be renewed now |
 */

/** Replies that do not come for so long show that the connection is dead. Short leases have to notice it sooner. */
const SILENCE_MS = 3_000;
/** The pause after a renewal that failed. */
const PAUSE_MS = 20;

type Added = Extract<ToLeaseThread, { kind: 'add' }>;

const port = parentPort;
if (port === null) throw new Error('This module is the main module of a worker thread: @mp/redis starts it');
const { reach } = workerData as LeaseThreadStart;
const renewals = new Map<number, Renewal>();

class Renewal {
  readonly #lease: Added;
  readonly #link: Link;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(lease: Added, link: Link) {
    this.#lease = lease;
    this.#link = link;
    this.#schedule(Number(lease.until[0]) - certainFor(lease.ttl));
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** @param since when the last call that succeeded was sent */
  #schedule(since: number): void {
    this.#timer = setTimeout(() => void this.#renew(), Math.max(0, since + this.#lease.ttl / 3 - clock()));
  }

  async #renew(): Promise<void> {
    const { script, keys, args, ttl, until } = this.#lease;
    const before = Atomics.load(until, 0);
    const left = Number(before) - clock();
    if (left <= 0) {
      this.#lose(`its ${ttl} ms were over before it could be renewed`);
      return;
    }
    const late = setTimeout(() => this.#lose(`Redis did not answer within its ${ttl} ms`), left);
    const sent = clock();
    try {
      const answer = await this.#link.run(script as Script, keys, args);
      clearTimeout(late);
      if (this.#isOver) return;
      if (answer !== 1) this.#lose('it was given to another one, or taken away');
      // Only if its holder has not found it lost meanwhile.
      else if (
        Atomics.compareExchange(until, 0, before, BigInt(Math.floor(sent + certainFor(ttl)))) !== before
      )
        this.#lose(`its ${ttl} ms were over before it could be renewed`);
      else this.#schedule(sent);
    } catch {
      clearTimeout(late);
      if (!this.#isOver) this.#timer = setTimeout(() => void this.#renew(), PAUSE_MS);
    }
  }

  #lose(why: string): void {
    if (this.#isOver) return;
    this.end();
    Atomics.store(this.#lease.until, 0, 0n);
    renewals.delete(this.#lease.id);
    tell({ kind: 'lost', id: this.#lease.id, why });
  }
}

function tell(message: FromLeaseThread): void {
  port?.postMessage(message);
}

try {
  const link = await Link.open(reach, { silence: SILENCE_MS });
  port.on('message', (message: ToLeaseThread) => {
    if (message.kind === 'add') renewals.set(message.id, new Renewal(message, link));
    else {
      renewals.get(message.id)?.end();
      renewals.delete(message.id);
    }
  });
  tell({ kind: 'ready' });
} catch (error) {
  tell({
    kind: 'failed',
    why: (error as Error).message,
    isRefused: error instanceof AuthenticationError,
  });
}
