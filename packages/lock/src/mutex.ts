import {
  type Description,
  keepOrder,
  LOOK,
  type Look,
  type Reason,
  rescuedIn,
  type SegmentViews,
  thisAgent,
  UNINVITED,
  WaiterTable,
  waitersIn,
  waiterTableWords,
} from '@mp/core/internal';

/*
 * The algorithm of every lock in @mp: one word that names its owner, and a table of its waiters.
 *
 *   base+0  LOCK         owner (30 bits) | STARVING (bit 30) | WAITERS (bit 31)
 *   base+1  DIRTY        for a structure under the lock: a change was under way
 *   base+2  SINCE_TOKEN  f64: the acquisition that SINCE is about          (float index base/2+1)
 *   base+4  TOKEN        f64: the present, or else the last, acquisition   (float index base/2+2)
 *   base+6  SINCE        f64: when that acquisition was first seen held    (float index base/2+3)
 *   base+16 …            the waiter table
 *
 * | LOCK                  | meaning                        | who may change it, and to what                           |
 * | --------------------- | ------------------------------ | -------------------------------------------------------- |
 * | 0                     | free                           | anyone → me                                              |
 * | W                     | free, there are waiters        | anyone → me\|W (barging is faster than a hand-over)      |
 * | W\|S                  | free, one waits too long       | a chosen waiter, any at its look, a try → me\|W          |
 * | owner                 | held                           | owner → 0; a waiter sets W                               |
 * | owner\|W (\|S)        | held, there are waiters        | owner → W (\|S) and rings; → 0 when the table is empty   |
 * | dead owner (\|W\|S)   | abandoned                      | a waiter's look or a failing try → me, `recovered`       |
 *
 * S asks newcomers to stand back for those in the table; with an empty table, it means nothing.
 *
 * TOKEN is written only by the holder, plainly: an aligned 8-byte store does not tear.
 */
const DIRTY = 1;
const SINCE_TOKEN = 1;
const TOKEN = 2;
const SINCE = 3;
const WAITER_TABLE = 16;

const WAITERS = 1 << 31;
const STARVING = 1 << 30;
const OWNER = 0x3fffffff;

/** A waiter that has waited this long asks newcomers to stand back. */
const PATIENCE_MS = 5;

/** Words of a mutex whose waiter table has `capacity` entries. */
export function mutexWords(capacity: number): number {
  return WAITER_TABLE + waiterTableWords(capacity);
}

/** Writes a free mutex into a segment that no other thread sees yet. */
export function initMutex({ floats }: SegmentViews, base: number, firstToken: number): void {
  floats[base / 2 + TOKEN] = firstToken;
}

/** What a description has of a lock. */
export type MutexLook = Pick<
  Description,
  'state' | 'holders' | 'waiters' | 'measures' | 'counters' | 'details'
>;

/**
 * A lock that is only looked at.
 *
 * @param base first word
 * @param purpose what its waiters wait for, perhaps by the kind of the wait
 */
export function mutexIn(
  look: Look,
  base: number,
  capacity: number,
  purpose: string | ((kind: number) => string) = 'acquire',
): MutexLook {
  const { words, floats } = look;
  const owner = words[base] & OWNER;
  const token = floats[base / 2 + TOKEN];
  // Nobody may have seen this acquisition yet.
  const since = floats[base / 2 + SINCE_TOKEN] === token ? floats[base / 2 + SINCE] : undefined;
  return {
    state: owner === 0 ? 'free' : 'held',
    holders: owner === 0 ? [] : [{ agent: owner, role: 'owner', count: 1, since }],
    waiters: waitersIn(look, base + WAITER_TABLE, capacity, purpose),
    measures: { token },
    counters: { acquisitions: token, rescued: rescuedIn(look, base + WAITER_TABLE) },
    details: { starving: (words[base] & STARVING) !== 0, dirty: words[base + DIRTY] !== 0 },
  };
}

/** The holder of a lock. */
export interface Holder {
  /** Process id, 0 when nothing is left of it. */
  pid: number;
  /** Worker thread number; 0 = the main thread. */
  threadId: number;
  /** When this acquisition was first seen held by a thread that waited or asked: never before it was made. */
  since: Date;
  /** False: it died, and the next acquire recovers the lock. */
  alive: boolean;
}

/** A lock word with its waiter table, in a segment. Non-waiting steps only: waiting is its caller's {@link WaitLine}. */
export class Mutex {
  readonly waiters: WaiterTable;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #base: number;
  readonly #float: number;
  readonly #me: number;

  /** @param base first word; a multiple of 16, so that the hot word has a cache line of its own */
  constructor(views: SegmentViews, base: number, capacity: number) {
    this.#words = views.words;
    this.#floats = views.floats;
    this.#base = base;
    this.#float = base / 2;
    this.#me = thisAgent().id;
    this.waiters = new WaiterTable(views.words, base + WAITER_TABLE, capacity, { word: base, bit: WAITERS });
  }

  /** Takes a free lock. @returns whether it is ours now */
  tryLock(): boolean {
    const word = Atomics.compareExchange(this.#words, this.#base, 0, this.#me);
    if (word !== 0 && !this.#barge(word)) return false;
    this.#floats[this.#float + TOKEN] += 1;
    return true;
  }

  /**
   * One attempt of a waiter that came at `since`.
   *
   * @returns 1 = ours, 2 = ours, recovered from a dead owner, `undefined` = not now
   */
  attempt(reason: Reason, since: number): 1 | 2 | undefined {
    if (this.tryLock()) return 1;
    const word = Atomics.load(this.#words, this.#base);
    if ((word & OWNER) === 0) {
      // Only a starving lock refuses the plain way: it is for the chosen waiter, or for one that is due to look.
      if (reason === UNINVITED && this.waiters.othersWait) return undefined;
      return this.#take(word, word & ~STARVING) ? 1 : undefined;
    }
    if (reason === LOOK && this.#recover(word)) return 2;
    this.#press(word, since);
    return undefined;
  }

  /** Takes it from a dead owner. @returns whether it is ours now */
  recoverFromDead(): boolean {
    const word = Atomics.load(this.#words, this.#base);
    return (word & OWNER) !== 0 && this.#recover(word);
  }

  /** Takes it from its owner, also from one that lives. @returns whether that had it still, so that it is ours now */
  takeFrom(owner: number): boolean {
    for (;;) {
      const word = Atomics.load(this.#words, this.#base);
      if ((word & OWNER) !== owner) return false;
      if (this.#take(word, word & ~(OWNER | STARVING))) return true;
    }
  }

  /** A waiter that came at `since`, and does not take the lock itself, asks newcomers to stand back. */
  press(since: number): void {
    this.#press(Atomics.load(this.#words, this.#base), since);
  }

  /** A waiter that does not take the lock itself got what it wanted. */
  relieve(): void {
    if ((Atomics.load(this.#words, this.#base) & STARVING) !== 0)
      Atomics.and(this.#words, this.#base, ~STARVING);
  }

  /**
   * The last resort of a try: takes the lock when it is free, also before those it was kept for, or from a dead owner.
   *
   * @returns 1 = ours, 2 = ours, recovered from a dead owner, `undefined` = it is held
   */
  takeOrRecover(): 1 | 2 | undefined {
    for (;;) {
      const word = Atomics.load(this.#words, this.#base);
      if ((word & OWNER) === 0) {
        if (this.#take(word, word)) return 1;
      } else {
        if (!this.#recover(word)) return undefined;
        this.waiters.evictDead();
        return 2;
      }
    }
  }

  /** Frees the lock if this thread holds it under `token`. @returns whether it did */
  unlock(token: number): boolean {
    if (this.#floats[this.#float + TOKEN] !== token) return false;
    if (Atomics.compareExchange(this.#words, this.#base, this.#me, 0) === this.#me) return true;
    return this.#release((owner) => owner === this.#me);
  }

  /** Frees the lock, also for another holder. @returns whether it was held */
  forceUnlock(): boolean {
    return this.#release((owner) => owner !== 0);
  }

  get token(): number {
    return this.#floats[this.#float + TOKEN];
  }

  /** Agent id of the owner, 0 = free. */
  get owner(): number {
    return Atomics.load(this.#words, this.#base) & OWNER;
  }

  get isMine(): boolean {
    return this.owner === this.#me;
  }

  /** Whether a change of the structure under the lock was under way when its last owner left. */
  get dirty(): boolean {
    return Atomics.load(this.#words, this.#base + DIRTY) !== 0;
  }

  set dirty(on: boolean) {
    Atomics.store(this.#words, this.#base + DIRTY, on ? 1 : 0);
  }

  /** Notes that the present acquisition is seen held, for a thread that asks later. */
  noteHeld(): void {
    const token = this.token;
    if (this.#floats[this.#float + SINCE_TOKEN] === token) return;
    this.#floats[this.#float + SINCE] = Date.now();
    keepOrder();
    this.#floats[this.#float + SINCE_TOKEN] = token;
  }

  /** Its holder, `undefined` = it is free. */
  get holder(): Holder | undefined {
    const { owner } = this;
    if (owner === 0) return undefined;
    this.noteHeld();
    keepOrder();
    const since = new Date(this.#floats[this.#float + SINCE]);
    const info = thisAgent().info(owner) ?? { pid: 0, threadId: 0, alive: false };
    return { ...info, since };
  }

  /** It was freed: rings the waiter that is to try next. @returns how many were, or had been, chosen */
  protected wakeNext(): number {
    return this.waiters.notify(1, undefined, true);
  }

  #press(word: number, since: number): void {
    // Only while it is held: the thread that frees it later finds this waiter in the table.
    if ((word & OWNER) !== 0 && performance.now() - since > PATIENCE_MS) this.#swap(word, word | STARVING);
  }

  #barge(word: number): boolean {
    return (word & (OWNER | STARVING)) === 0 && this.#swap(word, word | this.#me);
  }

  #take(word: number, keep: number): boolean {
    if (!this.#swap(word, keep | this.#me)) return false;
    this.#floats[this.#float + TOKEN] += 1;
    return true;
  }

  #recover(word: number): boolean {
    const owner = word & OWNER;
    if (owner === this.#me || thisAgent().isAlive(owner)) return false;
    return this.#take(word, word & ~(OWNER | STARVING));
  }

  #release(mayRelease: (owner: number) => boolean): boolean {
    const words = this.#words;
    this.waiters.beginNotify();
    try {
      for (;;) {
        // While it is held, the holder may see that there are no waiters any more.
        this.waiters.settle();
        const word = Atomics.load(words, this.#base);
        if (!mayRelease(word & OWNER)) return false;
        const waiters = (word & WAITERS) !== 0;
        if (!this.#swap(word, waiters ? word & ~OWNER : 0)) continue;
        // Asked even without W: another thread that releases may just have cleared it, to set it again.
        const rung = this.wakeNext();
        // A waiter is in the table and cannot be chosen: it was killed while it entered.
        if (waiters && rung === 0) this.waiters.evictDead();
        return true;
      }
    } finally {
      this.waiters.endNotify();
    }
  }

  #swap(from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, this.#base, from, to) === from;
  }
}
