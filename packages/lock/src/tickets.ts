import {
  BODY,
  HEADER_BYTES,
  type Look,
  rescuedIn,
  type Segment,
  type SegmentPlan,
  thisAgent,
  WaiterTable,
  type Waiting,
  waiterTableWords,
} from '@mp/core/internal';

/*
 * The waits on a Condition: a ticket for each, also for each task of one thread. A notification is a mark on one
 * ticket, and a marked wait is over; so a notification is neither lost nor given to two.
 *
 *   NEXT      number of the next ticket
 *   EXTRA     numbers of the satellites with more tables, in order; 0 = none yet
 *   a table of tickets: STATE, NUMBER, BEFORE, and a spare word each
 *
 * | STATE             | means                              | next                                                         |
 * | ----------------- | ---------------------------------- | ------------------------------------------------------------ |
 * | 0                 | free                               | a waiter's CAS → agent\|RESERVED                             |
 * | agent \| RESERVED | being written                      | agent                                                        |
 * | agent             | waits                              | agent\|MARKED by a notifier's CAS; 0 by its agent            |
 * | agent \| MARKED   | notified; wants the lock again     | 0 by its agent, when it has the lock                         |
 * | dead              | free                               | 0 by a notifier, or by a wait that needs the place           |
 * | dead \| MARKED    | a notification that was not taken  | me\|MARKED by a look, which marks another ticket, and then 0 |
 *
 * A ticket is taken, and marks are made, by the holder of the condition's lock; but a Lock may be released by any thread, so
 * nothing here relies on that. BEFORE is written before the mark: the number of the first ticket that came after the
 * notification, so that one that was not taken does not go to a wait that began later.
 *
 * Killed after any store: a ticket of the dead. Killed between marking another ticket and freeing the dead one's: one
 * wait more is notified than asked for, rather than one less.
 *
 * When all tickets are taken, and by the living, the next table is made: four times as large, in a satellite. A ticket
 * never moves.
 */
const NEXT = 0;
const EXTRA = 1;
const EXTRA_MOST = 8;
const WAITER_TABLE = 16;
/** Threads that can stand in the table at once; more of them are woken, too. */
const WAITERS_CAPACITY = 32;
const TABLE = WAITER_TABLE + waiterTableWords(WAITERS_CAPACITY);

const TICKET = 4;
const NUMBER = 1;
const BEFORE = 2;
const FIRST_TABLE = 64;

const RESERVED = 1 << 31;
const MARKED = 1 << 30;
const AGENT = 0x3fffffff;

/** Words of the tickets at the end of a condition's segment. */
export const TICKETS_WORDS = TABLE + FIRST_TABLE * TICKET;

/** The tickets of a condition that is only looked at. @param base first word of the tickets */
export function ticketsIn(look: Look, base: number): { waiting: Waiting[]; rescued: number } {
  const found: (Waiting & { number: number })[] = [];
  const collect = (words: Int32Array, from: number, capacity: number): void => {
    for (let at = from, end = Math.min(words.length, from + capacity * TICKET); at < end; at += TICKET) {
      const state = words[at];
      if (state === 0) continue;
      const chosen = state > 0 && (state & MARKED) !== 0;
      found.push({ agent: state & AGENT, for: 'notify', chosen, number: words[at + NUMBER] });
    }
  };
  collect(look.words, base + TABLE, FIRST_TABLE);
  for (let index = 1; index <= EXTRA_MOST; index++) {
    const number = look.words[base + EXTRA + index - 1];
    if (number === 0) break;
    const bytes = HEADER_BYTES + capacityOf(index) * TICKET * 4;
    const words = look.satellite(number, bytes)?.words;
    if (words !== undefined) collect(words, BODY, capacityOf(index));
  }
  found.sort((a, b) => (a.number - b.number) | 0);
  return {
    waiting: found.map(({ agent, for: what, chosen }) => ({ agent, for: what, chosen })),
    rescued: rescuedIn(look, base + WAITER_TABLE),
  };
}

interface Table {
  readonly words: Int32Array;
  readonly base: number;
  readonly capacity: number;
  readonly segment: Segment | undefined;
}

/** A place of one wait. */
export interface Ticket {
  readonly words: Int32Array;
  readonly at: number;
}

/** The tickets of one condition. */
export class Tickets {
  readonly waiters: WaiterTable;
  readonly #segment: Segment;
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #tables: Table[];
  readonly #me = thisAgent().id;

  /** @param base first word of the tickets in the segment */
  constructor(segment: Segment, base: number) {
    this.#segment = segment;
    this.#words = segment.words;
    this.#base = base;
    this.#tables = [{ words: segment.words, base: base + TABLE, capacity: FIRST_TABLE, segment: undefined }];
    this.waiters = new WaiterTable(segment.words, base + WAITER_TABLE, WAITERS_CAPACITY);
  }

  /** How many wait and were not notified. */
  get waiting(): number {
    return this.#waiting().length;
  }

  /**
   * A new ticket, behind all others.
   *
   * @throws MpError `ERR_MP_NO_SPACE` when there is no room for another table
   */
  take(): Ticket {
    for (let index = 0; ; index++) {
      const table = this.#table(index) ?? this.#grow(index);
      const ticket = this.#takeFrom(table) ?? (this.#freeDead(table) ? this.#takeFrom(table) : undefined);
      if (ticket !== undefined) return ticket;
    }
  }

  isMarked({ words, at }: Ticket): boolean {
    return (Atomics.load(words, at) & MARKED) !== 0;
  }

  /** The wait has the lock again. @returns whether it was notified */
  leave({ words, at }: Ticket): boolean {
    return (Atomics.exchange(words, at, 0) & MARKED) !== 0;
  }

  /** The wait is given up: a notification that it got goes to another. */
  giveUp(ticket: Ticket): void {
    const { words, at } = ticket;
    // Not notified. Else BEFORE, which was written before the mark, does not change any more.
    if (Atomics.compareExchange(words, at, this.#me, 0) === this.#me) return;
    const before = words[at + BEFORE];
    if (this.leave(ticket)) this.mark(1, before);
  }

  /** Notifies the longest waiting. @param before the number of the first ticket that is too late */
  mark(count: number, before = Atomics.load(this.#words, this.#base + NEXT)): void {
    const agent = thisAgent();
    this.waiters.beginNotify();
    try {
      let left = count;
      for (const { words, at } of this.#waiting(before)) {
        if (left === 0) return;
        const state = Atomics.load(words, at);
        if (state <= 0 || (state & MARKED) !== 0) continue;
        if (!agent.isAlive(state)) {
          Atomics.compareExchange(words, at, state, 0);
          continue;
        }
        words[at + BEFORE] = before;
        if (Atomics.compareExchange(words, at, state, state | MARKED) !== state) continue;
        this.waiters.summon(state);
        left--;
      }
    } finally {
      this.waiters.endNotify();
    }
  }

  /** A periodic look: notifications of waiters that died before they had the lock again go to others. */
  passOn(): void {
    this.#visit((words, at) => {
      const state = Atomics.load(words, at);
      if (state <= 0 || (state & MARKED) === 0 || thisAgent().isAlive(state & AGENT)) return;
      if (Atomics.compareExchange(words, at, state, this.#me | MARKED) !== state) return;
      this.mark(1, words[at + BEFORE]);
      Atomics.store(words, at, 0);
    });
  }

  /** Lets go of the satellites. */
  close(): void {
    for (const { segment } of this.#tables) segment?.close();
  }

  /** Those that wait and came before number `before`, the longest waiting first. */
  #waiting(before = Atomics.load(this.#words, this.#base + NEXT)): Ticket[] {
    const waiting: (Ticket & { number: number })[] = [];
    this.#visit((words, at) => {
      const state = Atomics.load(words, at);
      const number = words[at + NUMBER];
      if (state > 0 && (state & MARKED) === 0 && ((number - before) | 0) < 0)
        waiting.push({ words, at, number });
    });
    return waiting.sort((a, b) => (a.number - b.number) | 0);
  }

  #visit(visitor: (words: Int32Array, at: number) => void): void {
    for (let index = 0; ; index++) {
      const table = this.#table(index);
      if (table === undefined) return;
      const { words, base, capacity } = table;
      for (let at = base, end = base + capacity * TICKET; at < end; at += TICKET) visitor(words, at);
    }
  }

  #takeFrom({ words, base, capacity }: Table): Ticket | undefined {
    for (let at = base, end = base + capacity * TICKET; at < end; at += TICKET) {
      if (Atomics.load(words, at) !== 0) continue;
      if (Atomics.compareExchange(words, at, 0, this.#me | RESERVED) !== 0) continue;
      words[at + NUMBER] = Atomics.add(this.#words, this.#base + NEXT, 1);
      Atomics.store(words, at, this.#me);
      return { words, at };
    }
    return undefined;
  }

  /** Frees the tickets of the dead, but for their notifications. @returns whether there were any */
  #freeDead({ words, base, capacity }: Table): boolean {
    let any = false;
    for (let at = base, end = base + capacity * TICKET; at < end; at += TICKET) {
      const state = Atomics.load(words, at);
      if (state === 0 || (state > 0 && (state & MARKED) !== 0) || thisAgent().isAlive(state & AGENT))
        continue;
      any ||= Atomics.compareExchange(words, at, state, 0) === state;
    }
    return any;
  }

  #table(index: number): Table | undefined {
    const known = this.#tables[index];
    if (known !== undefined) return known;
    if (index > EXTRA_MOST) return undefined;
    const number = Atomics.load(this.#words, this.#base + EXTRA + index - 1);
    if (number === 0) return undefined;
    const segment = this.#segment.openSatellite(number, 'tickets');
    if (segment === undefined) return undefined;
    this.#tables[index] = tableIn(segment, index);
    return this.#tables[index];
  }

  #grow(index: number): Table {
    if (index > EXTRA_MOST) throw new RangeError('Cannot wait on a Condition: millions wait already');
    const plan: SegmentPlan = { kind: 'tickets', version: 1, size: (BODY + capacityOf(index) * TICKET) * 4 };
    const { number, segment } = this.#segment.createSatellite(plan);
    const at = this.#base + EXTRA + index - 1;
    if (Atomics.compareExchange(this.#words, at, 0, number) === 0) {
      this.#tables[index] = tableIn(segment, index);
    } else {
      // Only when the lock was released by another thread meanwhile: a third one made it.
      segment.closeAndUnlink();
    }
    return this.#table(index) as Table;
  }
}

function capacityOf(index: number): number {
  return FIRST_TABLE * 4 ** index;
}

function tableIn(segment: Segment, index: number): Table {
  return { words: segment.words, base: BODY, capacity: capacityOf(index), segment };
}
