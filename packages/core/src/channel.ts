import { type Describer, description } from './description.ts';
import { MpError } from './errors.ts';
import { type Carrier, HANDLE, type HandleRecord, registerHandle, segmentCarrier } from './handle.ts';
import { BODY } from './header.ts';
import { RecordRing, RING_WORDS, type RingRecord } from './record-ring.ts';
import { ringIn } from './ring-look.ts';
import { Segment } from './segment.ts';
import { NOT_SENT, SENT, ShortWay } from './short-way.ts';
import { type Attempt, asGot, IS_TOLD } from './wait.ts';
import { WaitLine } from './wait-line.ts';
import { rescuedIn, WaiterTable, waitersIn, waiterTableWords } from './waiter-table.ts';

/*
 * Two rings between the thread that made a channel and the one that attached it. Each ring has one writer and one
 * reader, so nothing is ever locked, and the death of either side leaves the other what was committed.
 *
 *   RING_BYTES   size of ring 0 of each direction
 *   FREE         12 words for the protocol on top
 *   waiters      DOWN: the waiters for the maker's records; UP: those for the other side's
 *   rings        control lines of both, then ring 0 of both
 */
const RING_BYTES = BODY;
const FREE = BODY + 4;
const CAPACITY = 4;
const DOWN_WAITERS = BODY + 16;
const UP_WAITERS = DOWN_WAITERS + waiterTableWords(CAPACITY);
const DOWN_RING = UP_WAITERS + waiterTableWords(CAPACITY);
const UP_RING = DOWN_RING + RING_WORDS;
const FIRST_RINGS = 256;
const VERSION = 2;
const CHANNEL_KINDS = ['channel', 'pool', 'spare'];

/** How a channel is described, whatever is on top of it. */
export const CHANNEL_DESCRIBER: Describer = {
  version: VERSION,
  bytes: FIRST_RINGS * 4,
  describe(look) {
    const down = ringIn(look, DOWN_RING);
    const up = ringIn(look, UP_RING);
    return description('open', {
      waiters: [
        ...waitersIn(look, DOWN_WAITERS, CAPACITY, 'receive orders'),
        ...waitersIn(look, UP_WAITERS, CAPACITY, 'receive answers'),
      ],
      measures: { depth: down.depth, bytes: down.bytes },
      counters: {
        orders: down.written,
        answers: up.written,
        rescued: rescuedIn(look, DOWN_WAITERS) + rescuedIn(look, UP_WAITERS),
      },
      details: { answersNotTaken: up.depth },
    });
  },
};

/** What a channel is for; each has other words on top. */
export type ChannelKind = 'channel' | 'pool' | 'spare';

/** One end of a private line between two threads. */
export class Channel {
  /** Index in {@link Channel.words} of twelve words that the protocol on top may use. */
  static readonly FREE = FREE;

  readonly segment: Segment;
  /** Holds on to what travels in its messages. */
  readonly carrier: Carrier;
  /** Waits for the other end's records. */
  readonly line: WaitLine;
  readonly #out: RecordRing;
  readonly #in: RecordRing;
  readonly #outWaiters: WaiterTable;
  readonly #shortWay: ShortWay;
  /** Whether records were laid that the other end was not rung for. */
  #owesWake = false;
  /** Whether the waiter table says that a wake is under way. */
  #isWaking = false;

  private constructor(segment: Segment, isMaker: boolean) {
    this.segment = segment;
    this.carrier = segmentCarrier(segment);
    const bytes = segment.words[RING_BYTES];
    const down = new RecordRing(segment, DOWN_RING, FIRST_RINGS, bytes);
    const up = new RecordRing(segment, UP_RING, FIRST_RINGS + bytes / 4, bytes);
    const downWaiters = new WaiterTable(segment.words, DOWN_WAITERS, CAPACITY);
    const upWaiters = new WaiterTable(segment.words, UP_WAITERS, CAPACITY);
    this.#out = isMaker ? down : up;
    this.#in = isMaker ? up : down;
    this.#outWaiters = isMaker ? downWaiters : upWaiters;
    this.line = new WaitLine(isMaker ? upWaiters : downWaiters);
    const sides = [
      { ring: [DOWN_RING, FIRST_RINGS], waiters: DOWN_WAITERS },
      { ring: [UP_RING, FIRST_RINGS + bytes / 4], waiters: UP_WAITERS },
    ] as const;
    const out = sides[isMaker ? 0 : 1];
    const into = sides[isMaker ? 1 : 0];
    this.#shortWay = new ShortWay(segment.buffer, this.line, {
      out: out.ring,
      in: into.ring,
      ringBytes: bytes,
      waiters: into.waiters,
      farWaiters: out.waiters,
      capacity: CAPACITY,
    });
  }

  /** @param ringBytes first size of each direction, a multiple of 8; it grows as needed */
  static create(ringBytes: number, kind: ChannelKind = 'channel'): Channel {
    const segment = Segment.create({
      kind,
      version: VERSION,
      size: FIRST_RINGS * 4 + 2 * ringBytes,
      fill: ({ words }) => {
        words[RING_BYTES] = ringBytes;
      },
    });
    return new Channel(segment, true);
  }

  /** The other end of the channel whose segment is `file`. */
  static attach(file: string, kind: ChannelKind = 'channel'): Channel {
    return new Channel(Segment.attach(file, kind, VERSION), false);
  }

  get words(): Int32Array {
    return this.segment.words;
  }

  /**
   * Sends a record. Never waits: the ring grows.
   *
   * @param flags 31 bits that travel with it
   * @param length how much of `payload` is sent
   * @throws MpError `ERR_MP_NO_SPACE` when the directory is full; nothing was sent
   */
  send(payload: Uint8Array, flags: number, length = payload.length): void {
    const isShort = !this.#owesWake && this.#outWaiters.announced;
    const sent = isShort ? this.#shortWay.send(payload, length, flags) : NOT_SENT;
    if (sent === SENT) return;
    if (sent === NOT_SENT) this.lay(payload, flags, length);
    else this.#owesWake = true;
    this.wake();
  }

  /** Sends a record as {@link Channel.send} does, but leaves it to {@link Channel.wake} to ring the other end, if that sleeps. */
  lay(payload: Uint8Array, flags: number, length?: number, more?: readonly Uint8Array[]): void {
    this.#lay(payload, flags, length, more, false);
  }

  /**
   * Lays a record as {@link Channel.lay} does, and keeps what it says in sight.
   *
   * @returns the segment of a record that is too large for a ring, for the caller to close: until then its bytes are
   * there, whatever the other end does with the record
   */
  layInSight(
    payload: Uint8Array,
    flags: number,
    length?: number,
    more?: readonly Uint8Array[],
  ): Segment | undefined {
    return this.#lay(payload, flags, length, more, true);
  }

  #lay(
    payload: Uint8Array,
    flags: number,
    length: number | undefined,
    more: readonly Uint8Array[] | undefined,
    inSight: boolean,
  ): Segment | undefined {
    const big = this.#out.append(payload, flags, length, more);
    // Waiters are looked for twice. In `wake()` for their own sake: either a waiter is seen there, or it sees the record
    // when it looks again. Before the commit for the count of rescues: a look that finds the record before the ring is not
    // counted while NOTIFIERS says that a notifier is at work. After the commit alone would be too late for a waiter whose
    // period ends just then; always would cost two atomic adds when there is no waiter. It stands behind the copy, so a
    // waiter that comes in between, and counts as rescued, has only the time of one store to do so.
    if (!this.#isWaking && this.#outWaiters.announced) {
      this.#isWaking = true;
      this.#outWaiters.beginNotify();
    }
    this.#out.commit(inSight ? big : undefined);
    this.#owesWake = true;
    return big;
  }

  /** Rings the other end for what was laid, if it sleeps. */
  wake(): void {
    if (!this.#owesWake) return;
    this.#owesWake = false;
    if (this.#outWaiters.announced && !this.#shortWay.wake() && this.#outWaiters.notify(1) === 0)
      this.#outWaiters.settle();
    if (!this.#isWaking) return;
    this.#isWaking = false;
    this.#outWaiters.endNotify();
  }

  /** The next record of the other end, or `undefined` when there is none now. It stays until {@link take}. */
  peek(): RingRecord | undefined {
    return this.#in.peek();
  }

  take(record: RingRecord): void {
    this.#in.take(record);
  }

  /**
   * Waits until there is a record, which then may be there still, or until `attempt` gets something else. An attempt may take
   * records, but need not be made for a record.
   */
  waitToldOf<T>(attempt: Attempt<T>): Promise<unknown> {
    return this.line.wait(attempt, Infinity, undefined, asGot, IS_TOLD);
  }

  get isEmpty(): boolean {
    return this.#in.isEmpty;
  }

  /** Whether the other end took all that was sent. */
  get isReceived(): boolean {
    return this.#out.isEmpty;
  }

  /** The other end, for the one thread that receives it. */
  [HANDLE](): HandleRecord {
    const { file, kind } = this.segment;
    return { kind: 'channel', data: [file, kind], segment: file };
  }

  /** Lets go; what was not received is dropped when the other end does too. */
  close(error?: Error): void {
    if (this.segment.closed) return;
    if (error !== undefined) this.line.failAll(error);
    this.#shortWay.close();
    this.#out.close();
    this.#in.close();
    this.segment.close();
  }
}

registerHandle('channel', {
  package: '@mp/core',
  decode: (data) => {
    const [file, kind] = Array.isArray(data) ? data : [];
    if (typeof file !== 'string' || !CHANNEL_KINDS.includes(kind))
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a channel: its handle is damaged');
    return Channel.attach(file, kind);
  },
});
