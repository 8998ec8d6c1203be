import {
  BODY,
  type Describer,
  description,
  type Holding,
  type Parameter,
  rescuedIn,
  type Segment,
  type SegmentPlan,
  thisAgent,
  WaiterTable,
  waitersIn,
  waiterTableWords,
} from '@mp/core/internal';

/*
 * The permits of a semaphore, without the waiting: each step answers at once.
 *
 *   COUNT     free permits; not used with `recover`
 *   INITIAL   permits at first
 *   FLAGS     1 = bounded · 2 = recover
 *   PLACES    with `recover`: how many permits there are
 *   the waiter table, then with `recover` a table of permits, two words each: OWNER, TURN
 *
 * Counted: take is one CAS COUNT→COUNT−1, giving back one CAS COUNT→COUNT+n. The permits of the dead are gone.
 *
 * With places:
 *
 * | OWNER | means | next                                                                            |
 * | ----- | ----- | ------------------------------------------------------------------------------- |
 * | 0     | free  | anyone → me, then TURN+1                                                        |
 * | agent | held  | its holder → 0; any thread of the holder's choice by `release()` → 0            |
 * | dead  | lost  | a look or a failing try → me, `recovered`                                       |
 *
 * A new permit is one more place: PLACES+1, and the place is free from the start. Killed after any store, nothing is
 * counted twice, because nothing is counted. TURN tells two acquisitions of one agent in one place apart.
 */
const COUNT = BODY;
const INITIAL = BODY + 1;
const FLAGS = BODY + 2;
const PLACES = BODY + 3;
const WAITER_TABLE = BODY + 16;
/** Threads that can stand in the table at once; more of them wait too, but look only now and then. */
const CAPACITY = 64;
const TABLE = WAITER_TABLE + waiterTableWords(CAPACITY);
const PLACE = 2;

const BOUNDED = 1;
const RECOVER = 2;

/** Permits that can have a place. */
const PLACES_MOST = 1024;
const COUNT_MOST = 2 ** 30;

/** Layout of a semaphore's segment. */
export const VERSION = 1;

/** How a semaphore is described. */
export const describer: Describer = {
  version: VERSION,
  bytes: (TABLE + PLACES_MOST * PLACE) * 4,
  describe(look) {
    const { words } = look;
    const recover = (words[FLAGS] & RECOVER) !== 0;
    const places = recover ? Math.min(Math.max(0, words[PLACES]), PLACES_MOST) : 0;
    const taken = new Map<number, number>();
    let acquisitions = 0;
    for (let at = TABLE, end = TABLE + places * PLACE; at < end; at += PLACE) {
      acquisitions += words[at + 1] >>> 0;
      if (words[at] !== 0) taken.set(words[at], (taken.get(words[at]) ?? 0) + 1);
    }
    const holders = Array.from(taken, ([agent, count]): Holding => ({ agent, role: 'permit', count }));
    const permits = recover
      ? places - holders.reduce((sum, { count }) => sum + count, 0)
      : Math.max(0, words[COUNT]);
    const rescued = rescuedIn(look, WAITER_TABLE);
    return description(permits > 0 ? 'free' : 'held', {
      holders,
      waiters: waitersIn(look, WAITER_TABLE, CAPACITY, 'acquire'),
      measures: { permits, initialPermits: words[INITIAL] },
      counters: recover ? { acquisitions, rescued } : { rescued },
      details: { bounded: (words[FLAGS] & BOUNDED) !== 0, recover },
    });
  },
};

/** What one acquire took. */
export interface Grant {
  /** Its place, −1 when permits are only counted. */
  readonly place: number;
  readonly turn: number;
  readonly recovered: boolean;
}

const COUNTED: Grant = { place: -1, turn: 0, recovered: false };

/** @throws TypeError, RangeError when the value is none */
export function planOf(
  value: number | undefined,
  recover: boolean | undefined,
  bounded: boolean,
): SegmentPlan {
  if (recover !== undefined && typeof recover !== 'boolean')
    throw new TypeError(`recover must be true or false, not a ${typeof recover}`);
  if (value !== undefined && typeof value !== 'number')
    throw new TypeError(
      `The value of a semaphore must be a number, not ${value === null ? 'null' : `a ${typeof value}`}`,
    );
  const initial = value ?? 1;
  const most = recover ? PLACES_MOST : COUNT_MOST;
  if (!Number.isInteger(initial) || initial < 0 || initial > most)
    throw new RangeError(`The value of a semaphore must be a whole number from 0 to ${most}, not ${initial}`);
  return {
    kind: 'semaphore',
    version: VERSION,
    size: (TABLE + (recover ? PLACES_MOST * PLACE : 0)) * 4,
    fill: ({ words }) => {
      words[COUNT] = recover ? 0 : initial;
      words[PLACES] = recover ? initial : 0;
      words[INITIAL] = initial;
      words[FLAGS] = (bounded ? BOUNDED : 0) | (recover ? RECOVER : 0);
    },
  };
}

/** What must agree with a semaphore that exists; what was left out is taken from it. */
export function parametersOf(value: number | undefined, recover: boolean | undefined, bounded: boolean) {
  return ({ words }: Segment): Parameter[] => [
    { name: 'first value', asked: value, found: words[INITIAL] },
    { name: 'recover', asked: recover, found: (words[FLAGS] & RECOVER) !== 0 },
    {
      name: 'bound',
      asked: bounded ? 'its first value' : 'none',
      found: (words[FLAGS] & BOUNDED) !== 0 ? 'its first value' : 'none',
    },
  ];
}

/** The permits in a segment. */
export class Permits {
  readonly waiters: WaiterTable;
  readonly #words: Int32Array;
  readonly #title: string;

  constructor(segment: Segment) {
    this.#words = segment.words;
    this.#title = segment.title;
    this.waiters = new WaiterTable(segment.words, WAITER_TABLE, CAPACITY);
  }

  get isBounded(): boolean {
    return (this.#words[FLAGS] & BOUNDED) !== 0;
  }

  /** How many are free. */
  get free(): number {
    if (!this.#hasPlaces) return Atomics.load(this.#words, COUNT);
    let free = 0;
    for (let place = 0, places = this.#places; place < places; place++) {
      if (Atomics.load(this.#words, TABLE + place * PLACE) === 0) free++;
    }
    return free;
  }

  /** @param look whether to take from the dead, too */
  take(look: boolean): Grant | undefined {
    if (!this.#hasPlaces) return this.#takeCounted();
    return this.#takePlace(() => 0) ?? (look ? this.#takePlace(this.#deadOwner) : undefined);
  }

  /** Ends what one acquire began, if it was not released yet. */
  end({ place, turn }: Grant): void {
    if (place < 0) {
      this.giveBack(1);
      return;
    }
    const at = TABLE + place * PLACE;
    this.waiters.publish(1, () => {
      if (this.#words[at + 1] === turn) Atomics.compareExchange(this.#words, at, thisAgent().id, 0);
    });
  }

  /** @throws RangeError when there would be too many */
  giveBack(count: number): void {
    this.waiters.publish(Math.min(count, CAPACITY), () => {
      if (this.#hasPlaces) for (let given = 0; given < count; given++) this.#freePlace();
      else this.#freeCounted(count);
    });
  }

  get #hasPlaces(): boolean {
    return (this.#words[FLAGS] & RECOVER) !== 0;
  }

  get #places(): number {
    return Atomics.load(this.#words, PLACES);
  }

  #takeCounted(): Grant | undefined {
    for (let count = Atomics.load(this.#words, COUNT); count > 0; ) {
      const found = Atomics.compareExchange(this.#words, COUNT, count, count - 1);
      if (found === count) return COUNTED;
      count = found;
    }
    return undefined;
  }

  #freeCounted(count: number): void {
    const most = this.isBounded ? this.#words[INITIAL] : COUNT_MOST;
    for (let free = Atomics.load(this.#words, COUNT); ; ) {
      if (free + count > most) throw this.#tooMany(most);
      const found = Atomics.compareExchange(this.#words, COUNT, free, free + count);
      if (found === free) return;
      free = found;
    }
  }

  /** @param from the owner to take a place from, −1 = not this place */
  #takePlace(from: (owner: number) => number): Grant | undefined {
    const me = thisAgent().id;
    for (let place = 0, places = this.#places; place < places; place++) {
      const at = TABLE + place * PLACE;
      const owner = Atomics.load(this.#words, at);
      if (owner !== from(owner) || Atomics.compareExchange(this.#words, at, owner, me) !== owner) continue;
      this.#words[at + 1] = (this.#words[at + 1] + 1) | 0;
      return { place, turn: this.#words[at + 1], recovered: owner !== 0 };
    }
    return undefined;
  }

  readonly #deadOwner = (owner: number): number => (owner !== 0 && !thisAgent().isAlive(owner) ? owner : -1);

  /** This thread's, else one more. */
  #freePlace(): void {
    const me = thisAgent().id;
    const places = this.#places;
    for (let place = 0; place < places; place++) {
      if (Atomics.compareExchange(this.#words, TABLE + place * PLACE, me, 0) === me) return;
    }
    const most = this.isBounded ? this.#words[INITIAL] : PLACES_MOST;
    for (let now = places; ; ) {
      if (now >= most) throw this.#tooMany(most);
      const found = Atomics.compareExchange(this.#words, PLACES, now, now + 1);
      if (found === now) return;
      now = found;
    }
  }

  #tooMany(most: number): RangeError {
    const why = this.isBounded ? 'it has all of its permits' : `it can have ${most} permits at most`;
    return new RangeError(`Cannot release the ${this.#title}: ${why}`);
  }
}
