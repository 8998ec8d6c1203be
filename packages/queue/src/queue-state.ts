import { ClosedError } from '@mp/core';
import {
  type Carrier,
  RecordRing,
  type Segment,
  Shapes,
  ShapeTable,
  segmentCarrier,
  WaiterTable,
} from '@mp/core/internal';
import {
  COUNT,
  DIRTY,
  DONE,
  FIRST_RING,
  FIRST_RING_BYTES,
  GET_WAITERS,
  JOIN_WAITERS,
  LETTER_WAITERS,
  MAX_BYTES,
  MAX_SIZE,
  OPEN,
  OUT,
  OUT_BYTES,
  PUT_WAITERS,
  READY,
  READY_BYTES,
  RINGS,
  SHAPES,
  SHAPES_BYTES,
  STATE,
  WAITERS_CAPACITY,
} from './layout.ts';
import type { Order } from './store.ts';

const NONE: readonly WaiterTable[] = [];

/**
 * What both sides of a queue share: its segment, and what can be read of it without a latch.
 *
 * In order of arrival an item lies in the ring until it is taken, and only what came back is ready in the store. A
 * queue that sorts moves every item to the store first: whether it has moved makes no difference to its size.
 */
export class QueueState {
  readonly segment: Segment;
  readonly order: Order;
  readonly ring: RecordRing;
  /** Holds on to what the messages mention. */
  readonly carrier: Carrier;
  readonly putWaiters: WaiterTable;
  readonly getWaiters: WaiterTable;
  readonly joinWaiters: WaiterTable;
  readonly letterWaiters: WaiterTable;
  /** All of these. */
  readonly tables: readonly WaiterTable[];
  /** `Infinity` = no limit. */
  readonly maxSize: number;
  readonly maxBytes: number;
  readonly #words: Int32Array;

  constructor(segment: Segment, order: Order) {
    const { words, floats } = segment;
    this.segment = segment;
    this.order = order;
    this.#words = words;
    this.maxSize = words[MAX_SIZE] || Infinity;
    this.maxBytes = floats[MAX_BYTES] || Infinity;
    this.carrier = carrierOf(segment);
    this.ring = new RecordRing(segment, RINGS, FIRST_RING, FIRST_RING_BYTES);
    this.putWaiters = new WaiterTable(words, PUT_WAITERS, WAITERS_CAPACITY);
    this.getWaiters = new WaiterTable(words, GET_WAITERS, WAITERS_CAPACITY);
    this.joinWaiters = new WaiterTable(words, JOIN_WAITERS, WAITERS_CAPACITY);
    this.letterWaiters = new WaiterTable(words, LETTER_WAITERS, WAITERS_CAPACITY);
    this.tables = [this.putWaiters, this.getWaiters, this.joinWaiters, this.letterWaiters];
  }

  /** Those in which somebody may wait. */
  waitedFor(): readonly WaiterTable[] {
    let found: WaiterTable[] | undefined;
    for (const waiters of this.tables) if (waiters.announced) (found ??= []).push(waiters);
    return found ?? NONE;
  }

  get isOpen(): boolean {
    return this.state === OPEN;
  }

  get state(): number {
    return Atomics.load(this.#words, STATE);
  }

  /** Items that can be taken: exact at one moment of this call. */
  get size(): number {
    const words = this.#words;
    const { ring, order } = this;
    if (order !== 'arrival') return this.#since(OUT);
    for (;;) {
      const ready = Atomics.load(words, READY) & COUNT;
      const size = ring.size;
      if ((Atomics.load(words, READY) & COUNT) === ready) return size + ready;
    }
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether a look into the queue, with the latch, is in vain. */
  get seemsEmpty(): boolean {
    const ready = Atomics.load(this.#words, READY);
    if (this.order === 'arrival') return ready === 0 && this.ring.isEmpty;
    return (ready & DIRTY) === 0 && this.#since(OUT) === 0;
  }

  /** Items that were put and are not done with: exact at one moment of this call. */
  get unfinished(): number {
    return this.#since(DONE);
  }

  /** Whether so much more may be put. A message larger than the limit of bytes may enter an empty queue. */
  hasSpace(items: number, bytes: number): boolean {
    if (this.maxSize !== Infinity && this.size + items > this.maxSize) return false;
    return this.maxBytes === Infinity || this.isEmpty || this.#bytes + bytes <= this.maxBytes;
  }

  /** Makes a change that concerns all waiters, and wakes them. */
  tellAll<R>(change: () => R): R {
    const { tables } = this;
    for (const waiters of tables) waiters.beginNotify();
    try {
      const result = change();
      for (const waiters of tables) waiters.notify(WAITERS_CAPACITY);
      return result;
    } finally {
      for (const waiters of tables) waiters.endNotify();
    }
  }

  assertTakesMore(): void {
    if (this.state !== OPEN)
      throw new ClosedError(`Cannot put into the ${this.segment.title}: it was shut down`);
  }

  get #bytes(): number {
    const { ring } = this;
    const { floats } = this.segment;
    return this.order === 'arrival'
      ? ring.bytes + floats[READY_BYTES]
      : Math.max(0, ring.writtenBytes - floats[OUT_BYTES]);
  }

  /** Records written since the count in `word`. */
  #since(word: number): number {
    for (;;) {
      const count = Atomics.load(this.#words, word);
      const { written } = this.ring;
      if (Atomics.load(this.#words, word) === count) return (written - count) & COUNT;
    }
  }
}

/** Stands for the pin of the queue itself in one of its own items. */
const OWN = '';

/**
 * A queue that is mentioned in one of its own items is not pinned: a thread that can take the item has the queue open, and
 * the pin, which goes with the file that it keeps, would keep it without end.
 */
function carrierOf(segment: Segment): Carrier {
  const carrier = segmentCarrier(segment);
  return {
    local: true,
    shapes: new Shapes(new ShapeTable(segment, SHAPES, SHAPES_BYTES)),
    pin: (file) => (file === segment.file ? OWN : carrier.pin(file)),
    unpin(pin) {
      if (pin !== OWN) carrier.unpin(pin);
    },
  };
}
