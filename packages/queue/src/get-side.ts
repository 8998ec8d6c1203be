import { ClosedError, MpError } from '@mp/core';
import type { Carrier, RingRecord } from '@mp/core/internal';
import { dropMessage } from '@mp/serde/internal';
import { Latch, type Manner } from './latch.ts';
import { LatchedStore, wake } from './latched-store.ts';
import { DISCARDED, HEAD_LATCH, LEASED, READY, WAITERS_CAPACITY } from './layout.ts';
import type { QueueState } from './queue-state.ts';
import { Batch, Receiver } from './receiver.ts';
import type { Message } from './records.ts';
import { type Delivery, MOVES_MOST, type Outcome, RANK_BYTES, type Store } from './store.ts';
import type { Read } from './waits.ts';

/*
 * The side of a queue where items go out, without the waiting: every step answers at once; "not now" is `undefined`. What
 * it answers else makes a value of the message that was copied, and has to be called before the next step.
 *
 * In order of arrival an item is taken from the ring, with one store, unless something came back: that is older, and
 * is in the store. A queue that sorts moves what lies in the ring to the store before it takes the first. A death in
 * the ring needs no repair, one in the store is repaired by the next thread that enters it.
 */

/** What is done while the latch is held once: it should be a matter of microseconds. */
const BATCH_ITEMS = 128;
const BATCH_BYTES = 256 << 10;

/**
 * How often a thread looks, at most, whether the holder of a lease has died, in milliseconds, while there is something else
 * to take.
 */
const BUSY_RECLAIM_MS = 200;

/** A delivery, and its item. */
export interface Leased {
  readonly delivery: Delivery;
  readonly value: unknown;
}

export class GetSide {
  readonly #state: QueueState;
  readonly #words: Int32Array;
  readonly #latch: Latch;
  readonly #store: Store;
  /** The same, for a caller that does not have the latch yet, or is to let go of it. */
  readonly latched: LatchedStore;
  readonly #receiver = new Receiver();
  /** Lets go of nothing: what a lease mentions may have to be delivered again. */
  readonly #lender: Carrier;
  readonly #sorts: boolean;
  /** Why items of a batch could not be read: each is thrown by one of the next calls. */
  readonly #failures: unknown[] = [];
  readonly #read: Read<unknown> = () => this.#receiver.decode(this.#state.carrier);

  constructor(state: QueueState) {
    const { segment, carrier, order, getWaiters } = state;
    this.#state = state;
    this.#words = segment.words;
    this.#latch = new Latch(segment.words, HEAD_LATCH, getWaiters);
    this.latched = new LatchedStore(state, this.#latch);
    this.#store = this.latched.store;
    this.#lender = { ...carrier, unpin() {} };
    this.#sorts = order !== 'arrival';
  }

  /**
   * Takes the first item.
   *
   * @returns what reads it, and throws when that is not possible: it is taken then
   * @throws ClosedError when the queue was shut down and is empty
   */
  take(manner: Manner): Read<unknown> | undefined {
    if (!this.#mayHave() || !this.#enter(manner)) return undefined;
    if (!this.#sorts && this.#words[READY] === 0) {
      if (!this.#takeFromRing()) return undefined;
    } else if (!this.latched.change(() => this.#takeFirst(this.#receiver.copy), 1)) return undefined;
    this.#passOn(manner);
    return this.#read;
  }

  /**
   * Takes up to `most` items. When one of them cannot be read, the others are not lost: the next call throws the error.
   *
   * @throws as {@link GetSide.take}
   */
  takeMany(most: number, manner: Manner): Read<unknown[]> | undefined {
    const batch = new Batch<undefined>();
    const one = () => this.#takeFirst((message) => batch.copy(message, undefined));
    this.#fill(batch, one, most, manner);
    if (batch.count === 0) return undefined;
    return () => {
      this.#decode(batch, this.#state.carrier);
      return batch.values;
    };
  }

  /** Leases up to `most` items; what cannot be read is given back. @throws as {@link GetSide.lease} */
  leaseMany(most: number, manner: Manner): Read<Leased[]> | undefined {
    const batch = new Batch<Delivery>();
    const one = () => {
      const delivery = this.#leaseFirst((message, tag) => batch.copy(message, tag));
      return delivery !== undefined;
    };
    this.#fill(batch, one, most, manner);
    if (batch.count === 0) return undefined;
    return () => {
      this.#decode(batch, this.#lender, (delivery, error) => this.#refuse(delivery, error));
      return batch.values.map((value, index) => ({ delivery: batch.tags[index], value }));
    };
  }

  /**
   * Leases the first item.
   *
   * @returns what reads it, and throws when that is not possible: it is given back then, or a dead letter when nobody
   * can read it
   * @throws ClosedError as {@link GetSide.take}; MpError `ERR_MP_NO_SPACE`: the item stays the first
   */
  lease(manner: Manner): Read<Leased> | undefined {
    if (!this.#mayHave() || !this.#enter(manner)) return undefined;
    const delivery = this.latched.change(() => this.#leaseFirst(this.#receiver.copy), 1);
    if (delivery === undefined) return undefined;
    this.#passOn(manner);
    return () => {
      try {
        return { delivery, value: this.#receiver.decode(this.#lender) };
      } catch (error) {
        this.#refuse(delivery, error);
        throw error;
      }
    };
  }

  /**
   * Ends a delivery.
   *
   * @returns whether it had not ended
   */
  end(delivery: Delivery, outcome: Outcome): boolean {
    const store = this.#store;
    this.#latch.lock();
    return this.latched.change(() => {
      if (!store.isOurs(delivery)) return false;
      if (outcome === 'done') store.acknowledge(delivery);
      else store.giveBack(delivery.cell, this.#state.state !== DISCARDED, outcome === 'again');
      return true;
    });
  }

  /**
   * Takes the oldest dead letter.
   *
   * @returns as of {@link GetSide.take}
   * @throws ClosedError when there will be none any more
   */
  takeLetter(): Read<unknown> | undefined {
    if (this.latched.letters === 0) this.latched.reclaim();
    if (this.latched.letters === 0) {
      if (this.latched.lettersAreOver) {
        const { title } = this.#state.segment;
        throw new ClosedError(`Cannot get a dead letter of the ${title}: it was shut down and there is none`);
      }
      if (this.latched.letters === 0) return undefined;
    }
    const store = this.#store;
    this.#latch.lock();
    const taken = this.latched.change(() => {
      if (store.letters === 0) return false;
      store.takeLetter(this.#receiver.copy);
      return true;
    });
    return taken ? this.#read : undefined;
  }

  /** Where the short way puts an item that it takes. */
  get scratch(): Uint8Array {
    return this.#receiver.scratch;
  }

  /** Reads what the short way has taken. @throws what reading it throws */
  readTaken(length: number): unknown {
    return this.#receiver.decodeScratch(this.#state.carrier, length);
  }

  /** What the short way of {@link GetSide.take} left to do. */
  finishTake(): void {
    const { putWaiters } = this.#state;
    // It holds the latch yet when somebody has to be rung for that.
    this.#latch.leave();
    if (putWaiters.announced) wake(putWaiters, 1);
    this.#passOn('waiting');
  }

  /** Whether a get would answer at once, with an item or an error. */
  get answers(): boolean {
    if (!this.#state.seemsEmpty || this.latched.reclaim()) return true;
    return this.latched.isOver;
  }

  /** Whether everything that was put is done with. */
  finished(): true | undefined {
    if (this.#state.unfinished > 0) this.latched.reclaim();
    return this.#state.unfinished === 0 || undefined;
  }

  /** Lets go of all that can be taken. @returns how many items that were */
  discard(): number {
    const { ring } = this.#state;
    let count = 0;
    do {
      this.#latch.lock();
      this.latched.change(() => {
        count += this.#store.discard();
        for (let moves = 0; moves < BATCH_ITEMS; moves++) {
          const record = ring.peek();
          if (record === undefined) break;
          const { source, start, end } = this.#messageOf(record);
          dropMessage(source.subarray(start, end), this.#state.carrier);
          ring.take(record);
          count++;
        }
      });
    } while (!ring.isEmpty);
    return count;
  }

  close(): void {
    this.#store.close();
  }

  /**
   * Whether it is worth while to take the latch.
   *
   * @throws ClosedError when nothing will come any more, unless that is for later
   */
  #mayHave(later = false): boolean {
    const state = this.#state;
    this.#throwFailure();
    if (!state.seemsEmpty) {
      // A queue that is never empty must not keep the items of the dead without end.
      if (this.#words[LEASED] > 0) this.latched.reclaim(BUSY_RECLAIM_MS);
      return true;
    }
    if (this.latched.reclaim()) return true;
    if (!later && this.latched.isOver) {
      // The others may have been told of the shutdown when there still was something, and met the latch.
      if (state.getWaiters.announced) state.getWaiters.notify(WAITERS_CAPACITY);
      throw new ClosedError(`Cannot get from the ${state.segment.title}: it was shut down and is empty`);
    }
    return false;
  }

  /** Fills a batch by `one` at a time, holding the latch for some at once. */
  #fill<Tag>(batch: Batch<Tag>, one: () => boolean, most: number, manner: Manner): void {
    const tryOne = () => {
      try {
        return one();
      } catch (error) {
        // Nothing was changed for this one; those before it must not be lost.
        if (batch.count === 0) throw error;
        return false;
      }
    };
    for (let how = manner; batch.count < most && this.#mayHave(batch.count > 0); how = 'now') {
      if (!this.#enter(how)) break;
      const { count, bytes } = batch;
      const goal = Math.min(most, count + BATCH_ITEMS);
      this.latched.change(() => {
        while (batch.count < goal && batch.bytes - bytes < BATCH_BYTES && tryOne());
      }, WAITERS_CAPACITY);
      this.#passOn(how);
      if (batch.count === count) break;
    }
  }

  /**
   * Makes values of a batch.
   *
   * @param refuse is told of each message that cannot be read
   * @throws the first error when nothing can be read; the others are thrown by the next calls
   */
  #decode<Tag>(
    batch: Batch<Tag>,
    carrier: Carrier,
    refuse: (tag: Tag, error: unknown) => void = () => {},
  ): void {
    batch.decode(carrier, (tag, error) => {
      this.#failures.push(error);
      refuse(tag, error);
    });
    if (batch.values.length === 0) this.#throwFailure();
  }

  /**
   * A waiter got what it waited for. Others were rung too, met the latch, and only one of them was rung again when it
   * was let go: the next one is rung by who came through.
   */
  #passOn(manner: Manner): void {
    if (manner === 'now' || manner === 'try' || manner === 'spin') return;
    const { getWaiters } = this.#state;
    if (getWaiters.announced && !this.#state.isEmpty) getWaiters.notify(1);
  }

  /** A message could not be read here. Where what it mentions is gone, it cannot be read by anybody. */
  #refuse(delivery: Delivery, error: unknown): void {
    const isGone = error instanceof MpError && error.code === 'ERR_MP_STALE';
    this.end(delivery, isGone ? 'unreadable' : 'again');
  }

  #throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures.shift();
  }

  /** The latch is held; it is not when this returns or throws. @returns whether there was a record */
  #takeFromRing(): boolean {
    const { ring, putWaiters } = this.#state;
    let waited = false;
    try {
      try {
        const record = ring.peek();
        if (record === undefined) return false;
        this.#receiver.copy(record);
        waited = putWaiters.announced;
        if (waited) putWaiters.beginNotify();
        ring.take(record);
      } finally {
        this.#latch.unlock();
      }
      if (putWaiters.announced) wake(putWaiters, 1);
    } finally {
      if (waited) putWaiters.endNotify();
    }
    return true;
  }

  /**
   * Takes the latch. Of a queue that sorts, no more lies in the ring then than can be sorted in while the latch is held.
   *
   * @returns whether the latch is ours
   */
  #enter(manner: Manner): boolean {
    if (!this.#latch.enter(manner)) return false;
    if (!this.#sorts) return true;
    for (let due = this.#state.ring.size; due > MOVES_MOST; due -= MOVES_MOST) {
      const isStuck = this.latched.change(() => !this.#store.receiveSome());
      if (!this.#latch.enter(manner)) return false;
      if (isStuck) break;
    }
    return true;
  }

  #takeFirst(copy: (message: Message) => void): boolean {
    if (this.#sorts) this.#store.receiveSome();
    if (this.#store.ready > 0) {
      this.#store.takeFirst(copy);
      return true;
    }
    const { ring } = this.#state;
    const record = ring.peek();
    if (record === undefined) return false;
    copy(this.#messageOf(record));
    ring.take(record);
    return true;
  }

  #leaseFirst(copy: (message: Message, delivery: Delivery) => void): Delivery | undefined {
    const store = this.#store;
    let delivery: Delivery;
    if (this.#sorts) this.#store.receiveSome();
    if (store.ready > 0) delivery = store.leaseFirst();
    else {
      const record = this.#state.ring.peek();
      if (record === undefined) return undefined;
      try {
        delivery = store.leaseFrom(record);
      } catch (error) {
        record.segment?.close();
        throw error;
      }
    }
    let message: Message;
    try {
      message = store.messageOf(delivery);
    } catch (error) {
      // Nobody would ever end this delivery.
      store.giveBack(delivery.cell, true);
      throw error;
    }
    copy(message, delivery);
    message.segment?.close();
    return delivery;
  }

  #messageOf(record: RingRecord): Message {
    if (this.#state.order !== 'rank') return record;
    return { ...record, end: record.end - RANK_BYTES };
  }
}
