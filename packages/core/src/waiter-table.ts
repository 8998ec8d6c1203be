import { type Agent, thisAgent } from './agent.ts';
import type { Waiting } from './description.ts';
import type { SegmentViews } from './header.ts';

/*
 * The waiter table: the threads that wait for one thing, its waiters. `docs/decisions/001` argues why no wake-up is lost.
 *
 *   base+0 ANNOUNCED   1 = a waiter may be in the table (a Lock uses a bit of its own word instead)
 *   base+1 TICKET      the next ticket
 *   base+2 RESCUED     waits that ended by the periodic look instead of a wake
 *   base+3 NOTIFIERS   how often a wake, or the try of a chosen waiter, began << 16 | how many wakes go on now
 *   base+4 SPAN        entries ever used
 *   base+16 …          entries of 4 words: STATE, TICKET, KIND, TRY
 *
 * | STATE              | meaning                          | next                                     |
 * | ------------------ | -------------------------------- | ---------------------------------------- |
 * | 0                  | free                             | RESERVED by a waiter's CAS               |
 * | agent \| RESERVED  | being written                    | agent                                    |
 * | agent              | waiting                          | NOTIFIED by a notifier's CAS; 0          |
 * | agent \| NOTIFIED  | was chosen; will try             | agent, by itself, before it tries; 0     |
 *
 * A chosen waiter waits again *before* it tries: a notifier that makes the object available from then on chooses anew,
 * and what was made available before, the waiter sees. While it tries, its TRY is TRYING: that it tries stands in its own
 * entry, and goes with that when it dies. OVERDUE marks a chosen one that did not come while others got what it was rung
 * for (its thread computes, or is dead): notifiers do not count on it any more.
 */
const ANNOUNCED = 0;
const TICKET = 1;
const RESCUED = 2;
const NOTIFIERS = 3;
const SPAN = 4;
const ENTRIES = 16;
const ENTRY = 4;
const TRY = 3;
const OVERDUE = 1;
const TRYING = 2;

const BEGUN = 1 << 16;
const UNDER_WAY = BEGUN - 1;

const RESERVED = 1 << 31;
const NOTIFIED = 1 << 30;
const AGENT = 0x3fffffff;

/** Kinds of a wait; a notifier names those it serves by a mask. */
export const KIND_ANY = ~0;
/** A wait for several things at once, see `waitable.ts`: it takes nothing. */
export const OBSERVER = 2;

/** How many words a table of `capacity` entries takes. */
export function waiterTableWords(capacity: number): number {
  return ENTRIES + capacity * ENTRY;
}

/**
 * The waiters of a table that is only looked at, the longest waiting first. A waiter that found the table full is not there.
 *
 * @param base where the table begins, in words
 * @param capacity entries of its table
 * @param purpose what they wait for, perhaps by the kind of the wait
 */
export function waitersIn(
  { words }: SegmentViews,
  base: number,
  capacity: number,
  purpose: string | ((kind: number) => string),
): Waiting[] {
  const span = Math.min(Math.max(0, words[base + SPAN]), capacity);
  const found: (Waiting & { ticket: number })[] = [];
  for (let at = base + ENTRIES, end = at + span * ENTRY; at < end; at += ENTRY) {
    const state = words[at];
    if (state === 0 || state === undefined) continue;
    const kind = words[at + 2];
    found.push({
      agent: state & AGENT,
      for: kind === OBSERVER ? 'watch' : typeof purpose === 'string' ? purpose : purpose(kind),
      chosen: state > 0 && (state & NOTIFIED) !== 0,
      ticket: words[at + 1],
    });
  }
  found.sort((a, b) => (a.ticket - b.ticket) | 0);
  return found.map(({ agent, for: what, chosen }) => ({ agent, for: what, chosen }));
}

/** How many waits of a table that is only looked at ended by the periodic look. */
export function rescuedIn({ words }: SegmentViews, base: number): number {
  return words[base + RESCUED] ?? 0;
}

/** The entry of a waiter that found the table full: it looks by itself, once per period. */
export const UNLISTED = -1;

/** One waiter table of one segment, as this thread sees it. */
export class WaiterTable {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #capacity: number;
  readonly #announceWord: number;
  readonly #announceBit: number;

  /**
   * @param words the segment's words
   * @param base where the table begins, in words
   * @param capacity entries of its table
   * @param announce the word and bit that tells "there are waiters", when it is not a word of the table
   */
  constructor(words: Int32Array, base: number, capacity: number, announce?: { word: number; bit: number }) {
    this.#words = words;
    this.#base = base;
    this.#capacity = capacity;
    this.#announceWord = announce?.word ?? base + ANNOUNCED;
    this.#announceBit = announce?.bit ?? 1;
  }

  /** Whether there may be waiters: what a notifier asks first, and nearly always all it asks. */
  get announced(): boolean {
    return (Atomics.load(this.#words, this.#announceWord) & this.#announceBit) !== 0;
  }

  /** Whether it lies in the memory that `words` shows. */
  isIn(words: Int32Array): boolean {
    return this.#words === words;
  }

  /** How many waits ended by the periodic look. Without a kill: 0, or there is a bug. */
  get rescued(): number {
    return Atomics.load(this.#words, this.#base + RESCUED);
  }

  /** How many are waiting. */
  get size(): number {
    let count = 0;
    for (let at = this.#base + ENTRIES, end = this.#end(); at < end; at += ENTRY) {
      if (Atomics.load(this.#words, at) !== 0) count++;
    }
    return count;
  }

  /** Enters the table. The caller announces itself and then looks at the object again. @returns its entry */
  enter(kind: number): number {
    const words = this.#words;
    const me = thisAgent().id;
    for (let index = 0, at = this.#base + ENTRIES; index < this.#capacity; index++, at += ENTRY) {
      if (Atomics.load(words, at) !== 0 || Atomics.compareExchange(words, at, 0, me | RESERVED) !== 0)
        continue;
      words[at + 1] = Atomics.add(words, this.#base + TICKET, 1);
      words[at + 2] = kind;
      words[at + TRY] = 0;
      for (let span = this.#span(); span <= index; span = this.#span()) {
        Atomics.compareExchange(words, this.#base + SPAN, span, index + 1);
      }
      Atomics.store(words, at, me);
      return at;
    }
    return UNLISTED;
  }

  announce(): void {
    Atomics.or(this.#words, this.#announceWord, this.#announceBit);
  }

  /** Whether the waiter of `entry` was chosen since it entered or rearmed. */
  isNotified(entry: number): boolean {
    return entry !== UNLISTED && (Atomics.load(this.#words, entry) & NOTIFIED) !== 0;
  }

  /**
   * A chosen waiter is about to try, until {@link WaiterTable.endTry}: a look that snatches what it was chosen for is not
   * taken for a rescue.
   */
  beginTry(entry: number): void {
    Atomics.add(this.#words, this.#base + NOTIFIERS, BEGUN);
    this.#words[entry + TRY] = TRYING;
    Atomics.and(this.#words, entry, ~NOTIFIED);
  }

  endTry(entry: number): void {
    // Its attempt ran code of the user perhaps, which ended the wait.
    if (entry === UNLISTED) return;
    Atomics.store(this.#words, entry + TRY, 0);
  }

  /** Leaves the table. A wake that reached this waiter and was not used goes to the next one. */
  leave(entry: number): void {
    if (entry === UNLISTED) return;
    this.beginNotify();
    const before = Atomics.exchange(this.#words, entry, 0);
    if ((before & NOTIFIED) !== 0) this.#wake(KIND_ANY, 1);
    this.endNotify();
  }

  /** Before the object is made available, so that a rescue can be told from a notifier that is merely slow. */
  beginNotify(): void {
    Atomics.add(this.#words, this.#base + NOTIFIERS, BEGUN + 1);
  }

  endNotify(): void {
    Atomics.sub(this.#words, this.#base + NOTIFIERS, 1);
  }

  /**
   * Chooses up to `count` waiters, the longest waiting first, and rings them; after the object was made available.
   *
   * @param kinds mask of kinds to serve
   * @param one when true, a waiter that was chosen before and has not tried yet counts: for what only one can have
   * @returns how many were chosen
   */
  notify(count: number, kinds = KIND_ANY, one = false): number {
    if (one && this.#someoneIsChosen()) return 1;
    return this.#wake(kinds, count);
  }

  /**
   * The waiter of `entry` was chosen for something that it cannot use, and stays: chooses the longest waiting behind it. A
   * chosen waiter that comes to that is between {@link WaiterTable.beginTry} and {@link WaiterTable.endTry}.
   */
  notifyAfter(entry: number): void {
    if (entry !== UNLISTED) this.#wake(KIND_ANY, 1, entry);
  }

  /**
   * Chooses what waits here of one agent, and rings it: what was made available is for that one alone. Also when it is
   * not in the table, or not yet.
   */
  summon(agent: number): void {
    let present = false;
    let chosen = false;
    for (let at = this.#base + ENTRIES, end = this.#end(); at < end; at += ENTRY) {
      const state = Atomics.load(this.#words, at);
      if (state !== agent && state !== (agent | NOTIFIED)) continue;
      present = true;
      if (Atomics.compareExchange(this.#words, at, agent, agent | NOTIFIED) === agent) chosen = true;
    }
    // A waiter that was chosen before, and has not tried yet, will look at everything that is there by then.
    if (chosen || !present) thisAgent().ring(agent);
  }

  /** Whether an agent other than this one stands in the table. */
  get othersWait(): boolean {
    const me = thisAgent().id;
    for (let at = this.#base + ENTRIES, end = this.#end(); at < end; at += ENTRY) {
      const state = Atomics.load(this.#words, at);
      if (state !== 0 && (state & AGENT) !== me) return true;
    }
    return false;
  }

  /** Clears the announcement when the table is empty. */
  settle(): void {
    if (!this.#isEmpty()) return;
    Atomics.and(this.#words, this.#announceWord, ~this.#announceBit);
    if (this.#isEmpty()) return;
    // A waiter came meanwhile, and what was made available in this moment was made without an announcement.
    this.announce();
    this.#wake(KIND_ANY, this.#capacity);
  }

  /** Makes something available by `change`, and wakes up to `count` of those that wait for it. */
  publish(count: number, change: () => void): void {
    const waited = this.announced;
    if (waited) this.beginNotify();
    try {
      change();
      if (this.announced && this.notify(count) === 0) this.settle();
    } finally {
      if (waited) this.endNotify();
    }
  }

  /**
   * What the waiter of `entry` asks before its periodic look, for {@link WaiterTable.rescue}.
   *
   * @returns a number of this moment if no wake is on its way, else `undefined`
   */
  quiet(entry: number): number | undefined {
    const notifiers = Atomics.load(this.#words, this.#base + NOTIFIERS);
    if (entry === UNLISTED || (notifiers & UNDER_WAY) !== 0) return undefined;
    return this.isNotified(entry) || this.#someoneIsChosen(true) ? undefined : notifiers;
  }

  /**
   * A periodic look got something: counts it if no wake had announced it, and sees to it that no entry holds up
   * others any more: the dead go, and a waiter that was chosen and did not come is overdue.
   *
   * @param before what {@link WaiterTable.quiet} answered before the look. Asking only now would take for a rescue what was
   * snatched from a chosen one, which has tried in vain and waits again.
   */
  rescue(entry: number, before: number | undefined): void {
    if (before !== undefined && this.quiet(entry) === before)
      Atomics.add(this.#words, this.#base + RESCUED, 1);
    this.evictDead();
    for (let at = this.#base + ENTRIES, end = this.#end(); at < end; at += ENTRY) {
      const chosen = (Atomics.load(this.#words, at) & NOTIFIED) !== 0;
      // One that tries by now is not overdue.
      if (chosen) Atomics.compareExchange(this.#words, at + TRY, 0, OVERDUE);
    }
  }

  /** Frees the entries of agents that died. A wake that had reached one of them goes to the next. */
  evictDead(): void {
    const agent = thisAgent();
    for (let at = this.#base + ENTRIES, end = this.#end(); at < end; at += ENTRY) {
      const state = Atomics.load(this.#words, at);
      if (state !== 0 && !agent.isAlive(state & AGENT)) this.#evict(at, state);
    }
  }

  #evict(at: number, state: number): void {
    if (Atomics.compareExchange(this.#words, at, state, 0) === state && (state & NOTIFIED) !== 0)
      this.#wake(KIND_ANY, 1);
  }

  #wake(kinds: number, count: number, after = UNLISTED): number {
    const agent: Agent = thisAgent();
    // A waiter that comes from now on looks at the object itself: to ring one that was just served would wake it for nothing.
    const before = Atomics.load(this.#words, this.#base + TICKET);
    let woken = 0;
    while (woken < count) {
      const at = this.#longestWaiting(kinds, after, before);
      if (at === UNLISTED) break;
      const state = Atomics.load(this.#words, at);
      if (state <= 0 || (state & NOTIFIED) !== 0) continue;
      if (Atomics.compareExchange(this.#words, at, state, state | NOTIFIED) !== state) continue;
      if (agent.ring(state)) woken++;
      else Atomics.compareExchange(this.#words, at, state | NOTIFIED, 0);
    }
    return woken;
  }

  /**
   * @param after only those that came after the waiter of this entry
   * @param before only those with a ticket before this one
   */
  #longestWaiting(kinds: number, after: number, before: number): number {
    const words = this.#words;
    let best = UNLISTED;
    for (let at = this.#base + ENTRIES, end = this.#end(); at < end; at += ENTRY) {
      const state = Atomics.load(words, at);
      if (state <= 0 || (state & NOTIFIED) !== 0 || (words[at + 2] & kinds) === 0) continue;
      if (((words[at + 1] - before) | 0) >= 0) continue;
      if (after !== UNLISTED && ((words[at + 1] - words[after + 1]) | 0) <= 0) continue;
      if (best === UNLISTED || ((words[at + 1] - words[best + 1]) | 0) < 0) best = at;
    }
    return best;
  }

  /** Whether a waiter was chosen that can be expected to come. @param orTries or tries just now, because it was chosen */
  #someoneIsChosen(orTries = false): boolean {
    for (let at = this.#base + ENTRIES, end = this.#end(); at < end; at += ENTRY) {
      const state = Atomics.load(this.#words, at);
      if (state <= 0) continue;
      const its = this.#words[at + TRY];
      if ((state & NOTIFIED) !== 0 ? its !== OVERDUE : orTries && its === TRYING) return true;
    }
    return false;
  }

  #isEmpty(): boolean {
    for (let at = this.#base + ENTRIES, end = this.#end(); at < end; at += ENTRY) {
      if (Atomics.load(this.#words, at) !== 0) return false;
    }
    return true;
  }

  #span(): number {
    return Atomics.load(this.#words, this.#base + SPAN);
  }

  #end(): number {
    return this.#base + ENTRIES + Math.min(this.#span(), this.#capacity) * ENTRY;
  }
}
