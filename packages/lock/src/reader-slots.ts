import { type Holding, type SegmentViews, thisAgent } from '@mp/core/internal';

/*
 * The readers: a slot for each agent, a cache line each, so that readers do not slow each other down.
 *
 *   SPAN    how many slots were ever used: how far a scan goes; a word outside of them
 *   AGENT   whose slot it is; 0 = free
 *   COUNT   how many reads that agent has open
 *
 * | AGENT, COUNT  | means                | who may change it, and to what                                  |
 * | ------------- | -------------------- | --------------------------------------------------------------- |
 * | 0, 0          | free                 | any agent → itself, by compare-and-exchange                     |
 * | me, n         | mine                 | only I: n ± 1; at the end of my use, with n = 0, AGENT → 0      |
 * | dead, n       | lost                 | the holder of the write side: COUNT → 0, then AGENT → 0             |
 *
 * Killed after any store: a slot of the dead, with a count that is then cleared with it. Only one can hold the write
 * side, so no slot is cleared that was cleared before and taken by another agent meanwhile.
 */
const AGENT = 0;
const COUNT = 1;
const SLOT = 16;

/** Agents that can read at the same time; more of them take turns. */
const CAPACITY = 64;

/** Words of the slots. */
export const SLOTS_WORDS = CAPACITY * SLOT;

/**
 * The readers of a lock that is only looked at.
 *
 * @param base first word of the slots
 * @param span the word of SPAN
 */
export function readersIn({ words }: SegmentViews, base: number, span: number): Holding[] {
  const slots = Math.min(Math.max(0, words[span]), CAPACITY);
  return Array.from({ length: slots }, (_, index) => base + index * SLOT)
    .filter((at) => words[at + AGENT] !== 0 && words[at + COUNT] > 0)
    .map((at) => ({ agent: words[at + AGENT], role: 'reader', count: words[at + COUNT] }));
}

/** The slots of one lock. */
export class ReaderSlots {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #span: number;
  readonly #me = thisAgent().id;
  #mine: number;

  /**
   * @param base first word of the slots, a multiple of 16
   * @param span the word of SPAN
   */
  constructor(words: Int32Array, base: number, span: number) {
    this.#words = words;
    this.#base = base;
    this.#span = span;
    this.#mine = base;
  }

  /** Counts one more read of this agent. @returns false when all slots belong to others */
  enter(): boolean {
    // Another object of this thread may have let go of the slot that both used.
    if (this.#words[this.#mine + AGENT] !== this.#me && !this.#claim()) return false;
    Atomics.add(this.#words, this.#mine + COUNT, 1);
    return true;
  }

  /** Counts one less. */
  leave(): void {
    if (this.ownCount > 0) Atomics.sub(this.#words, this.#mine + COUNT, 1);
  }

  /** How many reads this agent has open. */
  get ownCount(): number {
    return this.#find() ? this.#words[this.#mine + COUNT] : 0;
  }

  /** How many reads are open. */
  get count(): number {
    let count = 0;
    for (let at = this.#base; at < this.#end; at += SLOT) count += Atomics.load(this.#words, at + COUNT);
    return count;
  }

  /** The agent of a read, `last` if that still reads; 0 = there is none. */
  reader(last = 0): number {
    let found = 0;
    for (let at = this.#base; at < this.#end; at += SLOT) {
      if (Atomics.load(this.#words, at + COUNT) === 0) continue;
      const agent = Atomics.load(this.#words, at + AGENT);
      if (agent === last) return last;
      found ||= agent;
    }
    return found;
  }

  /** Frees the slots of the dead: for the holder of the write side. */
  clearDead(): void {
    for (let at = this.#base; at < this.#end; at += SLOT) {
      const agent = Atomics.load(this.#words, at + AGENT);
      if (agent === 0 || thisAgent().isAlive(agent)) continue;
      Atomics.store(this.#words, at + COUNT, 0);
      Atomics.store(this.#words, at + AGENT, 0);
    }
  }

  /** This thread may not read again: frees its slot, unless it reads now. */
  letGo(): void {
    if (this.#find() && this.#words[this.#mine + COUNT] === 0)
      Atomics.store(this.#words, this.#mine + AGENT, 0);
  }

  /** Whether all slots belong to others. */
  get isFull(): boolean {
    return !this.#claim();
  }

  get #end(): number {
    return this.#base + Atomics.load(this.#words, this.#span) * SLOT;
  }

  #claim(): boolean {
    if (this.#find()) return true;
    for (let index = 0, at = this.#base; index < CAPACITY; index++, at += SLOT) {
      if (Atomics.load(this.#words, at + AGENT) !== 0) continue;
      if (Atomics.compareExchange(this.#words, at + AGENT, 0, this.#me) !== 0) continue;
      // Before the first read is counted: a writer must not pass over this slot then.
      for (let span = 0; span <= index; ) {
        span = Atomics.compareExchange(this.#words, this.#span, span, index + 1);
      }
      this.#mine = at;
      return true;
    }
    return false;
  }

  /** Whether this agent has a slot. */
  #find(): boolean {
    if (this.#words[this.#mine + AGENT] === this.#me) return true;
    for (let at = this.#base; at < this.#end; at += SLOT) {
      if (Atomics.load(this.#words, at + AGENT) !== this.#me) continue;
      this.#mine = at;
      return true;
    }
    return false;
  }
}
