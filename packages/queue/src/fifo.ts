import { ClosedError } from '@mp/core';
import {
  type Carrier,
  RecordRing,
  Room,
  receiveBuffer,
  type Segment,
  segmentCarrier,
} from '@mp/core/internal';
import { decode, dropMessage } from '@mp/serde/internal';
import { Latch } from './latch.ts';
import {
  DISCARDED,
  FIRST_RING,
  FIRST_RING_BYTES,
  GET_ROOM,
  HEAD_LATCH,
  MAX_BYTES,
  MAX_SIZE,
  OPEN,
  PUT_ROOM,
  RINGS,
  ROOM_CAPACITY,
  SHUT_DOWN,
  STATE,
  TAIL_LATCH,
} from './layout.ts';
import type { Outbox } from './outbox.ts';

/*
 * The queue without its waiting: a ring of records with a latch for each side. Every step answers at once; "not now"
 * is `undefined` or `false`. What happens at a death is in `docs/decisions/001`, §4: records and latches need no
 * repair, and a wake that is owed comes by the waiters' own periodic look.
 */

/** Messages up to this are taken through one buffer that is reused. */
const SCRATCH_BYTES = 16 << 10;

/** Up to this a loop is faster than a call that copies. */
const FEW_BYTES = 192;

/** What was taken. */
export interface Taken {
  value: unknown;
}

/** How a step gets its latch: a call that must answer now insists a little, a listed waiter is rung. */
export type Manner = 'now' | 'waiting' | 'look';

export class Fifo {
  readonly putRoom: Room;
  readonly getRoom: Room;
  /** Holds on to what the messages mention. */
  readonly carrier: Carrier;
  /** `Infinity` = no limit. */
  readonly maxSize: number;
  readonly #maxBytes: number;
  readonly #segment: Segment;
  readonly #ring: RecordRing;
  readonly #tail: Latch;
  readonly #head: Latch;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  readonly #scratchWords = new Int32Array(this.#scratch.buffer);

  constructor(segment: Segment) {
    const { words, floats } = segment;
    this.#segment = segment;
    this.maxSize = words[MAX_SIZE] || Infinity;
    this.#maxBytes = floats[MAX_BYTES] || Infinity;
    this.carrier = segmentCarrier(segment);
    this.#ring = new RecordRing(segment, RINGS, FIRST_RING, FIRST_RING_BYTES);
    this.putRoom = new Room(words, PUT_ROOM, ROOM_CAPACITY);
    this.getRoom = new Room(words, GET_ROOM, ROOM_CAPACITY);
    this.#tail = new Latch(words, TAIL_LATCH, this.putRoom);
    this.#head = new Latch(words, HEAD_LATCH, this.getRoom);
  }

  get size(): number {
    return this.#ring.size;
  }

  get isEmpty(): boolean {
    return this.#ring.isEmpty;
  }

  get isOpen(): boolean {
    return this.#state === OPEN;
  }

  /** Whether so much more may be put. A message larger than the limit of bytes may enter an empty queue. */
  hasSpace(items: number, bytes: number): boolean {
    if (this.maxSize !== Infinity && this.#ring.size + items > this.maxSize) return false;
    return this.#maxBytes === Infinity || this.#ring.isEmpty || this.#ring.bytes + bytes <= this.#maxBytes;
  }

  /**
   * Puts what is in the outbox, all of it at once.
   *
   * @returns `undefined` = not now
   * @throws ClosedError when the queue was shut down, MpError `ERR_MP_NO_SPACE`
   */
  put(outbox: Outbox, manner: Manner): true | undefined {
    this.#assertTakesMore();
    if (!this.hasSpace(outbox.count, outbox.bytes) || !enter(this.#tail, manner)) return undefined;
    return this.#putLatched(outbox);
  }

  /**
   * Takes the first item.
   *
   * @returns `undefined` = not now
   * @throws ClosedError when the queue was shut down and is empty, or what reading the message throws: it is taken then
   */
  take(manner: Manner): Taken | undefined {
    if (this.#ring.isEmpty) {
      this.#assertMore();
      return undefined;
    }
    return enter(this.#head, manner) ? this.#takeLatched() : undefined;
  }

  /**
   * Lets nobody put any more, and wakes everybody.
   *
   * @returns how many items were discarded
   */
  shutDown(discard: boolean): number {
    // With the latch: whoever puts at this moment is done, so that nothing comes after the discarding.
    while (!this.#tail.tryLock());
    Atomics.store(this.#segment.words, STATE, discard ? DISCARDED : SHUT_DOWN);
    this.#tail.unlock();
    const discarded = discard ? this.#discard() : 0;
    this.putRoom.notify(ROOM_CAPACITY);
    this.getRoom.notify(ROOM_CAPACITY);
    return discarded;
  }

  close(): void {
    this.#ring.close();
  }

  get #state(): number {
    return Atomics.load(this.#segment.words, STATE);
  }

  /** The tail's latch is held; it is not when this returns or throws. */
  #putLatched(outbox: Outbox): true | undefined {
    const { getRoom, putRoom } = this;
    const waited = getRoom.announced;
    if (waited) getRoom.beginNotify();
    try {
      try {
        this.#assertTakesMore();
        if (!this.hasSpace(outbox.count, outbox.bytes)) return undefined;
        outbox.lay(this.#ring);
        this.#ring.commit();
      } finally {
        this.#tail.unlock();
      }
      if (getRoom.announced && getRoom.notify(outbox.count) === 0) getRoom.settle();
      if (putRoom.announced && this.hasSpace(1, 1)) this.#wakePutter();
      outbox.sent();
      return true;
    } finally {
      if (waited) getRoom.endNotify();
    }
  }

  /** The head's latch is held; it is not when this returns or throws. */
  #takeLatched(): Taken | undefined {
    const { putRoom } = this;
    const waited = putRoom.announced;
    if (waited) putRoom.beginNotify();
    let bytes = this.#scratch;
    let length: number;
    try {
      try {
        const record = this.#ring.peek();
        if (record === undefined) return undefined;
        const { source, words, start, end } = record;
        length = end - start;
        if (length > SCRATCH_BYTES) bytes = receiveBuffer(length);
        if (length > FEW_BYTES) source.copy(bytes, 0, start, end);
        else for (let at = 0; at < length; at += 4) this.#scratchWords[at >>> 2] = words[(start + at) >>> 2];
        this.#ring.take(record);
      } finally {
        this.#head.unlock();
      }
      if (putRoom.announced) this.#wakePutter();
    } finally {
      if (waited) putRoom.endNotify();
    }
    return { value: decode(bytes, this.carrier, length, bytes !== this.#scratch) };
  }

  #wakePutter(): void {
    if (this.putRoom.notify(1) === 0) this.putRoom.settle();
  }

  #discard(): number {
    let count = 0;
    while (!this.#ring.isEmpty) {
      if (!this.#head.tryLock()) continue;
      try {
        for (let record = this.#ring.peek(); record !== undefined; record = this.#ring.peek()) {
          dropMessage(record.source.subarray(record.start, record.end), this.carrier);
          this.#ring.take(record);
          count++;
        }
      } finally {
        this.#head.unlock();
      }
    }
    return count;
  }

  #assertTakesMore(): void {
    if (this.#state !== OPEN)
      throw new ClosedError(`Cannot put into the ${this.#segment.title}: it was shut down`);
  }

  /** An empty queue gives more only while it is open; what was put before the shutdown is seen first. */
  #assertMore(): void {
    if (this.#state === OPEN || !this.#ring.isEmpty) return;
    throw new ClosedError(`Cannot get from the ${this.#segment.title}: it was shut down and is empty`);
  }
}

function enter(latch: Latch, manner: Manner): boolean {
  return manner === 'now' ? latch.tryLock() : latch.attempt(manner === 'look');
}
