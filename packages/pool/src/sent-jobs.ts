import type { Job } from './job.ts';
import { COUNT_MASK, GATE, REVOKED, UPTO } from './protocol.ts';

/** The jobs that were sent to a worker and are not answered, in order. The first may have been begun: `GATE` says so. */
export class SentJobs {
  readonly #words: Int32Array;
  #jobs: Job[] = [];
  #first = 0;
  #sent = 0;
  #seenBegun = -1;

  /** @param words those of the channel */
  constructor(words: Int32Array) {
    this.#words = words;
  }

  get size(): number {
    return this.#jobs.length - this.#first;
  }

  get first(): Job | undefined {
    return this.#jobs[this.#first];
  }

  /** Whether the first was begun; more may have been whose answers nobody has read. */
  get hasBegun(): boolean {
    return this.size > 0 && this.begunCount > 0;
  }

  /** How many were begun: 0 or 1 once all answers are read. */
  get begunCount(): number {
    const gate = Atomics.load(this.#words, GATE);
    // What was taken back is not in the list any more, only the worker has not skipped it yet.
    const unbegun = (gate & REVOKED) !== 0 ? 0 : (this.#sent - (gate >>> 1)) & COUNT_MASK;
    return this.size - unbegun;
  }

  /** Whether the worker still has to skip what was taken back. */
  get isRevoked(): boolean {
    return (Atomics.load(this.#words, GATE) & REVOKED) !== 0;
  }

  has(job: Job): boolean {
    return this.#jobs.indexOf(job, this.#first) >= 0;
  }

  push(job: Job): void {
    this.#sent = (this.#sent + 1) & COUNT_MASK;
    this.#jobs.push(job);
  }

  shift(): Job | undefined {
    if (this.size === 0) return undefined;
    const job = this.#jobs[this.#first];
    this.#jobs[this.#first++] = undefined as never;
    if (this.#first === this.#jobs.length || (this.#first > 1024 && this.#first * 2 > this.#jobs.length)) {
      this.#jobs = this.#jobs.slice(this.#first);
      this.#first = 0;
    }
    return job;
  }

  /**
   * Takes those back that the worker has not begun.
   *
   * @param atOnce also if it has begun one since the last call of this
   * @returns them, in order
   */
  takeBack(atOnce: boolean): Job[] {
    for (;;) {
      const gate = Atomics.load(this.#words, GATE);
      const begun = gate >>> 1;
      if ((gate & REVOKED) !== 0 || begun === this.#sent) return [];
      if (!atOnce && begun !== this.#seenBegun) {
        this.#seenBegun = begun;
        return [];
      }
      Atomics.store(this.#words, UPTO, this.#sent);
      // A worker that begins one at this moment leaves the others.
      if (Atomics.compareExchange(this.#words, GATE, gate, gate | REVOKED) !== gate) continue;
      const unbegun = (this.#sent - begun) & COUNT_MASK;
      return this.#jobs.splice(this.#jobs.length - unbegun, unbegun);
    }
  }

  /** Takes all of them out, when the worker has ended. */
  clear(): Job[] {
    const jobs = this.#jobs.slice(this.#first);
    this.#jobs = [];
    this.#first = 0;
    return jobs;
  }
}
