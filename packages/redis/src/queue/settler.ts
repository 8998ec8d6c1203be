import { ClosedError, type NotOwnerError } from '@mp/core';
import type { QueueLink } from './queue-link.ts';
import { SETTLE } from './scripts.ts';

/** `a`: it is done. `r`: it has failed. `u`: it was never seen. `x`: it cannot be read. */
export type Verdict = 'a' | 'r' | 'u' | 'x';

interface Ending {
  readonly id: string;
  readonly token: string;
  readonly verdict: Verdict;
  settle(hasEnded: boolean): void;
  fail(error: unknown): void;
}

/** A get is confirmed with the next call that takes something, or after so long. */
const CONFIRM_MS = 2;
/** After a confirmation that failed, the next try. */
const AGAIN_MS = 1_000;
/** So many leases end with one call. */
const MOST_TOGETHER = 1_000;
const MEMO_MS = 600_000;

/** Ends the leases of one queue object. One call is under way at a time; what ends meanwhile goes with the next one. */
export class Settler {
  /** Tokens of what this object has. */
  readonly tokens = new Set<string>();
  /** Whether the queue was shut down: others may wait for our last word. */
  isHasty = false;
  readonly #link: QueueLink;
  readonly #endings: Ending[] = [];
  /** Id and token of gets that were not confirmed yet. */
  #confirmed: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #calling: Promise<void> | undefined;
  #number = 0;

  constructor(link: QueueLink) {
    this.#link = link;
  }

  /** Something was leased. */
  came(token: string): void {
    this.tokens.add(token);
  }

  /** @returns whether the lease had not ended, or been lost, before */
  end(id: string, token: string, verdict: Verdict): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#endings.push({ id, token, verdict, settle: resolve, fail: reject });
      this.#due();
    });
  }

  /** The user has got it. */
  confirm(id: string, token: string): void {
    this.#confirmed.push(id, token);
    // It keeps the process alive: what was got and not confirmed would come to another one.
    if (this.isHasty) this.hurry();
    else this.#timer ??= setTimeout(() => this.hurry(), CONFIRM_MS);
  }

  /** For a call that confirms on its way. @returns id and token of each */
  takeConfirmed(): string[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#confirmed.splice(0);
  }

  /** The call has failed. */
  confirmAgain(confirmed: readonly string[]): void {
    for (let at = 0; at < confirmed.length; at += 2) this.confirm(confirmed[at], confirmed[at + 1]);
  }

  wereConfirmed(confirmed: readonly string[]): void {
    for (let at = 1; at < confirmed.length; at += 2) this.tokens.delete(confirmed[at]);
    if (this.tokens.size === 0) this.#link.holder.holdNothing();
  }

  /** Confirms now. */
  hurry(): void {
    const confirmed = this.takeConfirmed();
    for (let at = 0; at < confirmed.length; at += 2) {
      const [id, token] = confirmed.slice(at, at + 2);
      this.end(id, token, 'a').catch((error: unknown) => {
        // It stays leased as long as this object lives: so it goes with the next call, or is tried again.
        if (error instanceof ClosedError || !this.tokens.has(token)) return;
        this.#confirmed.push(id, token);
        setTimeout(() => this.hurry(), AGAIN_MS).unref();
      });
    }
  }

  /**
   * Compares what is leased here with what Redis takes for that: what is not known here comes back. It is to be called while
   * nothing is being taken, which would not be known here yet.
   *
   * @returns tokens of what Redis does not know of
   */
  async reclaim(): Promise<string[]> {
    const known = [...this.tokens];
    const found = new Set(await this.#link.reclaim(known));
    return known.filter((token) => !found.has(token) && this.tokens.delete(token));
  }

  /** What came is not ours any more. */
  lost(_: NotOwnerError): void {
    this.tokens.clear();
    this.takeConfirmed();
  }

  /** Resolves when all that was ended here has ended there. */
  async idle(): Promise<void> {
    this.hurry();
    while (this.#isDue || this.#calling !== undefined) await (this.#calling ?? Promise.resolve());
  }

  #due(): void {
    if (this.#isDue || this.#calling !== undefined) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#calling = this.#callAll().finally(() => {
        this.#calling = undefined;
        if (this.#endings.length > 0) this.#due();
      });
    });
  }

  async #callAll(): Promise<void> {
    while (this.#endings.length > 0) {
      const endings = this.#endings.splice(0, MOST_TOGETHER);
      const args = endings.flatMap(({ id, token, verdict }) => [id, token, verdict]);
      try {
        const did = String(await this.#link.run(SETTLE, [++this.#number, MEMO_MS, ...args], 'settle'));
        endings.forEach((each, index) => {
          this.tokens.delete(each.token);
          each.settle(did[index] === '1');
        });
      } catch (error) {
        for (const each of endings) each.fail(error);
      }
    }
    if (this.tokens.size === 0) this.#link.holder.holdNothing();
  }
}
