import {
  BODY,
  type Describer,
  LOOK,
  type Reason,
  rescuedIn,
  type SegmentPlan,
  type SegmentViews,
  WaiterTable,
  waitersIn,
  waiterTableWords,
} from '@mp/core/internal';
import { initMutex, Mutex, mutexIn, mutexWords } from './mutex.ts';
import { ReaderSlots, readersIn, SLOTS_WORDS } from './reader-slots.ts';
import { tokenAboveFloor, tokenOfNow } from './tokens.ts';

/*
 * A lock for many readers or one writer, without the waiting: each step answers at once.
 *
 *   the mutex of the writers: owned from the moment that a writer is next, and by those that take turns
 *   WRITING   0 = what it protects is whole · 1 = is being written · 2 = its writer died, and no writer has seen it since
 *   DRAIN     a waiter table for the one writer that waits until the readers have left
 *   the slots of the readers
 *
 * | step of           | does, in this order                                           | killed after it                      |
 * | ----------------- | ------------------------------------------------------------- | ------------------------------------ |
 * | read              | the mutex is free? · slot +1 · still free? else slot −1       | its slot is cleared by a writer      |
 * | end of a read     | slot −1 · no reader is left: wakes DRAIN                      | the writer looks by itself           |
 * | write             | mutex · all slots 0 · WRITING 1                               | the mutex is recovered, WRITING says |
 * | end of a write    | WRITING 0 · the mutex · wakes the readers, else a writer      | whether it had begun                 |
 * | recovering reader | mutex from the dead · WRITING 1 → 2 · slot +1 · the mutex     | the mutex is recovered               |
 *
 * A reader stores its slot and then looks at the mutex, a writer takes the mutex and then looks at the slots: one of the
 * two sees the other. A writer is not starved: from the moment it owns the mutex, new readers wait. Readers are not
 * starved: they are woken at the end of a write, and when one has waited long, new writers stand back for it.
 *
 * When all slots belong to others, a reader takes a turn: it reads as owner of the mutex.
 */
const MUTEX_CAPACITY = 64;
const MUTEX_WORDS = mutexWords(MUTEX_CAPACITY);
const WRITING = BODY + 8;
const SPAN = BODY + 9;
const DRAIN = BODY + MUTEX_WORDS;
const DRAIN_CAPACITY = 4;
const SLOTS = DRAIN + waiterTableWords(DRAIN_CAPACITY);

const WHOLE = 0;
const BEING_WRITTEN = 1;
const ABANDONED = 2;

/** Kinds of waits in the waiter table of the mutex. */
export const WRITER = 1;
export const READER = 4;

/** Layout of an RWLock's segment. */
export const VERSION = 1;

/** @param named whether it may have existed under its name before */
export function planOf(named: boolean): SegmentPlan {
  return {
    kind: 'rwlock',
    version: VERSION,
    size: (SLOTS + SLOTS_WORDS) * 4,
    fill: (views) => initMutex(views, BODY, named ? tokenAboveFloor() : tokenOfNow()),
  };
}

/** How an RWLock is described. */
export const describer: Describer = {
  version: VERSION,
  bytes: (SLOTS + SLOTS_WORDS) * 4,
  describe(look) {
    const lock = mutexIn(look, BODY, MUTEX_CAPACITY, (kind) => (kind === READER ? 'read' : 'write'));
    const readers = readersIn(look, SLOTS, SPAN);
    const writing = look.words[WRITING];
    const isWriting = lock.holders.length > 0 && writing === BEING_WRITTEN;
    const role = isWriting ? 'writer' : 'next writer';
    return {
      state: isWriting ? 'writing' : readers.length > 0 ? 'reading' : lock.state,
      holders: [...lock.holders.map((each) => ({ ...each, role })), ...readers],
      waiters: [...lock.waiters, ...waitersIn(look, DRAIN, DRAIN_CAPACITY, 'write, when readers have left')],
      measures: { ...lock.measures, readers: readers.reduce((sum, { count }) => sum + count, 0) },
      counters: { ...lock.counters, rescued: lock.counters.rescued + rescuedIn(look, DRAIN) },
      details: { ...lock.details, writerDied: writing === ABANDONED },
    };
  },
};

/** What a read took: with a token when it is a turn. */
export interface Read {
  readonly recovered: boolean;
  readonly turn: number | undefined;
}

const PLAIN: Read = { recovered: false, turn: undefined };
const UNSAFE: Read = { recovered: true, turn: undefined };

class WriteSide extends Mutex {
  protected override wakeNext(): number {
    return this.waiters.notify(MUTEX_CAPACITY, READER) || super.wakeNext();
  }
}

/** The readers and writers of one segment. */
export class ReadWrite {
  readonly mutex: Mutex;
  readonly drain: WaiterTable;
  readonly slots: ReaderSlots;
  readonly #words: Int32Array;

  constructor(views: SegmentViews) {
    this.#words = views.words;
    this.mutex = new WriteSide(views, BODY, MUTEX_CAPACITY);
    this.drain = new WaiterTable(views.words, DRAIN, DRAIN_CAPACITY);
    this.slots = new ReaderSlots(views.words, SLOTS, SPAN);
  }

  /** Begins a read if there is no writer, and none is next. */
  read(): Read | undefined {
    if (this.mutex.owner !== 0) return undefined;
    if (!this.slots.enter()) return undefined;
    if (this.mutex.owner === 0) return this.#plainRead;
    this.#leave();
    return undefined;
  }

  /** Begins a read of a thread that reads already: a writer that is next has to wait for it anyway. */
  readAgain(): Read | undefined {
    return this.slots.ownCount > 0 && this.slots.enter() ? this.#plainRead : undefined;
  }

  /** One attempt of a reader that came at `since`. */
  attemptRead(reason: Reason, since: number): Read | undefined {
    const read = this.read() ?? (reason === LOOK ? this.recoverForRead() : undefined);
    if (read !== undefined) {
      // The end of a write woke the readers only.
      if (read.turn === undefined) {
        this.mutex.relieve();
        this.mutex.waiters.notify(1, WRITER, true);
      }
      return read;
    }
    if (this.slots.isFull) return this.#turn(this.mutex.attempt(reason, since));
    this.mutex.press(since);
    return undefined;
  }

  /** One attempt of a reader that does not wait. */
  tryRead(): Read | undefined {
    return (
      this.read() ??
      this.recoverForRead() ??
      (this.slots.isFull ? this.#turn(this.mutex.takeOrRecover()) : undefined)
    );
  }

  /** Begins a read when the owner of the mutex is dead. */
  recoverForRead(): Read | undefined {
    if (!this.mutex.recoverFromDead()) return undefined;
    const turn = this.#turn(2);
    if (!this.slots.enter()) return turn;
    this.mutex.unlock(this.mutex.token);
    return this.#plainRead;
  }

  /** Ends a read. */
  endRead({ turn }: Read): void {
    if (turn === undefined) this.#leave();
    else this.mutex.unlock(turn);
  }

  /** The owner of the mutex begins to write, when there are no readers. @returns whether it did, and what it finds */
  beginWrite(look: boolean): { recovered: boolean } | undefined {
    if (look) this.slots.clearDead();
    if (this.slots.count !== 0) return undefined;
    const recovered = this.#words[WRITING] !== WHOLE;
    Atomics.store(this.#words, WRITING, BEING_WRITTEN);
    return { recovered };
  }

  /** Ends the write `token`, if it is the present one and this thread's. */
  endWrite(token: number): void {
    if (this.mutex.token !== token || !this.mutex.isMine) return;
    Atomics.store(this.#words, WRITING, WHOLE);
    this.mutex.unlock(token);
  }

  /**
   * Takes the write side from its owner, which may go on writing: the readers are told as if it had died.
   *
   * @returns whether that had it still
   */
  endWriteOf(owner: number): boolean {
    if (!this.mutex.takeFrom(owner)) return false;
    Atomics.compareExchange(this.#words, WRITING, BEING_WRITTEN, ABANDONED);
    this.mutex.unlock(this.mutex.token);
    return true;
  }

  get #plainRead(): Read {
    return this.#words[WRITING] === ABANDONED ? UNSAFE : PLAIN;
  }

  /** A reader owns the mutex. */
  #turn(taken: 1 | 2 | undefined): Read | undefined {
    if (taken === undefined) return undefined;
    // Of the owner before, which did not come to its end.
    if (this.#words[WRITING] === BEING_WRITTEN) Atomics.store(this.#words, WRITING, ABANDONED);
    this.slots.clearDead();
    return { recovered: this.#words[WRITING] === ABANDONED, turn: this.mutex.token };
  }

  #leave(): void {
    const waited = this.drain.announced;
    if (waited) this.drain.beginNotify();
    this.slots.leave();
    if (this.drain.announced && this.slots.count === 0 && this.drain.notify(1) === 0) this.drain.settle();
    if (waited) this.drain.endNotify();
  }
}
